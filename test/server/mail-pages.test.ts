import assert from "node:assert/strict";
import { test } from "node:test";

import { type Person } from "../../src/server/directory.ts";
import { MailPages } from "../../src/server/mail-pages.ts";
import { type Asker, type Speaker } from "../../src/server/speaker.ts";
import { type StoreQueue } from "../../src/server/store-queue.ts";
import { Visitor } from "../../src/server/visitor.ts";

test("a store that takes nothing more answers all that wait for a page, however many they are", () => {
  const refused: number[] = [];
  const speaker = { refuse: ({ id }: Asker) => void refused.push(id) } as unknown as Speaker;
  let isFull = false;
  const held: (() => void)[] = [];
  const add: StoreQueue["add"] = (_operations, now, settle) => {
    if (isFull) settle?.("failed", now);
    else held.push(() => settle?.("failed", now));
  };
  const store = { add } as StoreQueue;
  const pages = new MailPages({ store, speaker, limits: { fetchesAtOnce: 1 }, goOn: () => {} });
  const person = { personKey: new Uint8Array(32) } as Person;
  for (let id = 0; id < 20_000; id++) {
    const visitor = Object.create(Visitor.prototype) as Visitor;
    pages.fetch({ visitor, id, lane: 2 }, person, { kind: "fetch", box: 0, after: 0 }, 0);
  }
  assert.deepEqual([refused.length, held.length, pages.size], [0, 1, 20_000]);
  isFull = true;
  held[0]?.();
  assert.deepEqual(
    refused,
    Array.from({ length: 20_000 }, (_, i) => i),
  );
  assert.equal(pages.size, 0);
});
