import assert from "node:assert/strict";
import { test } from "node:test";

import { EventQueue } from "../../src/client/event-queue.ts";
import type { ClientEvent } from "../../src/client/events.ts";
import { bytes } from "./records.ts";

function text(mailedAtMs: number | undefined): ClientEvent {
  const shown = { from: "ann", messageId: bytes(1, 16), text: "hi", sentAtMs: 1, isLate: false };
  return { kind: "messageReceived", ...shown, mailedAtMs };
}

test("first in, first out; what waits is weighed, and nothing weighs when nothing waits", () => {
  const queue = new EventQueue();
  queue.push({ kind: "deregistered" });
  const light = queue.bytes;
  queue.push(text(undefined));
  assert.equal(queue.bytes, 2 * light + 2);
  assert.deepEqual(
    [queue.shift()?.kind, queue.shift()?.kind, queue.shift()],
    ["deregistered", "messageReceived", undefined],
  );
  assert.equal(queue.bytes, 0);
});

test("the first mail of a collection is announced, whatever comes between; nothing else is", () => {
  const queue = new EventQueue();
  queue.push(text(undefined));
  queue.push(text(5));
  queue.push(text(undefined));
  queue.push(text(6));
  queue.beginMail();
  queue.push(text(undefined));
  queue.push(text(7));
  const kinds: string[] = [];
  for (let event = queue.shift(); event !== undefined; event = queue.shift())
    kinds.push(event.kind === "messageReceived" ? `${event.mailedAtMs}` : event.kind);
  assert.deepEqual(kinds, ["undefined", "mailBegan", "5", "undefined", "6", "undefined", "mailBegan", "7"]);
  assert.equal(queue.bytes, 0);
});
