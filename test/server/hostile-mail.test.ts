// What a client with an account of its own can do to the mail, the posts and the groups of others.

import assert from "node:assert/strict";
import { test } from "node:test";

import { type RequestBody } from "#chat";

import { refusalOf, Room } from "./room.ts";
import { type TestClient } from "./test-client.ts";

const filler = (bytes: number): Uint8Array => new Uint8Array(bytes);

/** Asks without waiting for answers. */
function pour(room: Room, client: TestClient, bodies: readonly RequestBody[]): void {
  for (const body of bodies) client.request(body);
  room.run(500);
}

test("members who are slow on purpose, none of them far behind, do not keep everybody else from posting", () => {
  const limits = { groupLogBytes: 64 * 1024, memberBehindBytes: 16 * 1024 };
  const room = new Room({ limits });
  const [ann, bob] = [room.member("ann", "Tea"), room.member("bob", "Tea")];
  // Each acknowledges one post now and then, and never owes as much as may be under way to it.
  const slow = Array.from({ length: 5 }, (_, i) => {
    const group = `Den${i}`;
    const [poster, sink] = [room.member(`poster${i}`, group), room.member(`sink${i}`, group)];
    sink.acknowledges = false;
    pour(
      room,
      poster,
      Array.from({ length: 15 }, () => poster.postBody("", { content: filler(900) })),
    );
    return { poster, sink };
  });
  for (let round = 0; round < 4; round++) {
    room.run(3000);
    for (const { poster, sink } of slow) {
      const first = sink.posts.shift();
      if (first !== undefined) sink.collect(first.number);
      pour(room, poster, [poster.postBody("", { content: filler(900) })]);
      pour(room, poster, [poster.postBody(""), poster.postBody("")]);
    }
  }
  assert.equal(refusalOf(room.ask(ann, ann.postBody("tea?"))), undefined);
  room.run(500);
  assert.deepEqual(bob.texts, ["tea?"]);
});

test("whoever waits for a moment is not put out because strangers make the server hold too much", () => {
  const waiting = { waitingBytes: 64 * 1024, allWaitingBytes: 128 * 1024, requestsPerSecond: 0.01, requestBurst: 20 };
  const room = new Room({ limits: waiting });
  const ann = room.member("ann", "Tea");
  const eves = ["eve1", "eve2"].map((name) => room.registered(name));
  for (const eve of eves) {
    const letter = (size: number): RequestBody => {
      return { kind: "save", toKey: filler(32), messageId: filler(16), envelope: filler(size) };
    };
    // The burst is used up; then what waits is just what may.
    pour(
      room,
      eve,
      Array.from({ length: 20 }, () => letter(10)),
    );
    pour(
      room,
      eve,
      Array.from({ length: 3 }, () => letter(20_750)),
    );
  }
  // She waits for her mail, and says something meanwhile.
  room.isStoreHeld = true;
  ann.request({ kind: "fetch", box: 0, after: 0 });
  pour(room, ann, [ann.postBody("tea? ".repeat(200))]);
  room.letStoreGo();
  room.run(500);
  assert.deepEqual(ann.ends, []);
});

test("a member who is a moment behind is not put out because strangers in another group fill the log", () => {
  const room = new Room({ limits: { groupLogBytes: 64 * 1024, memberBehindBytes: 32 * 1024 } });
  const [ann, bob] = [room.member("ann", "Tea"), room.member("bob", "Tea")];
  const eves = Array.from({ length: 8 }, (_, i) => room.member(`eve${i}`, "Den"));
  for (const eve of eves) eve.acknowledges = false;
  // Bob is there, and takes a second and a half for what is said to him.
  bob.acknowledges = false;
  assert.equal(refusalOf(room.ask(ann, ann.postBody("tea?"))), undefined);
  room.run(1500);
  for (const eve of eves) for (let n = 0; n < 20; n++) eve.request(eve.postBody(""));
  room.run(200);
  const [said] = bob.posts;
  assert.ok(said !== undefined);
  bob.collect(said.number);
  room.run(500);
  assert.deepEqual(bob.ends, []);
});
