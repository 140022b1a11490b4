import assert from "node:assert/strict";
import { test } from "node:test";

import type { ReplyBody, RequestBody } from "#chat";

import { type Errand, MOST_UNANSWERED, MOST_UNANSWERED_BYTES } from "../../src/client/request-line.ts";
import { GroupDesk } from "./group-desk.ts";
import { bytes, endOutgoing } from "./records.ts";

const done: ReplyBody = { kind: "done" };

/** An errand told from others by its number; what comes of it is noted. */
function errand(n: number, notes: string[], changes: Partial<Errand> = {}): Errand {
  return {
    isAlone: false,
    bytes: 0,
    messageId: bytes(n, 16),
    body: (): RequestBody => ({ kind: "createGroup", group: `g${n}` }),
    answered: (reply) => {
      notes.push(`${n} ${reply.kind}`);
      return undefined;
    },
    ...changes,
  };
}

test("a few are asked at once, in their order, and one more with each answer; all of them are pending", () => {
  const desk = new GroupDesk();
  const notes: string[] = [];
  for (let n = 1; n <= MOST_UNANSWERED + 2; n++) desk.line.ask(errand(n, notes), 0);
  assert.deepEqual([desk.asked.length, desk.line.pending], [MOST_UNANSWERED, MOST_UNANSWERED + 2]);
  desk.answer(done);
  assert.deepEqual([desk.asked.length, desk.line.pending], [MOST_UNANSWERED, MOST_UNANSWERED + 1]);
  while (desk.asked.length > 0) desk.answer(done);
  assert.deepEqual(
    notes,
    Array.from({ length: MOST_UNANSWERED + 2 }, (_, i) => `${i + 1} done`),
  );
  assert.equal(desk.line.pending, 0);
});

test("long ones are asked one by one, and one that is longer than all may be goes by itself", () => {
  const desk = new GroupDesk();
  const half = { bytes: MOST_UNANSWERED_BYTES / 2 };
  for (const changes of [half, half, { bytes: 1 }, { bytes: MOST_UNANSWERED_BYTES + 1 }, half]) {
    desk.line.ask(errand(1, [], changes), 0);
  }
  assert.equal(desk.asked.length, 2);
  desk.answer(done);
  assert.equal(desk.asked.length, 2);
  desk.answer(done);
  assert.equal(desk.asked.length, 1);
  desk.answer(done);
  assert.equal(desk.asked.length, 1);
  desk.answer(done);
  desk.answer(done);
  assert.equal(desk.line.pending, 0);
});

test("one that is alone waits for all before it, and all after it wait for it", () => {
  const desk = new GroupDesk();
  const alone = { isAlone: true, body: (): RequestBody => ({ kind: "leaveGroup" }) };
  desk.line.ask(errand(1, []), 0);
  desk.line.ask(errand(2, []), 0);
  desk.line.ask(errand(3, [], alone), 0);
  desk.line.ask(errand(4, []), 0);
  assert.deepEqual(desk.kinds, ["createGroup", "createGroup"]);
  desk.answer(done);
  assert.deepEqual(desk.kinds, ["createGroup"]);
  desk.answer(done);
  assert.deepEqual(desk.kinds, ["leaveGroup"]);
  desk.answer(done);
  assert.deepEqual(desk.kinds, ["createGroup"]);
});

test("an answer may lead to another question, and the errand goes on until there is none", () => {
  const desk = new GroupDesk();
  const more: RequestBody = { kind: "listGroups", after: "g" };
  let left = 2;
  desk.line.ask(errand(1, [], { isAlone: true, answered: () => (left-- > 0 ? more : undefined) }), 0);
  desk.line.ask(errand(2, []), 0);
  assert.equal(desk.answer(done).kind, "createGroup");
  assert.deepEqual(
    [desk.answer(done).kind, desk.answer(done).kind, desk.kinds],
    ["listGroups", "listGroups", ["createGroup"]],
  );
});

test("what is no use when its turn comes is not asked, and told as refused", () => {
  const desk = new GroupDesk();
  desk.line.ask(errand(7, [], { body: () => ({ kind: "useless", reason: "too late" }) }), 0);
  desk.line.ask(errand(8, []), 0);
  assert.deepEqual(desk.kinds, ["createGroup"]);
  assert.deepEqual(desk.told(), [{ kind: "requestRefused", reason: "too late", messageId: bytes(7, 16) }]);
});

test("offline nothing is asked: it is refused at once; what was asked before is, when we go", () => {
  const desk = new GroupDesk();
  const notes: string[] = [];
  for (let n = 1; n <= MOST_UNANSWERED + 1; n++) desk.line.ask(errand(n, notes), 0);
  const late = desk.asked[0];
  desk.isOnline = false;
  desk.line.stop(0);
  desk.line.ask(errand(99, notes), 0);
  const told = desk.told();
  assert.equal(told.length, MOST_UNANSWERED + 2);
  assert.deepEqual(told.at(-1), { kind: "requestRefused", reason: "you are offline", messageId: bytes(99, 16) });
  late?.answer(done, 0);
  assert.deepEqual([desk.line.pending, notes], [0, []]);
});

test("when the server is silent all that was asked or waits is forgotten without a word, and late answers do nothing", () => {
  const desk = new GroupDesk();
  const notes: string[] = [];
  for (let n = 1; n <= MOST_UNANSWERED + 1; n++) desk.line.ask(errand(n, notes), 0);
  const late = desk.asked[0];
  desk.line.forget();
  late?.answer(done, 0);
  assert.deepEqual([desk.line.pending, desk.told(), notes], [0, [], []]);
  desk.line.ask(errand(50, notes), 0);
  assert.equal(desk.line.pending, 1);
});

test("what is told waits for what is being written, and is pending until then", () => {
  const desk = new GroupDesk();
  desk.journal.write(endOutgoing(1));
  desk.line.tell({ kind: "groupLeft", group: "g" }, 0);
  assert.deepEqual([desk.told(), desk.line.pending], [[], 1]);
  desk.commit();
  assert.deepEqual([desk.told(), desk.line.pending], [[{ kind: "groupLeft", group: "g" }], 0]);
});

test("10,000 errands that are answered at once do not pile up on the stack", () => {
  const desk = new GroupDesk();
  const notes: string[] = [];
  desk.line.ask(errand(0, notes, { isAlone: true }), 0);
  for (let n = 1; n <= 10_000; n++) desk.line.ask(errand(n % 256, notes, { bytes: MOST_UNANSWERED_BYTES }), 0);
  desk.answersAtOnce = { kind: "refused", code: 5, text: "too many" };
  desk.answer(done);
  assert.deepEqual([notes.length, desk.line.pending], [10_001, 0]);
});

test("a refusal says what the server says; an answer to something else is none", () => {
  const desk = new GroupDesk();
  desk.line.refuse({ kind: "refused", code: 13, text: "enough groups" }, undefined, 0);
  desk.line.refuse({ kind: "saved" }, undefined, 0);
  assert.deepEqual(
    desk.told().map((event) => (event.kind === "requestRefused" ? event.reason : "")),
    ["enough groups", "the server gave no answer that is one"],
  );
});
