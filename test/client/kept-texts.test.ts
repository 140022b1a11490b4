import assert from "node:assert/strict";
import { test } from "node:test";

import { Journal } from "../../src/client/journal.ts";
import { KeptTexts, MOST_KEPT, MOST_KEPT_IN_ALL } from "../../src/client/kept-texts.ts";
import { bytes, incoming } from "./records.ts";

test("shown in the order kept, each marked first; what is not there or was shown is not shown", () => {
  const journal = new Journal();
  const shown: string[] = [];
  const kept = new KeptTexts(journal, ({ text }, isLate) => shown.push(isLate ? `late ${text}` : text));
  for (const n of [1, 2, 3, 4]) kept.add(incoming(n), n === 3);
  const dropped = kept.add(incoming(5), false);
  kept.remove(dropped);
  kept.release();
  kept.release();
  const batch = journal.take() ?? [];
  assert.deepEqual(
    batch.map(({ kind }) => kind),
    ["markShown", "markShown", "markShown", "markShown"],
  );
  assert.deepEqual(shown, []);
  journal.applied(["done", "missing", "done", "done"], 0);
  assert.deepEqual(shown, ["from 1", "late from 3", "from 4"]);
});

const [ann, bob] = [bytes(1, 32), bytes(2, 32)];

test("there is room for so many texts of one sender, and for so much text; others have theirs", () => {
  const kept = new KeptTexts(new Journal(), () => {});
  for (let n = 0; n < MOST_KEPT; n++) {
    assert.equal(kept.hasRoomFor(ann), true);
    kept.add({ ...incoming(1 + (n & 127)), fromKey: ann }, false);
  }
  assert.deepEqual([kept.hasRoomFor(ann), kept.hasRoomFor(bob)], [false, true]);
  kept.release();
  assert.equal(kept.hasRoomFor(ann), true);
  const long = { ...incoming(1), fromKey: ann, text: "x".repeat(65_536) };
  for (let n = 0; n < 64; n++) {
    assert.equal(kept.hasRoomFor(ann), true);
    kept.add(long, false);
  }
  assert.deepEqual([kept.hasRoomFor(ann), kept.hasRoomFor(bob)], [false, true]);
});

test("there is room for so many texts in all, and for so much text", () => {
  const kept = new KeptTexts(new Journal(), () => {});
  const stranger = bytes(200, 32);
  for (let n = 0; n < MOST_KEPT_IN_ALL; n++) {
    assert.equal(kept.hasRoomFor(stranger), true);
    kept.add({ ...incoming(1), fromKey: bytes(n & 63, 32) }, false);
  }
  assert.equal(kept.hasRoomFor(stranger), false);
  kept.release();
  for (let n = 0; n < 256; n++) {
    assert.equal(kept.hasRoomFor(stranger), true);
    kept.add({ ...incoming(1), fromKey: bytes(n & 63, 32), text: "x".repeat(65_536) }, false);
  }
  assert.equal(kept.hasRoomFor(stranger), false);
});
