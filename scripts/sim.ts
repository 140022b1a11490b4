// Runs simulated worlds and says what was promised and what happened: `npm run sim -- --seed 7 --scenario weather`.

import { parseArgs } from "node:util";

import { scenarios, simulate } from "#sim";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    seeds: { type: "string", default: "1" },
    scenario: { type: "string" },
  },
});
const names = values.scenario === undefined ? Object.keys(scenarios) : [values.scenario];
const first = Number(values.seed);
const sums = new Map<string, number>();
let failures = 0;
for (const name of names) {
  for (let seed = first; seed < first + Number(values.seeds); seed++) {
    const started = performance.now();
    const { counts, wire, violations } = simulate(seed, name);
    for (const [what, count] of Object.entries(counts)) sums.set(what, (sums.get(what) ?? 0) + count);
    const { said, shown, received, saved, exists, notDelivered } = counts;
    console.log(
      `${name} seed ${seed}: ${said} said, ${shown} shown; ${received} received, ${saved} saved, ${exists} exist, ` +
        `${notDelivered} not delivered; ${wire.datagrams} datagrams, history ${wire.history.toString(16)}, ` +
        `${(performance.now() - started).toFixed(0)} ms`,
    );
    for (const violation of violations) console.log(`  BROKEN: ${violation}`);
    failures += violations.length;
  }
}
console.log(`in all: ${[...sums].map(([what, count]) => `${what} ${count}`).join(", ")}`);
process.exitCode = failures > 0 ? 1 : 0;
