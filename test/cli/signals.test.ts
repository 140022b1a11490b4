import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";

import { Signals } from "../../src/cli/signals.ts";

function listening(ignoresHangup = false): {
  readonly source: EventEmitter;
  readonly signals: Signals;
  readonly exits: number[];
} {
  const source = new EventEmitter();
  const exits: number[] = [];
  return { source, exits, signals: new Signals(source, (code) => exits.push(code), { ignoresHangup }) };
}

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const) {
  test(`${signal} while nothing is open exits at once with ${code}`, () => {
    const { source, exits } = listening();
    source.emit(signal);
    assert.deepEqual(exits, [code]);
  });

  test(`${signal} asks for a goodbye, and a second signal does not wait for it`, () => {
    const { source, exits, signals } = listening();
    const goodbyes: number[] = [];
    signals.onFirst((each) => goodbyes.push(each));
    source.emit(signal);
    assert.deepEqual([goodbyes, exits], [[code], []]);
    source.emit("SIGTERM");
    assert.deepEqual([goodbyes, exits], [[code], [143]]);
  });
}

test("SIGUSR2 toggles a trace, and never ends anything", () => {
  const { source, exits, signals } = listening();
  let toggles = 0;
  source.emit("SIGUSR2");
  signals.onTrace(() => toggles++);
  source.emit("SIGUSR2");
  source.emit("SIGUSR2");
  assert.deepEqual([toggles, exits], [2, []]);
});

test("a hangup that was to be ignored is", () => {
  const { source, exits } = listening(true);
  source.emit("SIGHUP");
  source.emit("SIGINT");
  assert.deepEqual(exits, [130]);
});
