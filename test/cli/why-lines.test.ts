import assert from "node:assert/strict";
import { test } from "node:test";

import type { SentMessage, Try } from "#client";

import { whyLines } from "../../src/cli/why-lines.ts";

const address = { host: "10.0.0.9", port: 5000 };

function lines(changes: Partial<SentMessage>): readonly string[] {
  const message = { number: 1, to: "bob", group: undefined, bytes: 5, is: "delivered", tries: [], ...changes } as const;
  return whyLines({ sentCount: 1, sentMessage: () => message }, "");
}

function left(datagrams: number, timesMs: readonly number[], lastMs = timesMs.at(-1) ?? 0): Try {
  return { kind: "left", address, datagrams, timesMs, lastMs };
}

test("every kind of try has its line, with the time since the message was typed", () => {
  const tries: readonly Try[] = [
    { kind: "called", address, atMs: 0.34 },
    left(1, [1]),
    { kind: "asked", atMs: 501 },
    { kind: "told", is: "saved", reason: undefined, atMs: 510 },
    { kind: "told", is: "delivered", reason: undefined, atMs: 90_000 },
  ];
  assert.deepEqual(lines({ tries }), [
    "[Message 1 to bob, 5 bytes: delivered]",
    "[0.3 ms: called 10.0.0.9:5000]",
    "[1.0 ms: left for 10.0.0.9:5000]",
    "[501.0 ms: asked the server to keep it]",
    "[510.0 ms: saved at the server]",
    "[90000.0 ms: delivered]",
  ]);
});

test("a short message that left again tells each time, a long one how many datagrams it took", () => {
  assert.equal(lines({ tries: [left(2, [1, 6])] })[1], "[1.0 ms: left for 10.0.0.9:5000 2 times, at 1.0, 6.0 ms]");
  assert.equal(
    lines({ tries: [left(12, [1, 2, 3, 4, 5, 6, 7, 8], 40)] })[1],
    "[1.0 ms: left for 10.0.0.9:5000 12 times, at 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0 and up to 40.0 ms]",
  );
  assert.equal(
    lines({ bytes: 4000, tries: [left(5, [1, 1, 1, 1, 9])] })[1],
    "[1.0 ms: left for 10.0.0.9:5000 in 5 datagrams, the last at 9.0 ms]",
  );
});

test("what others wrote is safe for a terminal", () => {
  const tries: readonly Try[] = [{ kind: "told", is: "refused", reason: "full\u001b[2J", atMs: 1 }];
  assert.deepEqual(lines({ to: "b\u202eob", is: "refused", tries }), [
    "[Message 1 to bob, 5 bytes: refused]",
    "[1.0 ms: refused: full]",
  ]);
});
