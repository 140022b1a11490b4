// Many simulated worlds over all scenarios, in processes of their own: `npm run seeds -- --seeds 10000`. Says what broke, with
// the command that replays it, how often each recovery path was taken, and how long all took. Ends with 1 on a violation, on
// a world in which too little moved, on equal histories, and on a recovery path that was never taken.

import { type ChildProcess, fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { recoveryPaths, type Scenario, scenarios } from "#sim";

import { type Batch, type Outcome } from "./seeds-worker.ts";

const batchSeeds = 10;
const leastMoved = 200;
const leastTalkers = 4;
const mostNamed = 50;

interface Sums {
  readonly scenario: string;
  worlds: number;
  said: number;
  leastMoved: number;
  leastTalkers: number;
  datagrams: number;
  readonly histories: Set<string>;
}

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "10000" },
    workers: { type: "string", default: String(availableParallelism()) },
    first: { type: "string", default: "1" },
    scenario: { type: "string" },
  },
});
const chosen = Object.entries(scenarios).filter(([name]) => values.scenario === undefined || name === values.scenario);
const [worlds, workers, first] = [values.seeds, values.workers, values.first].map(wholeNumber);
if (worlds === undefined || workers === undefined || first === undefined)
  throw new RangeError("whole numbers from 1 on");
if (chosen.length === 0)
  throw new RangeError(`no scenario ${values.scenario}; there are ${Object.keys(scenarios).join(", ")}`);

const startedAt = performance.now();
const sums = chosen.map(([scenario]) => emptySums(scenario));
const taken = recoveryPaths.map(() => 0);
const broken: string[] = [];
const all = sums.length * Math.ceil(worlds / sums.length);
let told = 0;

const batches = sums.flatMap(({ scenario }) => batchesOf(scenario, first, all / sums.length));
console.log(
  `${all} worlds from seed ${first} on, ${all / sums.length} each of ${sums.map(({ scenario }) => scenario).join(", ")}; ${workers} workers`,
);
await Promise.all(Array.from({ length: Math.min(workers, batches.length) }, work));
tell();

/** One process that is given batches until there are none. */
async function work(): Promise<void> {
  const child = fork(join(import.meta.dirname, "seeds-worker.ts"));
  for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) take(await carryOut(child, batch));
  child.disconnect();
}

async function carryOut(child: ChildProcess, batch: Batch): Promise<readonly Outcome[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly Outcome[]>();
  const ended = (): void =>
    reject(new Error(`the worker with ${batch.scenario} from seed ${batch.first} on has ended`));
  child.once("message", (outcomes: readonly Outcome[]) => resolve(outcomes));
  child.once("exit", ended);
  child.send(batch);
  const outcomes = await promise;
  child.off("exit", ended);
  return outcomes;
}

function take(outcomes: readonly Outcome[]): void {
  for (const outcome of outcomes) {
    const { scenario, seed } = outcome;
    const sum = sums.find((each) => each.scenario === scenario);
    if (sum === undefined) throw new RangeError(`nobody asked for ${scenario}`);
    sum.worlds++;
    sum.said += outcome.said;
    sum.leastMoved = Math.min(sum.leastMoved, outcome.moved);
    sum.leastTalkers = Math.min(sum.leastTalkers, outcome.talkers);
    sum.datagrams += outcome.datagrams;
    const replay = `npm run sim -- --seed ${seed} --scenario ${scenario}`;
    const wrongs = [...outcome.violations];
    if (outcome.moved < leastMoved) wrongs.push(`only ${outcome.moved} messages moved`);
    if (outcome.talkers < leastTalkers) wrongs.push(`only ${outcome.talkers} clients talked`);
    if (sum.histories.has(outcome.history)) wrongs.push(`another seed has the same history`);
    sum.histories.add(outcome.history);
    for (const wrong of wrongs) broken.push(`${scenario} seed ${seed}: ${wrong}\n    ${replay}`);
    for (const [i, count] of outcome.taken.entries()) taken[i] = (taken[i] ?? 0) + count;
  }
  const done = sums.reduce((count, each) => count + each.worlds, 0);
  const tenth = Math.floor((10 * done) / all);
  if (tenth === told) return;
  told = tenth;
  console.log(`  ${done} of ${all} worlds in ${seconds()} s, ${broken.length} violations`);
}

function tell(): void {
  console.log("\nWorlds");
  for (const {
    datagrams,
    histories,
    leastMoved: moved,
    leastTalkers: talkers,
    said,
    scenario,
    worlds: count,
  } of sums) {
    const least = `at least ${moved} moved among ${talkers} clients in each`;
    console.log(
      `  ${scenario.padEnd(10)} ${count} worlds, ${histories.size} histories; ${said} said, ${least}; ${datagrams} datagrams`,
    );
  }
  console.log("\nRecovery paths, and how often they were taken");
  const never = recoveryPaths.filter(({ isIn }, i) => taken[i] === 0 && chosen.some(([, scenario]) => isIn(scenario)));
  for (const [i, { name, isIn }] of recoveryPaths.entries())
    console.log(`  ${name.padEnd(26)} ${shown(taken[i] ?? 0, isIn)}`);
  console.log("");
  for (const each of broken.slice(0, mostNamed)) console.log(`BROKEN: ${each}`);
  if (broken.length > mostNamed) console.log(`and ${broken.length - mostNamed} more`);
  for (const { name } of never) console.log(`NEVER TAKEN: ${name}`);
  console.log(
    `${all} worlds, ${broken.length} violations, ${never.length} recovery paths never taken; ${seconds()} s with ${workers} workers`,
  );
  if (broken.length > 0 || never.length > 0) process.exitCode = 1;
}

function shown(count: number, isIn: (scenario: Scenario) => boolean): string {
  return count > 0 || chosen.some(([, scenario]) => isIn(scenario)) ? String(count) : "0, in no world of these";
}

function batchesOf(scenario: string, from: number, count: number): readonly Batch[] {
  return Array.from({ length: Math.ceil(count / batchSeeds) }, (_, i) => {
    const begin = from + i * batchSeeds;
    return { scenario, first: begin, count: Math.min(batchSeeds, from + count - begin) };
  });
}

function emptySums(scenario: string): Sums {
  const least = { leastMoved: Number.POSITIVE_INFINITY, leastTalkers: Number.POSITIVE_INFINITY };
  return { scenario, worlds: 0, said: 0, ...least, datagrams: 0, histories: new Set() };
}

function seconds(): string {
  return ((performance.now() - startedAt) / 1000).toFixed(0);
}

function wholeNumber(text: string): number | undefined {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}
