import assert from "node:assert/strict";
import { test } from "node:test";

import { type ReplyBody, type TableRow } from "#chat";

import { LookUps, MOST_ASKED, MOST_WISHES, type Wish } from "../../src/client/look-ups.ts";
import { bytes } from "./records.ts";

/** Look-ups whose server is the test. */
class Desk {
  readonly asked: string[] = [];
  readonly told: string[] = [];
  readonly #answers = new Map<string, (reply: ReplyBody, now: number) => void>();
  readonly #mentioned: (() => void)[] = [];
  readonly lookUps = new LookUps({
    request: (body, _now, answer) => {
      assert.ok(body.kind === "lookUp");
      this.asked.push(body.name);
      this.#answers.set(body.name, answer);
    },
    mention: ({ kind }, _now, ended) => {
      this.asked.push(kind);
      this.#mentioned.push(ended);
    },
    ended: (name, wishes, end) => {
      const shown = end.kind === "found" ? end.row.name : end.kind === "refused" ? end.reason : end.kind;
      this.told.push(`${name} ${shown}: ${wishes.map(show).join(" ")}`);
    },
  });

  want(name: string, text = "", now = 0): boolean {
    const wish: Wish =
      text === "" ? { kind: "trust", name } : { kind: "text", name, messageId: bytes(1, 16), text, sentAtMs: 0 };
    return this.lookUps.want(wish, now);
  }

  /** What was mentioned is answered, or never will be. */
  endMentions(): void {
    for (const ended of this.#mentioned.splice(0)) ended();
  }

  answer(name: string, reply: ReplyBody): void {
    this.#answers.get(name)?.(reply, 0);
  }
}

function show(wish: Wish): string {
  return wish.kind === "text" ? wish.text : `trust-${wish.name}`;
}

function found(name: string): ReplyBody {
  const row: TableRow = {
    number: 1,
    name,
    personKey: bytes(1, 32),
    staticKey: bytes(2, 32),
    isOnline: false,
    address: undefined,
  };
  return { kind: "found", row };
}

test("one look-up a name, however written, and what waits goes on in its order", () => {
  const desk = new Desk();
  desk.want("Bob", "1");
  desk.want("BOB");
  desk.lookUps.seek("bob", 0);
  desk.want("bob", "2");
  desk.want("eve", "3");
  assert.deepEqual([desk.asked, desk.lookUps.wishes, desk.lookUps.has("bOb")], [["Bob", "eve"], 4, true]);
  desk.answer("Bob", found("bob"));
  assert.deepEqual([desk.told, desk.lookUps.wishes], [["Bob bob: 1 trust-BOB 2"], 1]);
  assert.deepEqual([desk.lookUps.has("bob"), desk.lookUps.has("eve")], [false, true]);
});

test("nobody, somebody else, no answer at all, and a refusal", () => {
  const desk = new Desk();
  for (const name of ["a", "b", "c", "d"]) desk.want(name, "x");
  desk.answer("a", { kind: "found", row: undefined });
  desk.answer("b", found("mallory"));
  desk.answer("c", { kind: "done" });
  desk.answer("d", { kind: "refused", code: 5, text: "too many" });
  assert.deepEqual(desk.told, ["a nobody: x", "b nobody: x", "c nobody: x", "d too many: x"]);
  desk.want("a", "again");
  assert.equal(desk.asked.at(-1), "a");
});

test("so many at once; the others have their turn when one is answered", () => {
  const desk = new Desk();
  for (let i = 0; i < MOST_ASKED + 2; i++) desk.want(`n${i}`, "x");
  assert.equal(desk.asked.length, MOST_ASKED);
  desk.answer("n0", found("n0"));
  assert.deepEqual(desk.asked.slice(MOST_ASKED), [`n${MOST_ASKED}`]);
  assert.equal(desk.lookUps.has(`n${MOST_ASKED + 1}`), true);
});

test("so many wishes; one more is not taken", () => {
  const desk = new Desk();
  for (let i = 0; i < MOST_WISHES; i++) assert.equal(desk.want("bob", "x"), true);
  assert.deepEqual([desk.want("eve", "x"), desk.asked, desk.lookUps.wishes], [false, ["bob"], MOST_WISHES]);
  desk.answer("bob", found("bob"));
  assert.equal(desk.want("eve", "x"), true);
});

test("given up, all of them end, also those whose turn had not come; a late answer means nothing", () => {
  const desk = new Desk();
  for (let i = 0; i < MOST_ASKED + 1; i++) desk.want(`n${i}`, "x");
  desk.lookUps.giveUp(0);
  assert.deepEqual([desk.told.length, desk.lookUps.wishes], [MOST_ASKED + 1, 0]);
  assert.ok(desk.told.every((line) => line.endsWith("unanswered: x")));
  desk.want("n0", "again");
  desk.answer("n1", found("n1"));
  assert.deepEqual([desk.told.length, desk.lookUps.wishes], [MOST_ASKED + 1, 1]);
});

test("whom we talk with is mentioned, one request a name at once, and so many names", () => {
  const desk = new Desk();
  for (const name of ["bob", "BOB", "bob"]) desk.lookUps.mention(name, 0);
  assert.deepEqual([desk.asked, desk.lookUps.has("bob"), desk.lookUps.wishes], [["lookUp"], false, 0]);
  desk.endMentions();
  for (let i = 0; i < MOST_ASKED + 9; i++) desk.lookUps.mention(`n${i}`, 0);
  assert.equal(desk.asked.length, 1 + MOST_ASKED);
  desk.lookUps.giveUp(0);
  desk.lookUps.mention("n1", 0);
  assert.deepEqual([desk.asked.length, desk.told], [2 + MOST_ASKED, []]);
});
