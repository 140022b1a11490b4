import assert from "node:assert/strict";
import { test } from "node:test";

import { MOST_REMEMBERED, MOST_TIMES, MOST_TRIES, Tries } from "../../src/client/tries.ts";

const there = { host: "10.0.0.9", port: 5000 };
const elsewhere = { host: "10.0.0.9", port: 5001 };

function idOf(number: number): Uint8Array {
  return Uint8Array.of(number >> 8, number & 255);
}

function said(tries: Tries, number: number, now = 100): Uint8Array {
  tries.said(idOf(number), { to: "bob", group: undefined, bytes: 5 }, now);
  return idOf(number);
}

function ended(messageId: Uint8Array, end: "received" | "saved" | "notDelivered") {
  return { kind: "messageEnded", to: "bob", messageId, end, reason: undefined } as const;
}

test("a message is here, then sent, then delivered, with each datagram that left", () => {
  const tries = new Tries();
  const id = said(tries, 1);
  assert.deepEqual(tries.of(), { number: 1, to: "bob", group: undefined, bytes: 5, is: "kept", tries: [] });
  const leaving = tries.leaving(id);
  leaving?.(there, 9, 101);
  leaving?.({ ...there }, 9, 106);
  assert.equal(tries.of()?.is, "sent");
  leaving?.(elsewhere, 9, 120);
  tries.told(ended(id, "received"), 150);
  assert.equal(tries.of()?.is, "delivered");
  assert.deepEqual(tries.of()?.tries, [
    { kind: "left", address: there, datagrams: 2, timesMs: [1, 6], lastMs: 6 },
    { kind: "left", address: elsewhere, datagrams: 1, timesMs: [20], lastMs: 20 },
    { kind: "told", is: "delivered", reason: undefined, atMs: 50 },
  ]);
});

test("a copy that leaves after the end changes nothing of where the message is", () => {
  const tries = new Tries();
  const id = said(tries, 1);
  const leaving = tries.leaving(id);
  tries.asked(id, 600);
  leaving?.(there, 9, 601);
  assert.equal(tries.of()?.is, "asked");
  tries.told(ended(id, "saved"), 610);
  leaving?.(there, 9, 611);
  assert.equal(tries.of()?.is, "saved");
  tries.told({ kind: "mailCollected", to: "bob", messageId: id, sentAtMs: 0 }, 9000);
  assert.equal(tries.of()?.is, "delivered");
});

test("a call is told where a message waited for it, and only there", () => {
  const tries = new Tries();
  said(tries, 1, 0);
  tries.called("Bob", there, 10);
  tries.called("bob", { ...there }, 200);
  assert.deepEqual(tries.of(1)?.tries, [{ kind: "called", address: there, atMs: 10 }]);
  // Said while the call goes on.
  said(tries, 2, 100);
  assert.deepEqual(tries.of(2)?.tries, [{ kind: "called", address: there, atMs: 0 }]);
  tries.told(ended(idOf(1), "notDelivered"), 300);
  // Said after it; and a call after a message's end is not its own.
  said(tries, 3, 1000);
  assert.deepEqual(tries.of(3)?.tries, []);
  tries.called("bob", elsewhere, 9000);
  assert.deepEqual(
    tries.of(1)?.tries.map(({ kind }) => kind),
    ["told"],
  );
  // What left needed no call.
  tries.leaving(idOf(3))?.(elsewhere, 9, 9001);
  assert.deepEqual(
    tries.of(3)?.tries.map(({ kind }) => kind),
    ["left"],
  );
});

test("held, refused, unknown and taken are told as they are", () => {
  const tries = new Tries();
  const ids = [1, 2, 3, 4].map((number) => said(tries, number, 0));
  const [held, refused, unknown, post] = ids;
  assert.ok(held && refused && unknown && post);
  tries.told({ kind: "keyChanged", name: "bob", messageId: held }, 1);
  tries.told({ kind: "messageEnded", to: "bob", messageId: refused, end: "refused", reason: "full" }, 1);
  tries.told({ kind: "unknownName", name: "bob", messageId: unknown }, 1);
  tries.told({ kind: "postTaken", group: undefined, messageId: post }, 1);
  assert.deepEqual(
    [1, 2, 3, 4].map((number) => tries.of(number)?.is),
    ["held", "refused", "nobody", "taken"],
  );
  tries.leaving(held)?.(there, 1, 2);
  assert.equal(tries.of(1)?.is, "sent");
});

test("what is remembered is bounded: messages, tries of each, times of each", () => {
  const tries = new Tries();
  for (let number = 1; number <= MOST_REMEMBERED + 5; number++) said(tries, number);
  assert.equal(tries.of(5), undefined);
  assert.equal(tries.of(6)?.number, 6);
  assert.equal(tries.of()?.number, MOST_REMEMBERED + 5);
  assert.equal(tries.of(MOST_REMEMBERED + 6), undefined);
  assert.equal(tries.leaving(idOf(5)), undefined);
  for (let i = 0; i < 3 * MOST_TRIES; i++) tries.leaving(idOf(6))?.({ ...there, port: i }, 1, 200 + i);
  tries.told(ended(idOf(6), "received"), 900);
  assert.equal(tries.of(6)?.tries.length, MOST_TRIES);
  assert.equal(tries.of(6)?.tries.at(-1)?.kind, "told");
  const leaving = tries.leaving(idOf(7));
  for (let i = 0; i < 3 * MOST_TIMES; i++) leaving?.(there, 1, 200 + i);
  const [left] = tries.of(7)?.tries ?? [];
  assert.ok(left?.kind === "left");
  assert.deepEqual([left.datagrams, left.timesMs.length, left.lastMs], [3 * MOST_TIMES, MOST_TIMES, 123]);
});
