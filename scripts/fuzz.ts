// `npm run fuzz -- --minutes 5`: hunts for bytes that break a reader, with new seeds each time; `--target frames` for one
// reader, `--seed 7` for a run again. What is found is added to the corpus, with the command that repeats it. `--collect`
// writes the corpus' samples anew.

import { parseArgs } from "node:util";

import { Random } from "#sim";

import { keep } from "../test/fuzz/corpus.ts";
import { machines } from "../test/fuzz/machines.ts";
import { collect, samplesOf, targets, tryOnce } from "../test/fuzz/targets.ts";

/** So long with one target before the next has its turn, ms. */
const TURN_MS = 1000;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    target: { type: "string" },
    seed: { type: "string" },
    collect: { type: "boolean", default: false },
  },
});

/** How often each was tried, and how often the reader accepted the bytes. */
const tally = new Map<string, { tries: number; accepted: number; finds: number }>();

function hunt(): void {
  const chosen = <T extends { readonly name: string }>(all: readonly T[]): readonly T[] =>
    all.filter(({ name }) => values.target === undefined || values.target === name);
  const readers = chosen(targets).map((target) => ({ target, samples: samplesOf(target) }));
  if (readers.length === 0 && chosen(machines).length === 0)
    throw new RangeError(
      `no target ${values.target}; there are ${[...targets, ...machines].map(({ name }) => name).join(", ")}`,
    );
  const endAt = performance.now() + Number(values.minutes) * 60_000;
  const counted = (name: string): { tries: number; accepted: number; finds: number } => {
    const count = tally.get(name) ?? { tries: 0, accepted: 0, finds: 0 };
    tally.set(name, count);
    return count;
  };
  for (
    let seed = values.seed === undefined ? Date.now() % 2 ** 32 : Number(values.seed);
    performance.now() < endAt;
    seed++
  ) {
    for (const { target, samples } of readers) {
      const random = new Random(seed, target.name);
      const count = counted(target.name);
      for (const turnEnd = performance.now() + TURN_MS; performance.now() < turnEnd; count.tries++) {
        const result = tryOnce(target, samples, random);
        if (result === true) count.accepted++;
        if (typeof result === "boolean") continue;
        count.finds++;
        const name = keep(target.name, result.input, "found-");
        console.log(`${target.name}: ${String(result.error)}\n  input kept as test/fuzz/corpus/${name}`);
        console.log(`  again: npm run fuzz -- --target ${target.name} --seed ${seed} --minutes 0.1\n`);
        break;
      }
    }
    for (const machine of chosen(machines)) {
      const count = counted(machine.name);
      count.tries++;
      try {
        machine.run(seed);
        count.accepted++;
      } catch (error) {
        count.finds++;
        console.log(`${machine.name}: ${String(error)}`);
        console.log(`  again: npm run fuzz -- --target ${machine.name} --seed ${seed} --minutes 0.01\n`);
      }
    }
  }
}

if (values.collect) collect();
else hunt();
for (const [name, { tries, accepted, finds }] of tally)
  console.log(
    `${name.padEnd(18)} ${String(tries).padStart(9)} tries, ${String(accepted).padStart(8)} accepted, ${finds} finds`,
  );
process.exitCode = [...tally.values()].some(({ finds }) => finds > 0) ? 1 : 0;
