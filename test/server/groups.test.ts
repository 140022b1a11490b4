import assert from "node:assert/strict";
import { test } from "node:test";

import { RefusalCode } from "#chat";

import { refusalOf, Room, WALL_MS } from "./room.ts";
import { type TestClient } from "./test-client.ts";

function membersOf(room: Room, client: TestClient): readonly string[] | undefined {
  const reply = room.ask(client, { kind: "listMembers", after: undefined });
  return reply.kind === "names" ? reply.names : undefined;
}

test("groups are made once, listed, entered and left, and the operator reads it", () => {
  const room = new Room();
  const [ann, bob] = [room.registered("ann"), room.registered("bob")];
  assert.deepEqual(room.ask(ann, { kind: "createGroup", group: "Tea" }), { kind: "done" });
  assert.deepEqual(room.ask(bob, { kind: "createGroup", group: "TEA" }), { kind: "groupExists", group: "Tea" });
  assert.equal(room.ask(bob, { kind: "createGroup", group: "milk" }).kind, "done");
  assert.deepEqual(room.ask(bob, { kind: "listGroups", after: undefined }), {
    kind: "names",
    names: ["Tea", "milk"],
    isLast: true,
  });
  assert.equal(refusalOf(room.ask(ann, { kind: "joinGroup", group: "cocoa" })), RefusalCode.noSuchGroup);
  assert.deepEqual(room.ask(ann, { kind: "joinGroup", group: "tea" }), { kind: "entered", group: "Tea" });
  assert.deepEqual(room.ask(bob, { kind: "joinGroup", group: "Tea" }), { kind: "entered", group: "Tea" });
  assert.deepEqual(membersOf(room, bob), ["ann", "bob"]);
  assert.deepEqual(room.ask(bob, { kind: "joinGroup", group: "milk" }), { kind: "entered", group: "milk" });
  assert.deepEqual(membersOf(room, ann), ["ann"]);
  assert.deepEqual(room.ask(ann, { kind: "leaveGroup" }), { kind: "done" });
  assert.equal(refusalOf(room.ask(ann, { kind: "listMembers", after: undefined })), RefusalCode.notInGroup);
  room.run(10);
  assert.deepEqual(room.lines.slice(2), [
    "[Client ann created group Tea successfully]",
    "[Client bob creating group TEA failed, group already exists]",
    "[Client bob created group milk successfully]",
    "[Client bob requested listing groups, current groups:]",
    "Tea",
    "milk",
    "[Client ann joining group cocoa failed, group does not exist]",
    "[Client ann joined group Tea]",
    "[Client bob joined group Tea]",
    "[Client bob requested listing members of group Tea:]",
    "ann",
    "bob",
    "[Client bob left group Tea]",
    "[Client bob joined group milk]",
    "[Client ann requested listing members of group Tea:]",
    "ann",
    "[Client ann left group Tea]",
  ]);
});

test("entering the group one is in, and leaving none, is answered and nothing else", () => {
  const room = new Room();
  const ann = room.member("ann", "tea");
  const { length } = room.lines;
  assert.equal(room.ask(ann, { kind: "joinGroup", group: "TEA" }).kind, "entered");
  room.ask(ann, { kind: "leaveGroup" });
  assert.equal(room.ask(ann, { kind: "leaveGroup" }).kind, "done");
  assert.deepEqual(room.lines.slice(length), ["[Client ann left group tea]"]);
});

test("what can be no name is refused, and the operator does not read it", () => {
  const room = new Room();
  const ann = room.registered("ann");
  const { length } = room.lines;
  for (const group of ["../x", "", "a b", "\u001b[2J", "x".repeat(100)]) {
    assert.equal(refusalOf(room.ask(ann, { kind: "createGroup", group })), RefusalCode.unusableName);
    assert.equal(refusalOf(room.ask(ann, { kind: "joinGroup", group })), RefusalCode.unusableName);
  }
  assert.equal(room.lines.length, length);
});

test("names come in pages, in their order, and only the first page is a line", () => {
  const room = new Room({ limits: { groupsPerPerson: 300 } });
  const ann = room.registered("ann");
  for (let i = 0; i < 250; i++) room.ask(ann, { kind: "createGroup", group: `g${i}` });
  const { length } = room.lines;
  const names: string[] = [];
  for (let after: string | undefined, pages = 0; pages < 5; pages++) {
    const reply = room.ask(ann, { kind: "listGroups", after });
    assert.ok(reply.kind === "names");
    names.push(...reply.names);
    after = reply.names.at(-1);
    assert.equal(reply.isLast, names.length === 250);
    if (reply.isLast) break;
  }
  assert.deepEqual(names, Array.from({ length: 250 }, (_, i) => `g${i}`).toSorted());
  assert.deepEqual(room.lines.slice(length + 1), names);
  assert.deepEqual(room.ask(ann, { kind: "listGroups", after: "zzz" }), { kind: "names", names: [], isLast: true });
});

test("there are so many groups and no more, of one person and of all, and so many members of one", () => {
  const room = new Room({ limits: { groups: 3, groupsPerPerson: 2, groupMembers: 2 } });
  const [ann, bob, cat] = [room.registered("ann"), room.registered("bob"), room.registered("cat")];
  const create = (client: TestClient, group: string): number | undefined =>
    refusalOf(room.ask(client, { kind: "createGroup", group }));
  assert.deepEqual([create(ann, "a"), create(ann, "b"), create(ann, "c")], [undefined, undefined, 13]);
  assert.deepEqual([create(bob, "c"), create(bob, "d")], [undefined, RefusalCode.tooManyGroups]);
  const join = (client: TestClient): number | undefined =>
    refusalOf(room.ask(client, { kind: "joinGroup", group: "a" }));
  room.ask(cat, { kind: "joinGroup", group: "b" });
  assert.deepEqual([join(ann), join(bob), join(cat)], [undefined, undefined, RefusalCode.groupFull]);
  assert.deepEqual(membersOf(room, cat), ["cat"], "and the group before is not left for that");
  room.ask(bob, { kind: "leaveGroup" });
  assert.equal(join(cat), undefined);
});

test("people of one network make at most half of the groups, and leave the rest to others", () => {
  const room = new Room({ limits: { groups: 6, groupsPerPerson: 1 } });
  const sybils = Array.from({ length: 5 }, (_, i) =>
    room.registered(`sybil${i}`, { address: { host: "10.9.9.9", port: 5000 + i } }),
  );
  const create = (client: TestClient, group: string): number | undefined =>
    refusalOf(room.ask(client, { kind: "createGroup", group }));
  const made = sybils.map((client, i) => create(client, `s${i}`));
  const { tooManyGroups } = RefusalCode;
  assert.deepEqual(made, [undefined, undefined, undefined, tooManyGroups, tooManyGroups]);
  assert.equal(create(room.registered("elsewhere"), "tea"), undefined);
  room.restart();
  room.run(6000);
  const again = room.registered("sybil6", { address: { host: "10.9.9.9", port: 6000 } });
  assert.equal(create(again, "more"), tooManyGroups, "nor after a restart, or when they have gone");
});

test("many who make groups at once make no more than there may be, and one name once", () => {
  const room = new Room({ limits: { groups: 3 } });
  const clients = ["a", "b", "c"].map((name) => room.registered(name));
  room.isStoreHeld = true;
  const ids = clients.map((client, i) => [
    client.request({ kind: "createGroup", group: "same" }),
    client.request({ kind: "createGroup", group: `own${i}` }),
  ]);
  room.run(100);
  assert.ok(
    clients.every(({ replies }, i) => !replies.has(ids[i]?.[0] ?? 0)),
    "nothing is answered before it is kept",
  );
  room.letStoreGo();
  room.run(100);
  const kinds = clients.flatMap(({ replies }, i) => (ids[i] ?? []).map((id) => replies.get(id)?.kind));
  const count = (kind: string): number => kinds.filter((each) => each === kind).length;
  assert.deepEqual([count("done"), count("groupExists"), count("refused")], [3, 2, 1]);
  assert.equal(room.server.sizes.groups, 3);
});

test("a group or a membership that the disk does not take is refused, and leaves no trace", () => {
  const room = new Room();
  const [ann, bob] = [room.member("ann", "tea"), room.registered("bob")];
  const { length } = room.lines;
  room.isStoreBroken = true;
  assert.equal(refusalOf(room.ask(bob, { kind: "createGroup", group: "milk" })), RefusalCode.storeFailed);
  assert.equal(refusalOf(room.ask(bob, { kind: "joinGroup", group: "tea" })), RefusalCode.storeFailed);
  room.isStoreBroken = false;
  assert.deepEqual(membersOf(room, ann), ["ann"]);
  assert.equal(refusalOf(room.ask(bob, { kind: "listMembers", after: undefined })), RefusalCode.notInGroup);
  assert.equal(room.lines.length, length + 2);
  assert.deepEqual([room.server.sizes.groups, room.server.sizes.members], [1, 1]);
  assert.equal(room.ask(bob, { kind: "createGroup", group: "milk" }).kind, "done");
});

test("requests behind one that is being kept wait for it, so that they are answered in their order", () => {
  const room = new Room();
  const ann = room.registered("ann");
  room.isStoreHeld = true;
  const ids = [
    ann.request({ kind: "createGroup", group: "tea" }),
    ann.request({ kind: "joinGroup", group: "tea" }),
    ann.request({ kind: "listMembers", after: undefined }),
    ann.request({ kind: "leaveGroup" }),
    ann.request({ kind: "listMembers", after: undefined }),
  ];
  room.run(100);
  room.letStoreGo();
  room.run(100);
  assert.deepEqual(
    ids.map((id) => ann.replies.get(id)?.kind),
    ["done", "entered", "names", "done", "refused"],
  );
  assert.deepEqual(room.store.load().members, []);
});

test("whoever goes away leaves its group: with a line before the goodbye, with another one when it was silent", () => {
  const room = new Room();
  const [stays, says, closes, dies] = ["stays", "says", "closes", "dies"].map((name) => room.member(name, "tea"));
  assert.ok(stays !== undefined && says !== undefined && closes !== undefined && dies !== undefined);
  const { length } = room.lines;
  room.ask(says, { kind: "deregister" });
  closes.close();
  room.run(100);
  dies.kill();
  room.ask(stays, { kind: "reportSilent", personKey: dies.person.publicKey });
  assert.deepEqual(room.lines.slice(length), [
    "[Client says left group tea]",
    "[Client says deregistered]",
    "[Client closes left group tea]",
    "[Client closes deregistered]",
    "[Client dies not responsive, removed from group tea]",
    "[Client dies offline: no answer]",
  ]);
  assert.deepEqual(membersOf(room, stays), ["stays"]);
  assert.equal(room.store.load().members.length, 1);
});

test("a session that takes over, and a server that starts again, keep a membership that is named", () => {
  const room = new Room();
  const [ann, bob] = [room.member("ann", "Tea"), room.member("bob", "Tea")];
  const registered = room.comeBack(ann, { group: "TEA" });
  assert.ok(registered.kind === "registered" && registered.group === "Tea");
  room.restart();
  room.run(100);
  const again = room.comeBack(ann, { group: "tea" });
  assert.ok(again.kind === "registered" && again.group === "Tea");
  assert.deepEqual(membersOf(room, ann), ["ann", "bob"], "bob is expected, and so a member");
  room.run(6000);
  assert.deepEqual(membersOf(room, ann), ["ann"]);
  assert.ok(room.lines.includes("[Client bob not responsive, removed from group Tea]"));
  const late = room.comeBack(bob, { group: "Tea" });
  assert.ok(late.kind === "registered" && late.group === undefined, "whoever was put out is not in it for saying so");
  assert.equal(refusalOf(room.ask(bob, { kind: "listMembers", after: undefined })), RefusalCode.notInGroup);
});

test("a membership that is not named on a registration ends", () => {
  const room = new Room();
  const [ann, bob] = [room.member("ann", "tea"), room.member("bob", "tea")];
  room.ask(ann, { kind: "createGroup", group: "milk" });
  const { length } = room.lines;
  const [none, other] = [room.comeBack(ann), room.comeBack(bob, { group: "milk" })];
  for (const reply of [none, other]) assert.ok(reply.kind === "registered" && reply.group === undefined);
  assert.deepEqual(room.lines.slice(length), ["[Client ann left group tea]", "[Client bob left group tea]"]);
  assert.equal(room.server.sizes.members, 0);
});

test("who was away when the server died is a member no more when it starts", () => {
  const room = new Room();
  const [ann, bob] = [room.member("ann", "tea"), room.member("bob", "tea")];
  room.isStoreBroken = true;
  ann.close();
  room.run(200);
  room.isStoreBroken = false;
  room.restart(WALL_MS + 90_000);
  room.run(100);
  assert.deepEqual(room.store.load().members, []);
  assert.equal(room.server.sizes.members, 0);
  assert.equal(room.comeBack(bob, { group: "tea" }).kind, "registered");
});

test("1,000 entries and exits leave nothing behind", () => {
  const room = new Room({ limits: { requestsPerSecond: 1e6, requestBurst: 1e6 } });
  const ann = room.registered("ann");
  for (const group of ["tea", "milk"]) room.ask(ann, { kind: "createGroup", group });
  for (let i = 0; i < 1000; i++) {
    assert.equal(room.ask(ann, { kind: "joinGroup", group: i % 3 === 0 ? "tea" : "milk" }).kind, "entered");
    if (i % 2 === 0) room.ask(ann, { kind: "leaveGroup" });
  }
  room.ask(ann, { kind: "leaveGroup" });
  room.run(100);
  const { members, deliveries, groupPosts, storeOperations } = room.server.sizes;
  assert.deepEqual([members, deliveries, groupPosts, storeOperations], [0, 0, 0, 0]);
  assert.deepEqual(room.store.load().members, []);
});

test("a group that nobody is in goes when it was not used for its age, and stays while somebody is in it", () => {
  const hour = 3600 * 1000;
  const room = new Room({ limits: { groupAgeMs: 2 * hour } });
  const ann = room.member("ann", "used");
  room.ask(ann, { kind: "createGroup", group: "idle" });
  ann.endpoint.keepAlive(ann.session ?? 0, 20_000);
  room.network.turn(ann.host);
  room.run(3.5 * hour);
  assert.deepEqual(room.ask(ann, { kind: "listGroups", after: undefined }), {
    kind: "names",
    names: ["used"],
    isLast: true,
  });
  assert.equal(refusalOf(room.ask(ann, { kind: "joinGroup", group: "idle" })), RefusalCode.noSuchGroup);
  assert.equal(room.ask(ann, { kind: "createGroup", group: "idle" }).kind, "done");
  assert.equal(room.store.load().groups.length, 2);
});
