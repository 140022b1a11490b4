import assert from "node:assert/strict";
import { test } from "node:test";

import { RefusalCode } from "#chat";
import { calm } from "#sim";

import { refusalOf, Room } from "./room.ts";
import { type PostBody, type TestClient } from "./test-client.ts";

function say(room: Room, client: TestClient, text: string, changes: Partial<PostBody> = {}): string | undefined {
  const reply = room.ask(client, client.postBody(text, changes));
  return reply.kind === "refused" ? `refused ${reply.code}` : reply.kind;
}

/** What a client is given of posts to everybody, as text, `!` before those that are live. */
function everybodysTexts(room: Room, client: TestClient, after = 0): readonly string[] {
  const reply = room.ask(client, { kind: "fetch", box: 0, after });
  assert.ok(reply.kind === "mail");
  return reply.items.flatMap((item) =>
    item.kind === "post" ? [`${item.isLive ? "!" : ""}${new TextDecoder().decode(item.content)}`] : [],
  );
}

function numbersGiven(room: Room, client: TestClient): readonly number[] {
  const reply = room.ask(client, { kind: "fetch", box: 0, after: 0 });
  return reply.kind === "mail" ? reply.items.map(({ number }) => number) : [];
}

test("a post goes to all members but its sender, as it came, and is forgotten when all have it", () => {
  const room = new Room();
  const [ann, bob, cat] = ["ann", "bob", "cat"].map((name) => room.member(name, "Tea"));
  assert.ok(ann !== undefined && bob !== undefined && cat !== undefined);
  const stranger = room.registered("stranger");
  const body = ann.postBody("", { scheme: 7, keyEpoch: 9, content: Uint8Array.of(255, 0, 1), sentAtMs: 77 });
  assert.deepEqual(room.ask(ann, body), { kind: "taken", number: body.number });
  assert.equal(room.lines.at(-1), "[Client ann sent group message]");
  assert.equal(room.store.load().posts.length, 1);
  room.run(200);
  for (const { posts } of [bob, cat]) {
    const [post, ...others] = posts;
    assert.deepEqual(others, []);
    assert.deepEqual(
      { ...post, number: 0, arrivedMs: 0 },
      {
        kind: "groupPost",
        group: "Tea",
        number: 0,
        isLive: true,
        arrivedMs: 0,
        fromKey: ann.person.publicKey,
        fromName: "ann",
        messageId: body.messageId,
        sentAtMs: 77,
        scheme: 7,
        keyEpoch: 9,
        content: body.content,
      },
    );
  }
  assert.deepEqual([ann.posts, stranger.posts], [[], []]);
  assert.deepEqual([room.server.sizes.groupPosts, room.server.sizes.groupLogBytes], [0, 0]);
  assert.deepEqual(room.store.load().posts, []);
});

test("a post is not answered, nor passed on, before it is durable", () => {
  const room = new Room();
  const [ann, bob] = [room.member("ann", "tea"), room.member("bob", "tea")];
  room.isStoreHeld = true;
  const ids = [ann.request(ann.postBody("one")), ann.request(ann.postBody("all", { to: undefined }))];
  room.run(300);
  assert.ok(ids.every((id) => !ann.replies.has(id)));
  assert.deepEqual([bob.texts, bob.bells], [[], []]);
  room.letStoreGo();
  room.run(50);
  assert.ok(ids.every((id) => ann.replies.get(id)?.kind === "taken"));
  assert.deepEqual([bob.texts, bob.bells], [["one"], [0]]);
});

test("a post that the disk does not take is refused, shown to nobody, and refused when it comes again", () => {
  const room = new Room();
  const [ann, bob] = [room.member("ann", "tea"), room.member("bob", "tea")];
  const [first, second] = [ann.postBody("lost"), ann.postBody("all", { to: undefined })];
  room.isStoreBroken = true;
  for (const body of [first, second]) assert.equal(refusalOf(room.ask(ann, body)), RefusalCode.storeFailed);
  room.isStoreBroken = false;
  assert.equal(say(room, ann, "kept"), "taken");
  for (const body of [first, second]) assert.equal(refusalOf(room.ask(ann, body)), RefusalCode.storeFailed);
  room.run(200);
  assert.deepEqual(bob.texts, ["kept"]);
  assert.deepEqual(everybodysTexts(room, bob), []);
  assert.equal(room.server.sizes.groupLogBytes, 0);
});

test("a repeated post waits for the first, gets the same answer, and goes out once: at once, later, after a restart", () => {
  const room = new Room();
  const [ann, bob] = [room.member("ann", "tea"), room.member("bob", "tea")];
  const body = ann.postBody("once");
  room.isStoreHeld = true;
  const ids = [ann.request(body), ann.request(body)];
  room.run(100);
  assert.ok(ids.every((id) => !ann.replies.has(id)));
  room.letStoreGo();
  room.run(100);
  assert.deepEqual(
    ids.map((id) => ann.replies.get(id)),
    [
      { kind: "taken", number: body.number },
      { kind: "taken", number: body.number },
    ],
  );
  assert.equal(room.ask(ann, body).kind, "taken");
  room.comeBack(ann, { group: "tea" });
  assert.equal(room.ask(ann, body).kind, "taken");
  room.restart();
  room.run(100);
  for (const client of [ann, bob]) room.comeBack(client, { group: "tea" });
  assert.equal(room.ask(ann, body).kind, "taken");
  assert.equal(say(room, ann, "twice"), "taken");
  assert.equal(say(room, ann, "other epoch", { epoch: new Uint8Array(8), number: 1 }), "taken");
  room.run(200);
  assert.deepEqual(bob.texts, ["once", "twice", "other epoch"]);
  assert.equal(room.lines.filter((line) => line.includes("sent group")).length, 3);
});

test("only whoever is in a group posts to one, and a refusal is remembered for that number only", () => {
  const room = new Room();
  const [ann, bob] = [room.registered("ann"), room.member("bob", "tea")];
  const body = ann.postBody("outside");
  assert.equal(refusalOf(room.ask(ann, body)), RefusalCode.notInGroup);
  room.ask(ann, { kind: "joinGroup", group: "tea" });
  assert.equal(say(room, ann, "inside"), "taken");
  assert.equal(refusalOf(room.ask(ann, body)), RefusalCode.notInGroup);
  room.run(100);
  assert.deepEqual(bob.texts, ["inside"]);
});

test("a post to the group before is not passed on to the group that its sender is in by now", () => {
  const room = new Room();
  const [ann, bob, cat] = [room.member("ann", "tea"), room.member("bob", "tea"), room.member("cat", "milk")];
  room.ask(ann, { kind: "joinGroup", group: "milk" });
  assert.equal(refusalOf(room.ask(ann, ann.postBody("to tea", { to: "tea" }))), RefusalCode.notInGroup);
  assert.equal(say(room, ann, "to milk", { to: "MILK" }), "taken");
  room.run(100);
  assert.deepEqual([bob.texts, cat.texts], [[], ["to milk"]]);
});

test("absurd numbers, empty contents and members who are alone harm nobody", () => {
  const room = new Room();
  const ann = room.member("ann", "tea");
  assert.equal(say(room, ann, "", { number: 2 ** 53 - 1 }), "taken");
  assert.equal(say(room, ann, "low", { number: 5 }), "taken", "which was taken already, by its own word");
  assert.equal(say(room, ann, "low", { number: 0, epoch: new Uint8Array(8) }), "taken");
  room.run(100);
  assert.deepEqual(room.store.load().posts, []);
  assert.equal(room.lines.filter((line) => line.includes("sent group")).length, 1);
});

test("what is said to everybody goes once to each: who is here hears that it waits, and who is away finds it", () => {
  const room = new Room();
  const [ann, bob, away] = [room.registered("ann"), room.registered("bob"), room.registered("away")];
  away.close();
  room.run(100);
  const { length } = room.lines;
  assert.equal(say(room, ann, "hear", { to: undefined }), "taken");
  room.run(200);
  assert.equal(room.lines.length, length);
  assert.deepEqual([ann.bells, bob.bells], [[], [0]]);
  assert.deepEqual([everybodysTexts(room, ann), everybodysTexts(room, bob)], [[], ["!hear"]]);
  room.comeBack(away);
  assert.deepEqual(everybodysTexts(room, away), ["hear"]);
  const [number] = numbersGiven(room, bob);
  assert.ok(number !== undefined);
  room.collect(bob, number);
  assert.deepEqual(everybodysTexts(room, bob), []);
  room.restart();
  room.run(100);
  for (const client of [bob, away]) room.comeBack(client);
  assert.deepEqual([everybodysTexts(room, bob), everybodysTexts(room, away)], [[], ["hear"]]);
});

test("a newcomer gets what is said from then on, and who had a name before gets nothing twice", () => {
  const room = new Room();
  const ann = room.registered("ann");
  say(room, ann, "before", { to: undefined });
  const late = room.registered("late");
  say(room, ann, "after", { to: undefined });
  assert.deepEqual(everybodysTexts(room, late), ["!after"]);
  room.restart();
  room.run(100);
  room.comeBack(ann);
  const later = room.registered("later");
  assert.deepEqual(everybodysTexts(room, later), []);
});

test("collecting a later post to everybody does not skip one before it, nor does a number that was never given", () => {
  const room = new Room();
  const [ann, bob] = [room.registered("ann"), room.registered("bob")];
  for (const text of ["one", "two", "three"]) say(room, ann, text, { to: undefined });
  room.collect(bob, 2 ** 53 - 1, 1_000_000, 3, 2, 1);
  const [one = 0, two = 0, three = 0] = numbersGiven(room, bob);
  for (const number of [three, one]) room.collect(bob, number);
  assert.deepEqual(everybodysTexts(room, bob), ["!two", "!three"]);
  // What is given again is to be collected again.
  for (const number of [three, two]) room.collect(bob, number);
  assert.deepEqual(everybodysTexts(room, bob), []);
  room.collect(bob, 2 ** 53 - 1);
  say(room, ann, "four", { to: undefined });
  say(room, ann, "five", { to: undefined });
  const [four = 0, five = 0] = numbersGiven(room, bob);
  for (const number of [five, four]) room.collect(bob, number);
  assert.deepEqual(everybodysTexts(room, bob), []);
  say(room, ann, "six", { to: undefined });
  assert.deepEqual(everybodysTexts(room, bob), ["!six"]);
});

test("a crowd is told of many posts to everybody at most ten times a second", () => {
  const room = new Room();
  const listener = room.registered("listener");
  const clients = ["a", "b", "c"].map((name) => room.registered(name));
  room.run(200);
  for (let i = 0; i < 50; i++)
    for (const client of clients.slice(0, 2)) client.request(client.postBody("x", { to: undefined }));
  room.run(1000);
  assert.equal(everybodysTexts(room, listener).length, 64);
  for (const { bells } of [listener, ...clients])
    assert.ok(bells.length >= 1 && bells.length <= 5, `${bells.length} bells`);
});

test("without a mailbox what is said to everybody is for those who are here, and for nobody later", () => {
  const room = new Room({ hasMailbox: false });
  const [ann, bob, away] = [room.registered("ann"), room.registered("bob"), room.registered("away")];
  away.close();
  room.run(100);
  say(room, ann, "now", { to: undefined });
  room.comeBack(bob);
  room.comeBack(away);
  assert.deepEqual([everybodysTexts(room, bob), everybodysTexts(room, away)], [["!now"], []]);
  room.restart();
  room.run(100);
  room.comeBack(bob);
  assert.deepEqual(everybodysTexts(room, bob), ["now"], "expected, and so here all the time");
});

test("so much may be kept for everybody, of one sender and in all, and no more", () => {
  const room = new Room({ limits: { everybodyBytes: 4000, everybodySenderBytes: 2000 } });
  const clients = ["a", "b", "c"].map((name) => room.registered(name));
  const said = clients.map((client) => [1, 2].map(() => say(room, client, "x".repeat(500), { to: undefined })));
  assert.deepEqual(said, [
    ["taken", "refused 15"],
    ["taken", "refused 15"],
    ["taken", "refused 15"],
  ]);
});

test("posts cost what they make the server send", () => {
  const room = new Room({ limits: { requestsPerSecond: 0.001, requestBurst: 20 } });
  const [ann, bob] = [room.member("ann", "tea"), room.member("bob", "tea")];
  room.member("cat", "tea");
  for (let i = 0; i < 10; i++) ann.request(ann.postBody("x".repeat(64_000)));
  room.run(500);
  // Registering, making and joining cost 3; of the 17 left each post to two listeners takes about 3.
  assert.equal(bob.texts.length, 5);
});

test("posts from many sides at once come to all members in one order, and nobody who lives is put out", () => {
  const room = new Room({ seed: 3 });
  const names = ["s1", "s2", "s3", "m1", "m2", "dead"];
  const clients = names.map((name) => room.member(name, "tea"));
  room.network.setWeather({ ...calm, delayMs: 20, jitterMs: 10, loss: 0.1 });
  const [senders, dead] = [clients.slice(0, 3), clients[5]];
  dead?.kill();
  const ids = senders.map((client) =>
    Array.from({ length: 20 }, (_, i) => client.request(client.postBody(`${client.name} ${i}`))),
  );
  room.run(5000);
  for (const [i, client] of senders.entries())
    assert.ok(ids[i]?.every((id) => client.replies.get(id)?.kind === "taken"));
  const order = clients[3]?.texts ?? [];
  assert.equal(new Set(order).size, 60);
  for (const client of clients.slice(0, 5))
    assert.deepEqual(
      client.texts,
      order.filter((text) => !text.startsWith(client.name)),
      client.name,
    );
  for (const { name } of senders)
    assert.deepEqual(
      order.filter((text) => text.startsWith(name)),
      Array.from({ length: 20 }, (_, i) => `${name} ${i}`),
    );
  assert.deepEqual(
    room.lines.filter((line) => line.includes("not responsive") || line.includes("offline")),
    ["[Client dead not responsive, removed from group tea]", "[Client dead offline: no answer]"],
  );
  assert.deepEqual([room.server.sizes.members, room.server.sizes.groupPosts], [5, 0]);
});
