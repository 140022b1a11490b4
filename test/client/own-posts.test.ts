import assert from "node:assert/strict";
import { test } from "node:test";

import { utf8 } from "#bytes";
import { LONGEST_POST, type ReplyBody, type RequestBody } from "#chat";
import { Random } from "#sim";

import { OwnPosts } from "../../src/client/own-posts.ts";
import { MOST_UNANSWERED } from "../../src/client/request-line.ts";
import { GroupDesk } from "./group-desk.ts";

const taken: ReplyBody = { kind: "taken", number: 7 };

function stage() {
  const desk = new GroupDesk();
  const place: { group: string | undefined } = { group: "lab" };
  const { dice } = new Random(1, "own posts");
  const posts = new OwnPosts({ line: desk.line, journal: desk.journal, dice, group: () => place.group });
  return { desk, place, posts };
}

function postOf(body: RequestBody | undefined): Extract<RequestBody, { readonly kind: "post" }> {
  assert.ok(body?.kind === "post");
  return body;
}

test("posts are numbered in one epoch, and say whom they are for", () => {
  const { desk, posts } = stage();
  const first = posts.say("lab", "grüße", 1000, 0);
  posts.say(undefined, "all of you", 1001, 0);
  const [a, b] = desk.asked.map(({ body }) => postOf(body));
  assert.deepEqual([a?.to, a?.number, a?.messageId, a?.sentAtMs], ["lab", 1, first, 1000]);
  assert.deepEqual([a?.scheme, a?.keyEpoch, a?.content], [0, 0, utf8("grüße")]);
  assert.deepEqual([b?.to, b?.number, b?.epoch], [undefined, 2, a?.epoch]);
  assert.equal(a?.epoch.length, 8);
});

test("a post that is taken is in the history before it is told", () => {
  const { desk, posts } = stage();
  const toGroup = posts.say("lab", "hello", 1000, 0);
  const toAll = posts.say(undefined, "hear", 1001, 0);
  desk.answer(taken);
  desk.answer(taken);
  assert.deepEqual([desk.told(), desk.line.pending], [[], 2]);
  const [first, second] = desk.journal.take() ?? [];
  assert.deepEqual(first, {
    kind: "putSent",
    message: { messageId: toGroup, channel: "lab", sentAtMs: 1000, text: "hello" },
  });
  assert.equal(second?.kind === "putSent" && second.message.channel, "*");
  desk.journal.applied(["done", "done"], 0);
  assert.deepEqual(desk.told(), [
    { kind: "postTaken", group: "lab", messageId: toGroup },
    { kind: "postTaken", group: undefined, messageId: toAll },
  ]);
  assert.equal(desk.line.pending, 0);
});

test("one that is refused is told so, by its id, and is in no history", () => {
  const { desk, posts } = stage();
  const messageId = posts.say("lab", "hello", 1000, 0);
  desk.answer({ kind: "refused", code: 15, text: "too much waits" });
  assert.deepEqual(desk.told(), [{ kind: "requestRefused", reason: "too much waits", messageId }]);
  assert.equal(desk.journal.take(), undefined);
});

test("what was said to a group that we are no longer in goes to no other", () => {
  const { desk, place, posts } = stage();
  for (let n = 0; n < MOST_UNANSWERED; n++) posts.say("lab", `${n}`, 1000, 0);
  const late = posts.say("lab", "late", 1000, 0);
  const toAll = posts.say(undefined, "to all", 1000, 0);
  place.group = "other";
  desk.answer(taken);
  assert.deepEqual(desk.asked.map(({ body }) => postOf(body).messageId).at(-1), toAll);
  desk.commit();
  assert.deepEqual(desk.told().at(-1), { kind: "requestRefused", reason: "you are not in group lab", messageId: late });
});

test("the longest post fits the request, and the next one waits for its answer", () => {
  const { desk, posts } = stage();
  posts.say("lab", "x".repeat(LONGEST_POST), 1000, 0);
  posts.say("lab", "next", 1000, 0);
  assert.deepEqual([desk.asked.length, postOf(desk.asked[0]?.body).content.length], [1, LONGEST_POST]);
  desk.answer(taken);
  assert.equal(postOf(desk.asked[0]?.body).number, 2);
});
