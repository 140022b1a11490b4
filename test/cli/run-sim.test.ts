import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";

import { calm, type Report, simulateWorld, type WorldSettings } from "#sim";

import { readArguments } from "../../src/cli/arguments.ts";
import type { SimArguments } from "../../src/cli/read-sim.ts";
import { runSim } from "../../src/cli/run-sim.ts";
import { Signals } from "../../src/cli/signals.ts";

function asked(...words: readonly string[]): SimArguments {
  const read = readArguments(["sim", ...words]);
  if (read.kind !== "sim") throw new Error(JSON.stringify(read));
  return read;
}

/** Runs it; gives what was printed and the exit code. */
async function run(
  options: SimArguments,
  simulated: typeof simulateWorld,
): Promise<{ readonly lines: readonly string[]; readonly code: number }> {
  const output = new PassThrough();
  const signals = new Signals({ on: () => {} }, () => {}, { ignoresHangup: false });
  const world = { input: process.stdin, output: output as unknown as NodeJS.WriteStream, errors: output, signals };
  const code = await runSim(options, world, simulated);
  output.end();
  return {
    lines: Buffer.concat(await output.toArray())
      .toString()
      .split("\n"),
    code,
  };
}

/** A world that runs, and of which something else is told than happened. */
function changed(change: (report: Report) => Report): typeof simulateWorld {
  return function* (settings) {
    return change(yield* simulateWorld(settings));
  };
}

test("a broken promise is named and ends with 1", async () => {
  const { lines, code } = await run(
    asked("--minutes", "0.1"),
    changed((report) => ({ ...report, violations: ["shown twice: client0>client1 7"] })),
  );
  assert.equal(code, 1);
  assert.deepEqual(lines.slice(-3), ["  BROKEN: shown twice: client0>client1 7", "1 broken.", ""]);
});

test("the network that was asked for is the one that is simulated", async () => {
  const words = "--loss 0.1 --burst 2 --delay 30 --jitter 5 --duplicate 0.04 --corrupt 0.02 --clients 3 --minutes 0.5";
  let settings: WorldSettings | undefined;
  let dealt: Report["dealt"] | undefined;
  let delaysMs: readonly number[] = [];
  const { code } = await run(asked(...words.split(" ")), function* (given) {
    settings = given;
    const report = yield* simulateWorld(given);
    ({ dealt, delaysMs } = report);
    return report;
  });
  assert.equal(code, 0);
  assert.equal(settings?.clients, 3);
  assert.equal(settings.talkMs, 30_000);
  assert.equal(settings.messages, 90);
  const weather = { loss: 0.1, burst: 2, delayMs: 30, jitterMs: 5, duplicate: 0.04, corrupt: 0.02 };
  // What the dice would add is not asked for.
  assert.deepEqual(settings.scenario.weather(undefined as never), { ...calm, ...weather });
  assert.ok(dealt !== undefined && dealt.lost > 0 && dealt.doubled > 0 && dealt.damaged > 0 && dealt.overtaking > 0);
  assert.ok((delaysMs[0] ?? 0) >= 30);
});

test("a longer talk has as much trouble a minute", async () => {
  let settings: WorldSettings | undefined;
  await run(asked("--scenario", "accidents", "--minutes", "1", "--loss", "0"), function* (given) {
    settings = given;
    return yield* simulateWorld(given);
  });
  assert.equal(settings?.scenario.cuts, 6);
});
