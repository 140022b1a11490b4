import assert from "node:assert/strict";
import { test } from "node:test";

import { type MailItem, RefusalCode, type ReplyBody, type RequestBody } from "#chat";

import { AGAIN_MS, Fetcher } from "../../src/client/fetcher.ts";
import { bytes } from "./records.ts";

interface Asked {
  readonly body: RequestBody;
  readonly answer: (reply: ReplyBody, now: number) => void;
  readonly lapsed: (now: number) => void;
}

/** A fetcher whose server is the test. */
class Desk {
  readonly asked: Asked[] = [];
  readonly told: string[] = [];
  /** Numbers that are not taken in. */
  readonly refuses = new Set<number>();
  hasRoom = true;
  readonly fetcher: Fetcher = new Fetcher({
    request: (body, _, answer, lapsed) => this.asked.push({ body, answer, lapsed }),
    hasRoom: () => this.hasRoom,
    take: ({ number }, now) => {
      this.told.push(`${number}`);
      if (this.refuses.has(number)) this.fetcher.refused(number, now);
    },
    mailCame: () => this.told.push("all"),
    mailStopped: () => this.told.push("stopped"),
  });

  constructor() {
    this.fetcher.begin(0);
  }

  /** What is asked for, as `box after`. */
  get waiting(): readonly string[] {
    return this.asked.map(({ body }) => (body.kind === "fetch" ? `${body.box} ${body.after}` : body.kind));
  }

  answer(numbers: readonly number[], isLast = true, now = 0): void {
    const items: MailItem[] = numbers.map((number) => ({
      kind: "receipt",
      number,
      fromKey: bytes(1, 32),
      envelope: bytes(1, 9),
    }));
    this.asked.shift()?.answer({ kind: "mail", items, isLast }, now);
  }

  /** What was told since the last look. */
  heard(): readonly string[] {
    return this.told.splice(0);
  }
}

test("letters page by page, then receipts; one page at a time", () => {
  const desk = new Desk();
  assert.deepEqual(desk.waiting, ["0 0"]);
  desk.answer([3, 5], false);
  assert.deepEqual([desk.waiting, desk.heard()], [["0 5"], ["3", "5"]]);
  desk.answer([9]);
  assert.deepEqual([desk.waiting, desk.heard()], [["1 0"], ["9", "all"]]);
  desk.answer([4]);
  assert.deepEqual([desk.waiting, desk.heard()], [[], ["4"]]);
  assert.equal(desk.fetcher.deadline, Number.POSITIVE_INFINITY);
});

test("told that something waits, it goes on behind what it has, also where that was told during a page", () => {
  const desk = new Desk();
  desk.answer([3]);
  desk.answer([]);
  desk.heard();
  desk.fetcher.waiting(0, 0);
  desk.fetcher.waiting(0, 0);
  desk.fetcher.waiting(7, 0);
  assert.deepEqual(desk.waiting, ["0 3"]);
  desk.answer([6]);
  assert.deepEqual([desk.waiting, desk.heard()], [["0 6"], ["6"]]);
  desk.answer([]);
  assert.deepEqual([desk.waiting, desk.heard()], [[], ["all"]]);
});

test("asked because something is missing; before it is registered there is nobody to ask", () => {
  const desk = new Desk();
  assert.equal(desk.fetcher.ask(0), true);
  desk.answer([]);
  assert.deepEqual(desk.waiting, ["0 0"]);
  desk.fetcher.stop(0);
  assert.deepEqual(desk.heard(), ["stopped"]);
  assert.equal(desk.fetcher.ask(0), false);
  desk.fetcher.waiting(0, 0);
  desk.fetcher.fetchAgain(0);
  desk.answer([1]);
  assert.deepEqual([desk.heard(), desk.waiting], [[], []]);
});

test("a server that repeats itself, or says that there is more and has nothing, is not asked on and on", () => {
  for (const numbers of [[5], [4], [], [6, 6], [7, 2]]) {
    const desk = new Desk();
    desk.answer([5], false);
    desk.heard();
    desk.answer(numbers, false);
    assert.deepEqual(desk.waiting, ["1 0"]);
    assert.equal(desk.heard().at(-1), "all");
  }
});

test("the next page waits for room", () => {
  const desk = new Desk();
  desk.hasRoom = false;
  desk.answer([1], false, 10);
  assert.deepEqual([desk.waiting, desk.fetcher.deadline], [[], 110]);
  desk.fetcher.wake(110);
  assert.deepEqual([desk.waiting, desk.fetcher.deadline], [[], 210]);
  desk.hasRoom = true;
  desk.fetcher.wake(210);
  assert.deepEqual([desk.waiting, desk.fetcher.deadline], [["0 1"], Number.POSITIVE_INFINITY]);
});

test("what was not taken in is fetched again, after longer and longer pauses", () => {
  const desk = new Desk();
  desk.refuses.add(4);
  desk.answer([3, 4, 5]);
  desk.answer([]);
  assert.equal(desk.fetcher.deadline, AGAIN_MS);
  desk.fetcher.wake(AGAIN_MS);
  assert.deepEqual(desk.waiting, ["0 3"]);
  desk.answer([4, 5], true, AGAIN_MS);
  assert.equal(desk.fetcher.deadline, 3 * AGAIN_MS);
  let now = 0;
  const pauses: number[] = [];
  for (let i = 0; i < 10; i++) {
    pauses.push(desk.fetcher.deadline - now);
    now = desk.fetcher.deadline;
    desk.fetcher.wake(now);
    desk.answer([4, 5], true, now);
  }
  assert.deepEqual(pauses.slice(-3), [60_000, 60_000, 60_000]);
  desk.refuses.clear();
  desk.fetcher.wake(desk.fetcher.deadline);
  desk.answer([4, 5]);
  assert.equal(desk.fetcher.deadline, Number.POSITIVE_INFINITY);
});

test("no answer: nobody waits for it any more, and it is asked for again later, whichever box it was", () => {
  const desk = new Desk();
  desk.asked.shift()?.lapsed(2500);
  assert.deepEqual([desk.heard(), desk.waiting, desk.fetcher.deadline], [["stopped"], [], 2500 + AGAIN_MS]);
  desk.fetcher.wake(2500 + AGAIN_MS);
  desk.answer([1]);
  assert.deepEqual(desk.waiting, ["1 0"]);
  desk.asked.shift()?.answer({ kind: "refused", code: RefusalCode.storeFailed, text: "" }, 5000);
  assert.equal(desk.fetcher.deadline, 5000 + AGAIN_MS);
  desk.fetcher.wake(5000 + AGAIN_MS);
  assert.deepEqual(desk.waiting, ["1 0"]);
  desk.asked.shift()?.lapsed(9000);
  assert.equal(desk.fetcher.deadline, 9000 + 2 * AGAIN_MS);
});

test("letters that are read to the end let it be as quick as at first, unless one of them still waits for its turn", () => {
  const desk = new Desk();
  desk.refuses.add(1);
  desk.answer([1]);
  desk.answer([]);
  assert.equal(desk.fetcher.deadline, AGAIN_MS);
  desk.fetcher.waiting(0, 10);
  desk.answer([2], true, 10);
  desk.fetcher.wake(AGAIN_MS);
  desk.answer([1, 2], true, 2000);
  assert.equal(desk.fetcher.deadline, 2000 + 2 * AGAIN_MS);
  desk.refuses.clear();
  desk.fetcher.wake(2000 + 2 * AGAIN_MS);
  desk.answer([1, 2], true, 5000);
  desk.refuses.add(3);
  desk.fetcher.waiting(0, 5000);
  desk.answer([3], true, 5000);
  assert.equal(desk.fetcher.deadline, 5000 + AGAIN_MS);
});

test("an answer of another kind ends it; answers from before a new registration mean nothing", () => {
  const desk = new Desk();
  const [old] = desk.asked.splice(0);
  desk.fetcher.begin(10);
  old?.answer({ kind: "mail", items: [], isLast: false }, 11);
  old?.lapsed(12);
  assert.deepEqual([desk.waiting, desk.heard()], [["0 0"], []]);
  desk.asked.shift()?.answer({ kind: "done" }, 13);
  assert.deepEqual([desk.waiting, desk.heard()], [["1 0"], ["stopped"]]);
});
