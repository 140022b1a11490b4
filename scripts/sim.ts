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
let failures = 0;
for (const name of names) {
  for (let seed = first; seed < first + Number(values.seeds); seed++) {
    const started = performance.now();
    const { tally, wire, violations } = simulate(seed, name);
    const { said, shown, received, notDelivered, lateWord } = tally;
    console.log(
      `${name} seed ${seed}: ${said} said, ${shown} shown, ${received} received, ${notDelivered} not delivered (${lateWord} shown all the same); ` +
        `${wire.datagrams} datagrams, history ${wire.history.toString(16)}, ${(performance.now() - started).toFixed(0)} ms`,
    );
    for (const violation of violations) console.log(`  BROKEN: ${violation}`);
    failures += violations.length;
  }
}
process.exitCode = failures > 0 ? 1 : 0;
