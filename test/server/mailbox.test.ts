import assert from "node:assert/strict";
import { test } from "node:test";

import { type MailItem, RefusalCode, type RequestBody } from "#chat";
import { defaultLimits, ServerCloseCode } from "#server";

import { refusalOf, Room, WALL_MS } from "./room.ts";
import { type TestClient } from "./test-client.ts";

type SaveBody = Extract<RequestBody, { readonly kind: "save" }>;

function letterTo(to: TestClient, id: number, bytes = 100): SaveBody {
  return {
    kind: "save",
    toKey: to.person.publicKey,
    messageId: new Uint8Array(16).fill(id),
    envelope: new Uint8Array(bytes).fill(id),
  };
}

function save(room: Room, from: TestClient, to: TestClient, id: number, bytes?: number): string {
  const reply = room.ask(from, letterTo(to, id, bytes), 10_000);
  return reply.kind === "refused" ? `refused ${reply.code}` : reply.kind;
}

function fetched(room: Room, client: TestClient, box = 0, after = 0): readonly MailItem[] {
  const reply = room.ask(client, { kind: "fetch", box, after });
  assert.ok(reply.kind === "mail");
  return reply.items;
}

/** What is in a box, by the bytes that its envelopes are filled with, `!` before live ones. */
function ids(room: Room, client: TestClient, box = 0): readonly string[] {
  return fetched(room, client, box).map((item) => {
    assert.ok(item.kind !== "post");
    return `${item.kind === "letter" && item.isLive ? "!" : ""}${item.envelope[0]}`;
  });
}

function numbers(room: Room, client: TestClient, box = 0): readonly number[] {
  return fetched(room, client, box).map(({ number }) => number);
}

function receiptFor(to: TestClient, id: number): { readonly toKey: Uint8Array; readonly envelope: Uint8Array } {
  return { toKey: to.person.publicKey, envelope: new Uint8Array(60).fill(id) };
}

/** Somebody who was here and is away. */
function left(room: Room, name: string): TestClient {
  const client = room.registered(name);
  client.close();
  room.run(200);
  return client;
}

test("a letter for somebody who is away is saved, with a line, and is there until it is collected", () => {
  const room = new Room();
  const [ann, bob] = [room.registered("ann"), left(room, "bob")];
  assert.deepEqual([save(room, ann, bob, 1), save(room, ann, bob, 2)], ["saved", "saved"]);
  assert.deepEqual(room.lines.slice(-2), ["[Message for bob saved]", "[Message for bob saved]"]);
  room.restart();
  room.run(100);
  room.comeBack(bob);
  const items = fetched(room, bob);
  for (const [i, item] of items.entries()) {
    assert.ok(item.kind === "letter" && !item.isLive);
    assert.deepEqual([item.fromKey, item.envelope], [ann.person.publicKey, new Uint8Array(100).fill(i + 1)]);
    assert.ok(item.arrivedMs > WALL_MS && item.arrivedMs < WALL_MS + 1000);
  }
  assert.deepEqual(ids(room, bob), ["1", "2"], "fetching forgets nothing");
  room.collect(bob, items[0]?.number ?? 0);
  assert.deepEqual(ids(room, bob), ["2"]);
  room.collect(bob, items[0]?.number ?? 0, items[1]?.number ?? 0);
  assert.deepEqual(ids(room, bob), []);
});

test("whoever turns out to be here is rung for, its sender hears that it exists and gets a table line, and nothing is printed", () => {
  const room = new Room();
  const [ann, bob] = [room.registered("ann"), room.registered("bob")];
  room.run(200);
  const { steps, wholes } = ann.table;
  const { length } = room.lines;
  const start = room.network.now;
  assert.equal(save(room, ann, bob, 1), "exists");
  assert.ok(room.network.now - start < 20);
  assert.deepEqual(bob.bells, [0]);
  assert.deepEqual(ids(room, bob), ["!1"]);
  room.run(200);
  assert.deepEqual([ann.table.steps, ann.table.wholes], [steps + 1, wholes], "a step that changes nothing");
  assert.deepEqual(ann.table.faults, []);
  assert.equal(room.lines.length, length);
});

test("whoever is in the table and does not answer is asked; after that the letter is saved", () => {
  const room = new Room();
  const [ann, dead] = [room.registered("ann"), room.registered("dead")];
  room.run(500);
  dead.kill();
  const start = room.network.now;
  const id = ann.request(letterTo(dead, 1));
  room.run(300);
  assert.equal(ann.replies.has(id), false, "nobody is away on hearsay");
  assert.equal(save(room, ann, dead, 1), "saved");
  assert.equal(ann.replies.get(id)?.kind, "saved");
  assert.ok(room.network.now - start < 600);
  assert.deepEqual(room.lines.slice(2), [
    "[Client dead offline: no answer]",
    "[Message for dead saved]",
    "[Message for dead saved]",
  ]);
});

test("somebody expected is waited for: whoever is back exists, and whoever is not has it saved", () => {
  const room = new Room();
  const [ann, bob, cat] = [room.registered("ann"), room.registered("bob"), room.registered("cat")];
  room.restart();
  const start = room.network.now;
  room.run(100);
  room.comeBack(ann);
  const [toBob, toCat] = [ann.request(letterTo(bob, 1)), ann.request(letterTo(cat, 2))];
  room.run(1000);
  assert.deepEqual([ann.replies.has(toBob), ann.replies.has(toCat)], [false, false]);
  room.comeBack(bob);
  room.run(100);
  assert.deepEqual([ann.replies.get(toBob)?.kind, ann.replies.has(toCat)], ["exists", false]);
  assert.ok(bob.bells.includes(0));
  assert.deepEqual(ids(room, bob), ["!1"]);
  room.runUntil(() => ann.replies.has(toCat), 20_000);
  assert.equal(ann.replies.get(toCat)?.kind, "saved");
  assert.ok(room.network.now - start < defaultLimits.returnMs + 50);
});

test("nothing is answered before it is durable, and a letter that the disk does not take is nowhere", () => {
  const room = new Room();
  const [ann, bob] = [room.registered("ann"), left(room, "bob")];
  room.isStoreHeld = true;
  const id = ann.request(letterTo(bob, 1));
  room.run(1000);
  assert.equal(ann.replies.has(id), false);
  room.letStoreGo();
  room.run(50);
  assert.equal(ann.replies.get(id)?.kind, "saved");
  room.isStoreBroken = true;
  assert.equal(save(room, ann, bob, 2), `refused ${RefusalCode.storeFailed}`);
  room.isStoreBroken = false;
  room.comeBack(bob);
  assert.deepEqual(ids(room, bob), ["1"]);
  assert.equal(room.lines.filter((line) => line.includes("saved")).length, 1);
});

test("a letter that comes again, while the first is written or later, is kept once and answered alike", () => {
  const room = new Room();
  const [ann, bob] = [room.registered("ann"), left(room, "bob")];
  room.isStoreHeld = true;
  const first = [1, 2, 3].map(() => ann.request(letterTo(bob, 1)));
  room.run(100);
  room.letStoreGo();
  room.run(100);
  assert.deepEqual(
    first.map((id) => ann.replies.get(id)?.kind),
    ["saved", "saved", "saved"],
  );
  room.comeBack(ann);
  assert.equal(save(room, ann, bob, 1), "saved");
  room.comeBack(bob);
  assert.equal(save(room, ann, bob, 1), "exists");
  assert.deepEqual(ids(room, bob), ["1"]);
});

test("there is no mail for keys that are nobody's, and none at all without a mailbox", () => {
  const room = new Room();
  const [ann, stranger] = [room.registered("ann"), room.client("stranger")];
  assert.equal(save(room, ann, stranger, 1), `refused ${RefusalCode.noSuchPerson}`);
  const without = new Room({ hasMailbox: false });
  const [eve, bob] = [without.registered("eve"), without.registered("bob")];
  assert.equal(save(without, eve, bob, 1), `refused ${RefusalCode.noMailbox}`);
  assert.deepEqual(fetched(without, bob), []);
  for (const [each, has] of [
    [room, true],
    [without, false],
  ] as const) {
    const reply = each.comeBack(each === room ? ann : eve);
    assert.ok(reply.kind === "registered" && reply.hasMailbox === has);
  }
});

test("mailboxes are bounded: for one recipient, for strangers to it, for one sender, for all", () => {
  const weight = 512 + 100;
  const limits = {
    mailboxBytes: 6 * weight,
    senderBytes: 2 * weight,
    strangerBytes: 3 * weight,
    mailDiskBytes: 8 * weight,
  };
  const room = new Room({ limits });
  const [ann, bob, cat, dan] = ["ann", "bob", "cat", "dan"].map((name) => room.registered(name));
  assert.ok(ann !== undefined && bob !== undefined && cat !== undefined && dan !== undefined);
  const to = left(room, "to");
  const full = `refused ${RefusalCode.mailboxFull}`;
  assert.deepEqual(
    [1, 2, 3].map((id) => save(room, ann, to, id)),
    ["saved", "saved", full],
  );
  assert.deepEqual([save(room, bob, to, 4), save(room, cat, to, 5)], ["saved", full]);
  assert.equal(room.lines.filter((line) => line.includes("saved")).length, 3);
  const others = ["x", "y", "z"].map((name) => left(room, name));
  const saved = others.flatMap((other) => [
    save(room, cat, other, 6 + others.indexOf(other)),
    save(room, dan, other, 9 + others.indexOf(other)),
  ]);
  assert.equal(saved.filter((kind) => kind === "saved").length, 5, "8 in all");
});

test("a page holds what fits 64 KiB, one item at least, and the next begins where it ends", () => {
  const room = new Room({ limits: { requestsPerSecond: 1e6, requestBurst: 1e6 } });
  const [ann, bob] = [room.registered("ann"), left(room, "bob")];
  for (let id = 1; id <= 7; id++) save(room, ann, bob, id, id === 4 ? 67_584 : 20_000);
  room.comeBack(bob);
  const pages: (readonly (number | undefined)[])[] = [];
  for (let after = 0, isLast = false; !isLast && pages.length < 10;) {
    const reply = room.ask(bob, { kind: "fetch", box: 0, after });
    assert.ok(reply.kind === "mail");
    pages.push(reply.items.map((item) => (item.kind === "letter" ? item.envelope[0] : undefined)));
    after = reply.items.at(-1)?.number ?? 0;
    isLast = reply.isLast;
  }
  assert.deepEqual(pages, [[1, 2, 3], [4], [5, 6, 7]]);
  assert.deepEqual(room.ask(bob, { kind: "fetch", box: 9, after: 0 }).kind, "mail", "another box is as box 0");
});

test("collecting keeps a receipt for the sender of each letter, and tells it, here or when it is back", () => {
  const room = new Room();
  const [ann, gone, bob] = [room.registered("ann"), room.registered("gone"), left(room, "bob")];
  save(room, ann, bob, 1);
  save(room, gone, bob, 2);
  gone.close();
  room.comeBack(bob);
  const letters = numbers(room, bob);
  bob.request({ kind: "collect", numbers: letters, receipts: [receiptFor(ann, 11), receiptFor(gone, 12)] });
  room.run(100);
  assert.deepEqual(ann.bells, [1]);
  const [receipt, ...others] = fetched(room, ann, 1);
  assert.deepEqual(others, []);
  assert.ok(receipt?.kind === "receipt");
  assert.deepEqual([receipt.fromKey, receipt.envelope], [bob.person.publicKey, new Uint8Array(60).fill(11)]);
  room.restart();
  room.run(100);
  room.comeBack(gone);
  assert.deepEqual(ids(room, gone, 1), ["12"]);
  room.collect(gone, ...numbers(room, gone, 1));
  assert.deepEqual(ids(room, gone, 1), []);
});

test("letters go and receipts stay in one breath, or neither", () => {
  const room = new Room();
  const [ann, bob] = [room.registered("ann"), left(room, "bob")];
  save(room, ann, bob, 1);
  room.comeBack(bob);
  const letters = numbers(room, bob);
  room.isStoreBroken = true;
  bob.request({ kind: "collect", numbers: letters, receipts: [receiptFor(ann, 11)] });
  room.run(100);
  room.isStoreBroken = false;
  assert.deepEqual([ids(room, bob), ids(room, ann, 1), ann.bells], [["1"], [], []]);
  bob.request({ kind: "collect", numbers: letters, receipts: [receiptFor(ann, 11)] });
  room.run(100);
  assert.deepEqual([ids(room, bob), ids(room, ann, 1), ann.bells], [[], ["11"], [1]]);
});

test("nobody collects what is another's, nor leaves receipts for whom it has no letter of", () => {
  const room = new Room({ limits: { receiptsWaiting: 2 } });
  const [ann, eve, bob] = [room.registered("ann"), room.registered("eve"), left(room, "bob")];
  save(room, ann, bob, 1);
  const all = Array.from({ length: 100 }, (_, i) => i);
  eve.request({ kind: "collect", numbers: all, receipts: [receiptFor(ann, 66), receiptFor(bob, 66)] });
  room.run(100);
  room.comeBack(bob);
  assert.deepEqual([ids(room, bob), ids(room, ann, 1), ids(room, bob, 1)], [["1"], [], []]);
  bob.request({
    kind: "collect",
    numbers: all,
    receipts: [receiptFor(ann, 11), receiptFor(ann, 12), receiptFor(eve, 13)],
  });
  room.run(100);
  assert.deepEqual([ids(room, ann, 1), ids(room, eve, 1)], [["11"], []], "one a letter");
  for (const id of [2, 3, 4]) save(room, ann, bob, id);
  bob.request({ kind: "collect", numbers: all, receipts: [2, 3, 4].map((id) => receiptFor(ann, id)) });
  room.run(100);
  assert.equal(ids(room, ann, 1).length, 2, "and so many that wait for one person");
});

test("a certificate is the one last registered with, of whoever has a name", () => {
  const room = new Room();
  const [ann, bob] = [room.registered("ann"), left(room, "bob")];
  const ask = (client: TestClient): unknown => {
    const reply = room.ask(ann, { kind: "certificate", personKey: client.person.publicKey });
    return reply.kind === "certificate" ? reply.device : reply.kind;
  };
  assert.deepEqual(ask(bob), bob.device);
  assert.equal(ask(room.client("stranger")), undefined);
});

test("mail of 30 days ago is forgotten", () => {
  const hour = 3600 * 1000;
  const room = new Room({ limits: { mailAgeMs: 2 * hour } });
  const [ann, bob] = [room.registered("ann"), left(room, "bob")];
  ann.endpoint.keepAlive(ann.session ?? 0, 20_000);
  room.network.turn(ann.host);
  save(room, ann, bob, 1);
  room.ask(ann, ann.postBody("to all", { to: undefined }));
  room.run(1.9 * hour);
  save(room, ann, bob, 2);
  room.run(1.5 * hour);
  room.comeBack(bob);
  assert.deepEqual(ids(room, bob), ["2"]);
  assert.equal(room.server.sizes.posters, 0);
});

test("so many pages are read at once, one a session, and everybody gets its own", () => {
  const room = new Room({ limits: { fetchesAtOnce: 2 } });
  const clients = ["a", "b", "c", "d", "e"].map((name) => room.registered(name));
  for (const [i, client] of clients.entries()) save(room, clients[0] ?? client, client, 1 + i);
  room.isStoreHeld = true;
  // The batch that is held has nothing in it but a name for the disk; what comes now gathers.
  clients[0]?.request({ kind: "createGroup", group: "x" });
  room.run(50);
  const asked = clients.slice(1).map((client) => [1, 2].map(() => client.request({ kind: "fetch", box: 0, after: 0 })));
  room.run(50);
  assert.deepEqual([room.server.sizes.fetches, room.server.sizes.storeOperations], [4, 1 + 2]);
  room.letStoreGo();
  room.run(100);
  const reads = room.operations.flatMap(({ kind }, i) => (kind === "readMail" ? [i] : []));
  assert.equal(reads.length, 8);
  for (const [i, client] of clients.slice(1).entries()) {
    for (const id of asked[i] ?? []) {
      const reply = client.replies.get(id);
      assert.ok(reply?.kind === "mail" && reply.items.length === 1);
      assert.ok(reply.items[0]?.kind === "letter" && reply.items[0].envelope[0] === i + 2);
    }
  }
  assert.equal(room.server.sizes.fetches, 0);
});

test("a fetch of a session that has ended, or that the disk cannot answer, leaves nothing open", () => {
  const room = new Room();
  const [ann, bob] = [room.registered("ann"), room.registered("bob")];
  room.isStoreHeld = true;
  ann.request({ kind: "createGroup", group: "x" });
  room.run(50);
  bob.request({ kind: "fetch", box: 0, after: 0 });
  room.run(50);
  bob.close();
  room.run(50);
  room.letStoreGo();
  room.run(50);
  assert.equal(room.server.sizes.fetches, 0);
  room.isStoreBroken = true;
  assert.equal(refusalOf(room.ask(ann, { kind: "fetch", box: 0, after: 0 })), RefusalCode.storeFailed);
  room.isStoreBroken = false;
  assert.deepEqual(fetched(room, ann), []);
});

test("long requests that wait are weighed, for one session and for all", () => {
  const limits = { requestsPerSecond: 0.001, requestBurst: 3, waitingBytes: 200_000, allWaitingBytes: 200_000 };
  const room = new Room({ limits });
  const [ann, bob, cat] = [room.registered("ann"), room.registered("bob"), room.registered("cat")];
  for (let id = 0; id < 10; id++) ann.request(letterTo(bob, id, 50_000));
  room.run(500);
  const [end] = ann.ends;
  assert.ok(end?.by === "peer" && end.code === ServerCloseCode.tooManyRequests);
  assert.equal(room.server.sizes.waitingBytes, 0);
  for (const client of [bob, cat]) for (let id = 0; id < 4; id++) client.request(letterTo(bob, id, 50_000));
  room.run(500);
  const dan = room.registered("dan");
  for (const id of [1, 2, 3, 4]) dan.request(letterTo(bob, id, 20_000));
  room.run(500);
  assert.deepEqual([bob.ends.length, cat.ends.length], [1, 1]);
  assert.deepEqual(dan.ends, [], "whoever has least waiting is not put out for the others");
  assert.ok(room.server.sizes.waitingBytes > 20_000 && room.server.sizes.waitingBytes <= 62_000);
});

test("a letter from somebody who has gone meanwhile is kept, rung for, and nobody is told", () => {
  const room = new Room();
  const [ann, dead, bob] = [room.registered("ann"), room.registered("dead"), room.registered("bob")];
  room.run(500);
  dead.kill();
  ann.request(letterTo(dead, 1));
  ann.request(letterTo(bob, 2));
  room.run(20);
  ann.close();
  room.run(1000);
  assert.deepEqual(ids(room, bob), ["!2"]);
  assert.equal(
    room.lines.some((line) => line.includes("saved")),
    false,
  );
  room.connect(dead);
  assert.equal(room.ask(room.registered("cat"), letterTo(dead, 3)).kind, "saved");
});
