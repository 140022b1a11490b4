import assert from "node:assert/strict";
import { test } from "node:test";

import { utf8 } from "#bytes";
import { Box, type MailItem, type Post, type ReplyBody, RefusalCode, type RequestBody } from "#chat";
import type { ClientEvent } from "#client";

import { Liar, newNetwork, Person, rowOf, WALL_MS } from "./stage.ts";
import { bytes, incoming, putIncoming } from "./records.ts";

const done: ReplyBody = { kind: "done" };
const collectKinds: ReadonlySet<string> = new Set(["collect", "fetch", "introduce", "reportSilent"]);

/** Ann and Bob at a server moved by hand that does whatever groups ask of it; both are online. */
function lab(mail: readonly MailItem[] = []) {
  const { network, random } = newNetwork(1);
  const server = new Liar(network, random);
  const ann = new Person(network, random, "ann", { host: "10.0.0.10", port: 5000 });
  const bob = new Person(network, random, "bob", { host: "10.0.0.11", port: 5000 });
  server.rows = [rowOf(ann, 1), rowOf(bob, 2)];
  const answers = new Map<RequestBody["kind"], (body: RequestBody) => ReplyBody | undefined>([
    ["joinGroup", (body) => (body.kind === "joinGroup" ? { kind: "entered", group: body.group } : undefined)],
    ["post", () => ({ kind: "taken", number: 1 })],
    ["collect", () => undefined],
    [
      "fetch",
      (body) => ({ kind: "mail", items: body.kind === "fetch" && body.box === Box.letters ? mail : [], isLast: true }),
    ],
  ]);
  server.answer = (body) => (answers.get(body.kind) ?? (() => done))(body);
  const run = (ms: number): void => network.run(network.now + ms);
  ann.start();
  bob.start();
  run(1000);
  assert.deepEqual([ann.machine.isOnline, bob.machine.isOnline], [true, true]);
  const sessionOf = (name: string): number =>
    [...server.registered].findLast(([, body]) => body.name === name)?.[0] ?? -1;
  const enter = (group = "lab"): void => {
    ann.ask((machine, now) => machine.joinGroup(group, now));
    run(100);
    assert.equal(ann.machine.group, group);
    ann.events.length = 0;
  };
  const post = (n: number, changes: Partial<Post> = {}): Post => ({
    number: n,
    isLive: true,
    arrivedMs: WALL_MS,
    fromKey: bob.personKey,
    fromName: "bob",
    messageId: bytes(n, 16),
    sentAtMs: WALL_MS,
    scheme: 0,
    keyEpoch: 0,
    content: utf8(`post ${n}`),
    ...changes,
  });
  const say = (n: number, group = "lab"): void => {
    server.notify({ kind: "groupPost", group, ...post(n) }, sessionOf("ann"));
    run(20);
  };
  const asked = (): readonly string[] => server.asked.map(({ kind }) => kind).filter((kind) => !collectKinds.has(kind));
  return { server, ann, bob, run, enter, post, say, sessionOf, answers, asked };
}

/** What happened, in short. */
function lines(person: Person): readonly string[] {
  return person.events.flatMap((event: ClientEvent) => {
    if (event.kind === "messageReceived") return [`${event.from}: ${event.text}`];
    if (event.kind === "postReceived") return [`(${event.group}) ${event.from}: ${event.text}`];
    if (event.kind === "privateKept") return [`kept from ${event.from}`];
    if (event.kind === "requestRefused") return [`refused: ${event.reason}`];
    if (event.kind === "tableUpdated") return [];
    return [event.kind];
  });
}

test("a private text in a group: its sender has the receipt, and it is shown after we have left", () => {
  const { ann, bob, run, enter, say } = lab();
  enter();
  bob.send("ann", "psst");
  run(200);
  assert.deepEqual(bob.ends(), ["received"]);
  say(1);
  ann.ask((machine, now) => machine.leaveGroup(now));
  run(100);
  bob.send("ann", "hello");
  run(200);
  assert.deepEqual(lines(ann), ["kept from bob", "(lab) bob: post 1", "groupLeft", "bob: psst", "bob: hello"]);
  assert.equal(ann.machine.group, undefined);
});

test("deregistering shows what was kept, and only then says that we are offline; afterwards we are in no group", () => {
  const { server, ann, bob, run, enter } = lab();
  enter();
  bob.send("ann", "psst");
  run(200);
  ann.ask((machine, now) => machine.deregister(now));
  run(200);
  assert.deepEqual(lines(ann), ["kept from bob", "bob: psst", "deregistered"]);
  ann.ask((machine, now) => machine.register(now));
  run(500);
  const last = server.asked.findLast((body) => body.kind === "register");
  assert.deepEqual([ann.machine.group, last?.kind === "register" && last.group], [undefined, undefined]);
});

test("a silent server: what was kept is shown before it is told; we are in the group as before", () => {
  const { server, ann, bob, run, enter } = lab();
  enter();
  bob.send("ann", "one");
  run(200);
  server.stop();
  ann.ask((machine, now) => machine.listMembers(now));
  ann.ask((machine, now) => machine.sendGroup("anybody?", now));
  assert.equal(ann.machine.pending, 2);
  run(2600);
  bob.send("ann", "two");
  run(200);
  assert.deepEqual(lines(ann), ["kept from bob", "bob: one", "serverSilent", "kept from bob"]);
  assert.deepEqual([ann.machine.group, ann.machine.pending], ["lab", 0]);
});

test("whoever is killed in a group is shown at the next start what was kept, once", () => {
  const { ann, bob, run, enter } = lab();
  enter();
  bob.send("ann", "psst");
  run(200);
  ann.kill();
  for (const shown of [["bob: psst"], []]) {
    ann.events.length = 0;
    ann.start();
    run(1000);
    assert.deepEqual(ann.shown, shown);
    ann.kill();
  }
});

test("whoever says goodbye in a group is shown at the next start what was kept", () => {
  const { ann, bob, run, enter } = lab();
  enter();
  bob.send("ann", "psst");
  run(200);
  ann.ask((machine) => machine.goodbye());
  run(200);
  assert.deepEqual(lines(ann), ["kept from bob"]);
  ann.kill();
  ann.start();
  run(1000);
  assert.deepEqual(ann.shown, ["bob: psst"]);
});

test("a group's posts are shown once each in their order, and acknowledged by number once they are safe", () => {
  const { server, ann, run, enter, post, say, sessionOf } = lab();
  enter();
  let isSafe: boolean | undefined;
  server.answer = (body) => {
    if (body.kind === "collect") isSafe ??= !ann.isWriting("putIncoming");
    return undefined;
  };
  say(1);
  say(2);
  say(1);
  const lost = post(3);
  server.notify({ kind: "groupPost", group: "other", ...lost }, sessionOf("ann"));
  run(200);
  const collected = server.asked.flatMap((body) => (body.kind === "collect" ? body.numbers : []));
  assert.deepEqual([lines(ann), collected, isSafe], [["(lab) bob: post 1", "(lab) bob: post 2"], [1, 2, 1], true]);
});

test("a session that comes anew names our group; whoever is put out is told so, then what was kept", () => {
  const { server, ann, bob, run, enter, say, sessionOf } = lab();
  enter();
  bob.send("ann", "psst");
  run(200);
  server.endpoint.close(sessionOf("ann"), 66, "");
  server.turn();
  run(3000);
  const named = server.asked.flatMap((body) => (body.kind === "register" && body.name === "ann" ? [body.group] : []));
  assert.deepEqual([named, lines(ann)], [[undefined, "lab"], ["kept from bob"]]);
  server.groupOf = () => undefined;
  server.endpoint.close(sessionOf("ann"), 66, "");
  server.turn();
  run(3000);
  say(1);
  assert.deepEqual(lines(ann), ["kept from bob", "removedFromGroup", "bob: psst"]);
  assert.equal(ann.machine.group, undefined);
});

test("a post that was not answered is asked again with its number on the next session", () => {
  const { server, ann, run, enter, sessionOf, answers } = lab();
  enter();
  answers.set("post", () => undefined);
  ann.ask((machine, now) => machine.sendGroup("hello", now));
  ann.ask((machine, now) => machine.sendAll("to all", now));
  run(100);
  server.endpoint.close(sessionOf("ann"), 66, "");
  server.turn();
  answers.set("post", () => ({ kind: "taken", number: 1 }));
  run(2000);
  const posts = server.asked.flatMap((body) => (body.kind === "post" ? [body] : []));
  assert.deepEqual(
    posts.map(({ number, to }) => [number, to]),
    [
      [1, "lab"],
      [2, undefined],
      [1, "lab"],
      [2, undefined],
    ],
  );
  assert.deepEqual(posts[2]?.messageId, posts[0]?.messageId);
  assert.deepEqual([lines(ann), ann.machine.pending], [["postTaken", "postTaken"], 0]);
});

test("outcomes of posts that cannot be: too long, in no group, offline", () => {
  const { ann, run, enter } = lab();
  const group = (text: string): string => ann.ask((machine, now) => machine.sendGroup(text, now)).kind;
  const all = (text: string): string => ann.ask((machine, now) => machine.sendAll(text, now)).kind;
  const long = "é".repeat(32_769);
  assert.deepEqual([group("x"), all(long)], ["notInGroup", "tooLong"]);
  enter();
  assert.deepEqual([group(long), group("x"), all("x")], ["tooLong", "accepted", "accepted"]);
  run(100);
  ann.ask((machine, now) => machine.deregister(now));
  run(100);
  assert.deepEqual([group("x"), all("x")], ["notInGroup", "offline"]);
  ann.events.length = 0;
  ann.ask((machine, now) => machine.createGroup("g", now));
  ann.ask((machine, now) => machine.listGroups(now));
  run(100);
  assert.deepEqual([lines(ann), ann.machine.pending], [["refused: you are offline", "refused: you are offline"], 0]);
});

test("what is typed ahead goes where it was meant for: posts before leaving are taken, those after it refused", () => {
  const { ann, run, enter, asked } = lab();
  enter();
  for (let n = 0; n < 40; n++) ann.ask((machine, now) => machine.sendGroup(`${n}`, now));
  ann.ask((machine, now) => machine.leaveGroup(now));
  ann.ask((machine, now) => machine.sendGroup("late", now));
  ann.ask((machine, now) => machine.joinGroup("other", now));
  run(500);
  const posts = Array.from({ length: 40 }, () => "post");
  assert.deepEqual(asked().slice(-42), [...posts, "leaveGroup", "joinGroup"]);
  const taken = Array.from({ length: 40 }, () => "postTaken");
  assert.deepEqual(lines(ann), [...taken, "groupLeft", "refused: you are not in group lab", "groupEntered"]);
  assert.equal(ann.machine.group, "other");
});

test("a server that does not know us any more registers us anew, and what was asked is asked again", () => {
  const { ann, run, enter, answers } = lab();
  enter();
  let refusals = 1;
  answers.set("post", () =>
    refusals-- > 0 ? { kind: "refused", code: RefusalCode.notRegistered, text: "who?" } : { kind: "taken", number: 1 },
  );
  ann.ask((machine, now) => machine.sendGroup("hello", now));
  run(500);
  assert.deepEqual([lines(ann), ann.machine.group], [["postTaken"], "lab"]);
});

test("while the disk stands still no more posts are taken in than there is room for; then none is missed", () => {
  const { server, ann, run, enter, post, sessionOf } = lab();
  enter();
  run(100);
  ann.diskMs = 3000;
  const content = utf8("x".repeat(16_000));
  const say = (n: number): void => {
    const messageId = bytes(n % 256, 16).fill(n / 256, 8);
    server.notify({ kind: "groupPost", group: "lab", ...post(n, { messageId, content }) }, sessionOf("ann"));
  };
  const most = 1100;
  for (let n = 1; n <= most; n++) say(n);
  run(10_000);
  ann.diskMs = 0.3;
  const collected = (): number => server.asked.flatMap((body) => (body.kind === "collect" ? body.numbers : [])).length;
  const taken = ann.count("postReceived");
  assert.ok(taken > 1000 && taken < most, `${taken}`);
  say(most + 1);
  run(100);
  assert.deepEqual([ann.count("postReceived"), collected()], [taken, taken]);
  server.endpoint.close(sessionOf("ann"), 66, "");
  server.turn();
  run(1000);
  for (let again = taken + 1; again <= most + 1; again++) say(again);
  run(500);
  assert.deepEqual([ann.count("postReceived"), collected()], [most + 1, most + 1]);
});

test("a post that a profile never showed is shown at the start", () => {
  const { ann, bob, run } = lab();
  ann.kill();
  const record = { ...incoming(1), channel: "lab", fromKey: bob.personKey, epoch: bytes(0, 8), number: 0 };
  ann.profile.apply([putIncoming(record, false)]);
  ann.start();
  run(500);
  assert.ok(lines(ann).includes("(lab) Bob: from 1"));
});

test("posts to everybody come as mail: with a time, if they came while we were away", () => {
  const away = newNetwork(1);
  const bob = new Person(away.network, away.random, "bob", { host: "10.0.0.11", port: 5000 });
  const item = (n: number, isLive: boolean): MailItem => ({
    kind: "post",
    number: n,
    isLive,
    arrivedMs: WALL_MS + 50,
    fromKey: bob.personKey,
    fromName: "robert",
    messageId: bytes(n, 16),
    sentAtMs: WALL_MS,
    scheme: 0,
    keyEpoch: 0,
    content: utf8(`all ${n}`),
  });
  const { server, ann, run } = lab([item(1, false), item(2, true)]);
  run(500);
  const shown = ann.events.flatMap((event) =>
    event.kind === "postReceived" ? [[event.group, event.from, event.text, event.mailedAtMs]] : [],
  );
  assert.deepEqual(shown, [
    [undefined, "robert", "all 1", WALL_MS],
    [undefined, "robert", "all 2", undefined],
  ]);
  const kinds = ann.kinds.filter((kind) => kind !== "tableUpdated");
  assert.deepEqual(kinds, ["registered", "mailBegan", "postReceived", "postReceived"]);
  assert.ok(
    server.asked.some((body) => body.kind === "collect" && body.numbers.includes(1) && body.numbers.includes(2)),
  );
});

test("what somebody with a changed key posts waits until the key is accepted", () => {
  const { ann, bob, run, enter, say, post, server, sessionOf } = lab();
  ann.send("bob", "hi");
  run(200);
  enter();
  const eve = { fromKey: bytes(9, 32), fromName: "bob" };
  server.notify({ kind: "groupPost", group: "lab", ...post(5, eve) }, sessionOf("ann"));
  run(200);
  server.notify({ kind: "groupPost", group: "lab", ...post(6, { ...eve, fromName: "robert" }) }, sessionOf("ann"));
  say(7);
  run(200);
  assert.deepEqual(lines(ann), ["keyChanged", "(lab) bob: post 7"]);
  server.tell([rowOf(ann, 1), { ...rowOf(bob, 2), personKey: eve.fromKey }]);
  run(200);
  assert.equal(
    ann.ask((machine, now) => machine.trust("bob", now)),
    "accepted",
  );
  run(200);
  assert.deepEqual(lines(ann).slice(2), ["(lab) bob: post 5", "(lab) bob: post 6"]);
});
