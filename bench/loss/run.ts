// `npm run bench:loss`: udpchat beside WebSocket over TCP and udx-native, on a bad link of the bench's own making, every
// contestant in every weather. docs/bad-networks.md. Leaves nothing behind, also when it is interrupted.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, release, tmpdir } from "node:os";
import { join } from "node:path";

import { measure, measureSharing, type Workshop } from "./cell.ts";
import { abandonLinks, compileEmulator, linkObstacle, offersCongestionControl, sweepNamespaces } from "./link.ts";
import { type Options, type Part, readOptions, usage } from "./options.ts";
import { installPeers } from "./peers.ts";
import { picture } from "./picture.ts";
import { report } from "./report.ts";
import { type CellResult } from "./result.ts";
import {
  congestionControls,
  type Contestant,
  fullAmount,
  quickAmount,
  rivals,
  roughWeathers,
  sharingAmount,
  steadyWeathers,
} from "./weather.ts";

const QUICK_LOSSES = [0, 5, 20];

const options = readOptions(process.argv.slice(2));
if ("wrong" in options) fail(`${options.wrong}\n\n${usage}`, 2);
const results = options.from === undefined ? await measureAll(options) : readResults(options.from);
if (options.form !== "json") console.log(report(results, options.form === "markdown"));
if (options.picture !== undefined) writeFileSync(options.picture, picture(results));

async function measureAll(asked: Options): Promise<readonly CellResult[]> {
  const obstacle = linkObstacle();
  if (obstacle !== undefined) fail(`bench:loss cannot make its link: ${obstacle}`, 1);
  const folder = mkdtempSync(join(tmpdir(), "udpchat-loss-"));
  const cleanUp = (): void => {
    abandonLinks();
    rmSync(folder, { recursive: true, force: true });
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(signal, () => {
      cleanUp();
      process.exit(1);
    });
  try {
    sweepNamespaces();
    if (asked.contestants.some((contestant) => contestant !== "udpchat")) installPeers();
    const offered = asked.contestants.filter(isOffered);
    tell(`${availableParallelism()} cores, Linux ${release()}, Node ${process.version}`);
    return await measureEach(offered, asked, { emulator: compileEmulator(folder), folder });
  } finally {
    cleanUp();
  }
}

/** The delay cells of each weather at once, as they leave the machine idle; then the bulk cells one by one. */
async function measureEach(
  offered: readonly Contestant[],
  { isQuick, form, part }: Options,
  workshop: Workshop,
): Promise<readonly CellResult[]> {
  const amount = isQuick ? quickAmount : fullAmount;
  const weathers = isQuick
    ? steadyWeathers.filter(({ lossPercent }) => QUICK_LOSSES.includes(lossPercent))
    : [...steadyWeathers, ...roughWeathers];
  const measured: CellResult[] = [];
  const note = (result: CellResult | undefined): void => {
    if (result === undefined) return;
    measured.push(result);
    if (form === "json") console.log(JSON.stringify(result));
  };
  const isAsked = (each: Part): boolean => part === undefined || part === each;
  for (const weather of isAsked("delay") ? weathers : []) {
    tell(`${weather.name}: delays`);
    const allReady = meeting(offered.length);
    const cells = offered.map(async (contestant) => {
      const cell = { kind: "delay", contestant, weather, amount } as const;
      const result = await attempt(`${weather.name}: ${contestant}`, () => measure(cell, workshop, allReady));
      // The others need not wait for one that could not begin.
      if (result === undefined) void allReady();
      return result;
    });
    for (const result of await Promise.all(cells)) note(result);
  }
  for (const weather of isAsked("bulk") ? weathers : []) {
    for (const contestant of offered) {
      tell(`${weather.name}: bulk, ${contestant}`);
      const cell = { kind: "bulk", contestant, weather, amount } as const;
      note(await attempt(`${weather.name}: ${contestant}`, () => measure(cell, workshop)));
    }
  }
  const [calm] = steadyWeathers;
  const present = rivals.filter((each) => offered.includes(each) && offered.includes("udpchat"));
  for (const rival of isAsked("sharing") ? present : []) {
    if (calm === undefined) break;
    tell(`sharing the link with ${rival}`);
    const amounts = isQuick ? sharingAmount.quick : sharingAmount.full;
    for (const result of (await attempt(`beside ${rival}`, () => measureSharing(rival, calm, amounts, workshop))) ?? [])
      note(result);
  }
  const latestMs = Math.max(0, ...measured.map(({ link }) => link.latestMs));
  tell(`the link was late by ${latestMs.toFixed(1)} ms at most`);
  return measured;
}

/** Undefined, and said so, for a cell that could not be measured: what was and will be measured is worth keeping. */
async function attempt<T>(what: string, measured: () => Promise<T>): Promise<T | undefined> {
  try {
    return await measured();
  } catch (error) {
    tell(`${what} is left out: ${String(error)}`);
    return undefined;
  }
}

/** A place to wait until so many have come, so that nobody is measured while others start. */
function meeting(size: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let missing = size;
  return () => {
    if (--missing === 0) resolve();
    return promise;
  };
}

function isOffered(contestant: Contestant): boolean {
  const control = congestionControls[contestant];
  if (control === undefined || offersCongestionControl(control)) return true;
  tell(`TCP with ${control} is not offered by this kernel here, and left out`);
  return false;
}

function readResults(file: string): readonly CellResult[] {
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as CellResult);
}

/** How far it is, beside what it is to print. */
function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

function fail(why: string, code: number): never {
  tell(why);
  process.exit(code);
}
