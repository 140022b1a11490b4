import assert from "node:assert/strict";
import { test } from "node:test";

import { RefusalCode } from "#chat";
import { ServerCloseCode } from "#server";
import { calm } from "#sim";
import { addressKey } from "#wire";

import { refusalOf, Room } from "./room.ts";
import { type TestClient } from "./test-client.ts";

function say(room: Room, client: TestClient, ...texts: readonly string[]): void {
  for (const text of texts) assert.equal(room.ask(client, client.postBody(text)).kind, "taken");
}

function closeCodes({ ends }: TestClient): readonly (number | undefined)[] {
  return ends.map((end) => (end.by === "peer" ? end.code : undefined));
}

test("a member that is dead is put out in the time of a verdict, and no other", () => {
  const room = new Room();
  const [ann, bob, dead] = [room.member("ann", "tea"), room.member("bob", "tea"), room.member("dead", "tea")];
  room.run(1000);
  dead.kill();
  const start = room.network.now;
  say(room, ann, "hello");
  room.runUntil(() => room.lines.includes("[Client dead offline: no answer]"), 5000);
  const tookMs = room.network.now - start;
  assert.ok(tookMs > 500 && tookMs < 620, `${tookMs} ms`);
  assert.deepEqual(room.lines.slice(-2), [
    "[Client dead not responsive, removed from group tea]",
    "[Client dead offline: no answer]",
  ]);
  room.run(200);
  assert.deepEqual(bob.texts, ["hello"]);
  assert.equal(ann.table.summary["dead"], "-");
  assert.equal(room.server.sizes.groupPosts, 0);
  assert.deepEqual(room.store.load().posts, [], "what only the dead owed is forgotten");
});

test("an acknowledgement is for its own post: one that was not acknowledged comes again, those that were do not", () => {
  const room = new Room();
  const [ann, bob] = [room.member("ann", "tea"), room.member("bob", "tea")];
  bob.acknowledges = false;
  say(room, ann, "one", "two", "three");
  room.run(30);
  const numbers = bob.posts.map(({ number }) => number);
  assert.equal(numbers.length, 3);
  bob.collect(numbers[1] ?? 0, numbers[1] ?? 0, numbers[1] ?? 0);
  room.run(100);
  assert.equal(room.server.sizes.groupPosts, 2);
  assert.equal(room.store.load().posts.length, 2);
  room.comeBack(bob, { group: "tea" });
  room.run(100);
  assert.deepEqual(bob.texts, ["one", "two", "three", "one", "three"]);
  bob.collect(...numbers);
  room.run(100);
  assert.equal(room.server.sizes.groupPosts, 0);
});

test("nobody acknowledges for others, nor what it was not sent", () => {
  const room = new Room();
  const [ann, bob, eve] = [room.member("ann", "tea"), room.member("bob", "tea"), room.registered("eve")];
  bob.acknowledges = false;
  say(room, ann, "one");
  room.run(30);
  const [post] = bob.posts;
  assert.ok(post !== undefined);
  for (const client of [ann, eve]) client.collect(post.number);
  bob.collect(post.number + 1, post.number - 1, 2 ** 53 - 1, 0);
  room.run(100);
  assert.equal(room.server.sizes.groupPosts, 1);
});

test("whoever leaves owes nothing, and whoever comes gets nothing from before", () => {
  const room = new Room();
  const [ann, bob] = [room.member("ann", "tea"), room.member("bob", "tea")];
  bob.acknowledges = false;
  say(room, ann, "one");
  room.ask(bob, { kind: "leaveGroup" });
  assert.equal(room.server.sizes.groupPosts, 0);
  const cat = room.member("cat", "tea");
  room.isStoreHeld = true;
  const id = ann.request(ann.postBody("two"));
  room.run(20);
  bob.request({ kind: "joinGroup", group: "tea" });
  room.run(20);
  room.letStoreGo();
  room.run(100);
  assert.equal(ann.replies.get(id)?.kind, "taken");
  assert.deepEqual([bob.texts, cat.texts], [["one"], ["two"]]);
  assert.deepEqual(room.store.load().posts, []);
  assert.equal(room.server.sizes.groupPosts, 0);
});

test("posts that are owed come again on a session that takes over, in their order, and once it has registered", () => {
  const room = new Room();
  const [ann, bob] = [room.member("ann", "tea"), room.member("bob", "tea")];
  bob.acknowledges = false;
  say(room, ann, "one", "two");
  room.connect(bob);
  room.run(100);
  assert.deepEqual(bob.texts, ["one", "two"]);
  say(room, ann, "three");
  room.run(100);
  assert.deepEqual(bob.texts, ["one", "two"], "a session that has not registered is told nothing");
  room.ask(bob, bob.registerBody({ group: "tea" }));
  room.run(100);
  assert.deepEqual(bob.texts, ["one", "two", "one", "two", "three"]);
  assert.ok(bob.heard.indexOf("notice groupPost") > bob.heard.indexOf("reply registered"));
  room.ask(bob, bob.registerBody({ group: "tea" }));
  room.run(100);
  assert.equal(bob.posts.length, 5, "on one session once");
});

test("posts that are owed come again after a restart, to those who are back, in their order", () => {
  const room = new Room();
  const [ann, bob, cat] = [room.member("ann", "tea"), room.member("bob", "tea"), room.member("cat", "tea")];
  for (const client of [bob, cat]) client.acknowledges = false;
  say(room, ann, "one", "two");
  room.run(30);
  room.restart();
  room.run(100);
  for (const client of [ann, bob]) client.acknowledges = true;
  room.comeBack(ann, { group: "tea" });
  say(room, ann, "three");
  room.comeBack(bob, { group: "tea" });
  say(room, ann, "four");
  room.run(100);
  assert.deepEqual(bob.texts, ["one", "two", "one", "two", "three", "four"]);
  assert.equal(room.server.sizes.groupPosts, 4, "cat may still come");
  room.run(6000);
  assert.equal(room.server.sizes.groupPosts, 0);
  assert.deepEqual(room.store.load().posts, []);
  assert.deepEqual(
    room.lines.filter((line) => line.includes("removed")),
    ["[Client cat not responsive, removed from group tea]"],
  );
});

test("a member that answers and acknowledges nothing for 10 s loses its session, and the others wait for nothing", () => {
  const room = new Room();
  const [ann, bob, idle] = [room.member("ann", "tea"), room.member("bob", "tea"), room.member("idle", "tea")];
  idle.acknowledges = false;
  say(room, ann, "one");
  for (let i = 0; i < 9; i++) {
    room.run(1000);
    say(room, ann, `more ${i}`);
  }
  assert.deepEqual(idle.ends, []);
  assert.equal(bob.texts.length, 10);
  room.run(1500);
  assert.deepEqual(closeCodes(idle), [ServerCloseCode.tooSlow]);
  assert.deepEqual(room.lines.slice(-2), [
    "[Client idle not responsive, removed from group tea]",
    "[Client idle offline: no answer]",
  ]);
  assert.equal(room.server.sizes.groupPosts, 0);
});

test("so much is under way to a member and no more; the rest follows as it acknowledges", () => {
  const room = new Room({ limits: { memberBehindBytes: 5000 } });
  const [ann, bob, cat] = [room.member("ann", "tea"), room.member("bob", "tea"), room.member("cat", "tea")];
  bob.acknowledges = false;
  for (let i = 0; i < 20; i++) say(room, ann, String(i).padEnd(1000));
  room.run(200);
  assert.equal(cat.posts.length, 20);
  assert.equal(bob.posts.length, 5);
  bob.collect(...bob.posts.slice(0, 2).map(({ number }) => number));
  room.run(50);
  assert.equal(bob.posts.length, 7);
  bob.collect(...Array.from({ length: 20 }, (_, i) => (bob.posts[6]?.number ?? 0) + 1 + i));
  room.run(50);
  assert.equal(bob.posts.length, 7, "what was not sent is not acknowledged");
  bob.acknowledges = true;
  bob.collect(...bob.posts.map(({ number }) => number));
  room.run(200);
  assert.deepEqual(bob.texts, cat.texts);
  assert.equal(room.server.sizes.groupPosts, 0);
});

test("where the log is full, the group that takes up most makes room: whoever owes most there goes", () => {
  const room = new Room({ limits: { groupLogBytes: 21_000, memberBehindBytes: 10_000 } });
  const [ann, cat, dan] = [room.member("ann", "tea"), room.member("cat", "tea"), room.member("dan", "tea")];
  const [bob, eve] = [room.member("bob", "milk"), room.member("eve", "milk")];
  for (const client of [cat, dan, eve]) client.acknowledges = false;
  say(room, bob, "small");
  for (let i = 0; i < 10; i++) say(room, ann, "x".repeat(1000));
  dan.collect(...dan.posts.map(({ number }) => number));
  assert.deepEqual([cat.ends, dan.ends, eve.ends], [[], [], []]);
  for (let i = 0; i < 2; i++) say(room, bob, "x".repeat(1000));
  room.run(20);
  assert.deepEqual([closeCodes(cat), dan.ends, eve.ends], [[ServerCloseCode.tooSlow], [], []]);
  assert.ok(room.server.sizes.groupLogBytes < 6000, "for nobody else owed what is gone");
});

test("many small posts take up more than few long ones, and it is for them that somebody goes", () => {
  const room = new Room({ limits: { groupLogBytes: 24_000 } });
  const [ann, cat] = [room.member("ann", "tea"), room.member("cat", "tea")];
  const [bob, eve] = [room.member("bob", "milk"), room.member("eve", "milk")];
  const [fay, gus] = [room.member("fay", "cocoa"), room.member("gus", "cocoa")];
  for (const client of [cat, eve, gus]) client.acknowledges = false;
  for (let i = 0; i < 6; i++) say(room, bob, "x".repeat(1000));
  for (let i = 0; i < 16; i++) say(room, ann, "x");
  assert.deepEqual([cat.ends, eve.ends], [[], []]);
  for (let i = 0; i < 3; i++) say(room, fay, "x".repeat(1000));
  room.run(20);
  assert.deepEqual([closeCodes(cat), eve.ends, gus.ends], [[ServerCloseCode.tooSlow], [], []]);
});

test("where the log is full, the group that takes up most is refused more, unless somebody in it is far behind", () => {
  const room = new Room({ limits: { groupLogBytes: 21_000, memberBehindBytes: 10_000 } });
  const [ann, cat] = [room.member("ann", "tea"), room.member("cat", "tea")];
  const [bob, eve] = [room.member("bob", "milk"), room.member("eve", "milk")];
  for (const client of [cat, eve]) client.acknowledges = false;
  say(room, bob, "small");
  for (let i = 0; i < 60; i++) {
    const reply = room.ask(ann, ann.postBody("x"));
    assert.equal(refusalOf(reply), i < 28 ? undefined : RefusalCode.tooMuchWaits, `${i}`);
  }
  assert.deepEqual([cat.ends, eve.ends], [[], []]);
  cat.collect(...cat.posts.map(({ number }) => number));
  room.run(20);
  for (let i = 0; i < 12; i++) say(room, ann, "x".repeat(1000));
  assert.deepEqual([closeCodes(cat), eve.ends], [[ServerCloseCode.tooSlow], []]);
  assert.equal(refusalOf(room.ask(ann, ann.postBody("x".repeat(30_000)))), undefined, "nobody owes it");
});

test("what is being written counts for its group, so that nobody else makes room for it", () => {
  const room = new Room({ limits: { groupLogBytes: 21_000 } });
  const [ann] = [room.member("ann", "tea"), room.member("cat", "tea")];
  const [bob, eve] = [room.member("bob", "milk"), room.member("eve", "milk")];
  eve.acknowledges = false;
  for (let i = 0; i < 3; i++) say(room, bob, "x".repeat(1000));
  room.isStoreHeld = true;
  const ids = Array.from({ length: 20 }, () => ann.request(ann.postBody("x".repeat(1000))));
  room.run(100);
  room.letStoreGo();
  room.run(100);
  const taken = ids.filter((id) => ann.replies.get(id)?.kind === "taken").length;
  assert.ok(taken > 5 && taken < 10, `${taken}`);
  assert.deepEqual(eve.ends, []);
});

test("a long message on a slow link puts nobody out", () => {
  const room = new Room();
  const [ann, bob] = [room.member("ann", "tea"), room.member("bob", "tea")];
  room.network.setWeather({ ...calm, delayMs: 100, bytesPerMs: 20 });
  ann.request(ann.postBody("x".repeat(60_000)));
  room.run(20_000);
  assert.deepEqual(
    bob.posts.map(({ content }) => content.length),
    [60_000],
  );
  assert.deepEqual(bob.ends, []);
  assert.equal(room.server.sizes.groupPosts, 0);
});

test("members that acknowledge are not asked, and when nothing is owed nothing is sent", () => {
  const room = new Room();
  const [ann, bob] = [room.member("ann", "tea"), room.member("bob", "tea")];
  room.run(1000);
  let questions = 0;
  for (let i = 0; i < 20; i++) {
    say(room, ann, `${i}`);
    questions = Math.max(questions, room.server.sizes.questions);
    room.run(40);
  }
  assert.equal(questions, 0);
  assert.equal(bob.posts.length, 20);
  room.run(500);
  const { datagrams } = room.network.record;
  room.run(3000);
  assert.equal(room.network.record.datagrams, datagrams);
});

test("nothing is sent on a session that has ended", () => {
  const room = new Room();
  const [ann, bob] = [room.member("ann", "tea"), room.member("bob", "tea")];
  bob.acknowledges = false;
  say(room, ann, "one");
  const { host } = bob;
  bob.close();
  room.run(200);
  let datagrams = 0;
  room.network.onDatagram = (_from, to) => {
    if (addressKey(to) === addressKey(host.address)) datagrams++;
  };
  say(room, ann, "two");
  room.run(3000);
  assert.equal(datagrams, 0);
});
