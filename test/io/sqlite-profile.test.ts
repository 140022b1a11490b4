import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { cpSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";

import fc from "fast-check";

import { MemoryProfile } from "../../src/client/memory-profile.ts";
import { EVERYBODY, type Profile, type ProfileOperation } from "../../src/client/profile.ts";
import type { Dice } from "../../src/crypto/dice.ts";
import { changeStatements, loadStatements, profileLayout } from "../../src/io/profile-layout.ts";
import { SqliteFile } from "../../src/io/sqlite-file.ts";
import { SqliteProfile } from "../../src/io/sqlite-profile.ts";
import { type ProfilePlace, profileContract } from "../client/profile-contract.ts";
import {
  bytes,
  dropMailKey,
  endKept,
  endOutgoingAs,
  incoming,
  outgoing,
  putMailKey,
  putOutgoing,
  putSent,
  sent,
} from "../client/records.ts";
import { temporaryFolder } from "./temporary-folder.ts";

profileContract("SqliteProfile", makePlace);

test("a full profile rejects with DiskError full", async (t) => {
  const profile = makePlace(t).open(true);
  profile.load();
  const text = "x".repeat(4000);
  const long = Array.from({ length: 100 }, (_, i) => ({ ...incoming(i + 1), text }));
  const batch = long.map((message) => ({ kind: "putIncoming", message, isShown: true }) as const);
  assert.throws(() => profile.apply(batch), { name: "DiskError", code: "full" });
});

test("an end without a start leaves the crash before it known", (t) => {
  const place = makePlace(t);
  const crashed = place.open();
  const { epoch } = crashed.load();
  place.crash(crashed);
  place.open().close();
  assert.notDeepEqual(place.open().load().epoch, epoch);
});

test("the history keeps messages with their end", async (t) => {
  const folder = temporaryFolder(t);
  const profile = new SqliteProfile(folder, dice);
  profile.load();
  profile.apply([
    { kind: "putOutgoing", message: outgoing(1) },
    { kind: "endOutgoing", messageId: outgoing(1).messageId, end: "notDelivered", atMs: 1_700_000_000_900 },
    { kind: "putIncoming", message: incoming(2), isShown: true },
    { kind: "putIncoming", message: { ...incoming(3), channel: EVERYBODY, mailedAtMs: 7 }, isShown: true },
    putSent(sent(4, "group")),
    ...[5, 6, 7].flatMap((n) => [putOutgoing(outgoing(n)), endOutgoingAs(n, "saved")]),
    endKept(5),
    endKept(6, "expired"),
  ]);
  profile.close();
  const database = new DatabaseSync(join(folder, "profile.sqlite"));
  t.after(() => database.close());
  const columns = "text, end, endedAtMs, isShown, channel, mailedAtMs";
  const history = database.prepare(`SELECT ${columns} FROM messages LEFT JOIN ends USING (id) ORDER BY id`).all();
  assert.deepEqual(history.map(Object.values), [
    ["to 1", "notDelivered", 1_700_000_000_900, null, null, null],
    ["from 2", null, null, 1, null, null],
    ["from 3", null, null, 1, "*", 7],
    ["post 4", "taken", null, null, "group", null],
    ["to 5", "received", 1_700_000_001_000, null, null, null],
    ["to 6", "expired", 1_700_000_001_000, null, null, null],
    ["to 7", "saved", 1_700_000_000_900, null, null, null],
  ]);
});

test("no statement of a start goes through the history", (t) => {
  const folder = temporaryFolder(t);
  new SqliteProfile(folder, dice).close();
  const database = new DatabaseSync(join(folder, "profile.sqlite"));
  t.after(() => database.close());
  for (const sql of Object.values(loadStatements)) {
    const plan = database
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => String(detail));
    assert.ok(plan.length > 0);
    const few =
      /^(SCAN (messages USING INDEX unshown|ends USING INDEX kept|(?!messages|ends)\w+)|SEARCH messages .*rowid=.*)$/;
    for (const step of plan) assert.match(step, few);
  }
});

/** The tables of version 1, as they were. */
const version1 = `
  CREATE TABLE life (endedCleanly INTEGER NOT NULL) STRICT; INSERT INTO life VALUES (1);
  CREATE TABLE epoch (epoch BLOB NOT NULL) STRICT;
  CREATE TABLE personPins (nameKey TEXT NOT NULL UNIQUE, name TEXT NOT NULL, personKey BLOB NOT NULL) STRICT;
  CREATE TABLE serverPins (address TEXT NOT NULL UNIQUE, identityKey BLOB NOT NULL, staticKey BLOB NOT NULL) STRICT;
  CREATE TABLE lastNumbers (toKey BLOB NOT NULL UNIQUE, number INTEGER NOT NULL) STRICT;
  CREATE TABLE progress (
    fromKey BLOB NOT NULL, epoch BLOB NOT NULL, next INTEGER NOT NULL, UNIQUE (fromKey, epoch)
  ) STRICT;
  CREATE TABLE mailKeys (secret BLOB NOT NULL UNIQUE, createdAtMs INTEGER NOT NULL) STRICT;
  CREATE TABLE messages (
    id INTEGER PRIMARY KEY, isOutgoing INTEGER NOT NULL, messageId BLOB NOT NULL, channel TEXT, peerName TEXT,
    peerKey BLOB, epoch BLOB, number INTEGER, sentAtMs INTEGER NOT NULL, text TEXT NOT NULL, mailedAtMs INTEGER,
    receivedAtMs INTEGER, isShown INTEGER, end TEXT, endedAtMs INTEGER
  ) STRICT;
  CREATE UNIQUE INDEX outgoing ON messages (messageId) WHERE isOutgoing = 1;
  CREATE UNIQUE INDEX incoming ON messages (peerKey, messageId) WHERE isOutgoing = 0;
  CREATE INDEX outbox ON messages (id) WHERE isOutgoing = 1 AND end IS NULL;
  CREATE INDEX kept ON messages (id) WHERE isOutgoing = 1 AND end IN ('saved', 'exists');
  CREATE INDEX unshown ON messages (id) WHERE isOutgoing = 0 AND isShown = 0;
  PRAGMA application_id = 0x75637066; PRAGMA user_version = 1;`;

test("a profile of version 1, whose messages had their ends in their rows, is read as it was left", (t) => {
  const [folder, fresh] = [temporaryFolder(t), temporaryFolder(t)];
  new SqliteProfile(folder, dice).close();
  cpSync(join(folder, "identity.key"), join(fresh, "identity.key"));
  const database = new DatabaseSync(join(fresh, "profile.sqlite"));
  database.exec(version1);
  const putOutgoing = database.prepare(`
    INSERT INTO messages (isOutgoing, messageId, peerName, peerKey, epoch, number, sentAtMs, text, end, endedAtMs)
    VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  for (const [i, end] of [null, "received", "saved", null].entries()) {
    const { messageId, toName, toKey, epoch, number, sentAtMs, text } = outgoing(i + 1);
    putOutgoing.run(messageId, toName, toKey, epoch, number, sentAtMs, text, end, end === null ? null : 900);
  }
  const post = sent(5, "group");
  database
    .prepare(
      "INSERT INTO messages (isOutgoing, messageId, channel, sentAtMs, text, end) VALUES (1, ?, ?, ?, ?, 'taken')",
    )
    .run(post.messageId, post.channel, post.sentAtMs, post.text);
  const { messageId, fromName, fromKey, epoch, number, sentAtMs, text, receivedAtMs } = incoming(6);
  database
    .prepare(
      `INSERT INTO messages (isOutgoing, messageId, peerName, peerKey, epoch, number, sentAtMs, text, receivedAtMs, isShown)
      VALUES (0, ?, ?, ?, ?, ?, ?, ?, ?, 0)`,
    )
    .run(messageId, fromName, fromKey, epoch, number, sentAtMs, text, receivedAtMs);
  database.close();
  const profile = new SqliteProfile(fresh, dice);
  const { outbox, kept, unshown } = profile.load();
  assert.deepEqual(outbox, [outgoing(1), outgoing(4)]);
  assert.deepEqual(
    kept.map((message) => [message.text, message.end]),
    [["to 3", "saved"]],
  );
  assert.deepEqual(unshown, [incoming(6)]);
  assert.deepEqual(
    profile.apply([endOutgoingAs(1, "received"), endOutgoingAs(2, "received"), endKept(3), putSent(post)]),
    ["done", "missing", "done", "duplicate"],
  );
  profile.close();
  const layouts = [fresh, folder].map((place) => {
    const opened = new DatabaseSync(join(place, "profile.sqlite"));
    t.after(() => opened.close());
    return opened
      .prepare(
        `SELECT schema.type, tbl_name, schema.name, info.name AS column, info.type AS kind FROM sqlite_schema AS schema
        LEFT JOIN pragma_table_info(schema.name) AS info ORDER BY schema.type, schema.name, info.name`,
      )
      .all();
  });
  assert.deepEqual(layouts[0], layouts[1]);
});

test("a mail key that is dropped stands in no file any more, from then on", async (t) => {
  const folder = temporaryFolder(t);
  const [gone, stays] = [dice(32), dice(32)];
  let profile = new SqliteProfile(folder, dice);
  t.after(() => profile.close());
  profile.load();
  for (const [secret, n] of [
    [gone, 1],
    [stays, 2],
  ] as const) {
    profile.apply([{ kind: "putMailKey", mailKey: { secret, createdAtMs: n } }]);
    // So that both also stand in the database, and not only in its log.
    profile.close();
    profile = new SqliteProfile(folder, dice);
    profile.load();
    profile.apply([{ kind: "putIncoming", message: incoming(n), isShown: true }]);
  }
  assert.deepEqual([holds(folder, gone), holds(folder, stays)], [true, true]);
  profile.apply([putMailKey(7), { kind: "dropMailKey", secret: gone }, putMailKey(8)]);
  assert.deepEqual([holds(folder, gone), holds(folder, stays)], [false, true]);
  // Made and dropped at once, it was never anywhere but in the log.
  profile.apply([putMailKey(9)]);
  assert.equal(holds(folder, bytes(9, 32)), true);
  profile.apply([dropMailKey(9)]);
  assert.equal(holds(folder, bytes(9, 32)), false);
  for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).mode & 0o077, 0, name);
  profile.close();
  assert.deepEqual([holds(folder, gone), holds(folder, bytes(9, 32)), holds(folder, stays)], [false, false, true]);
});

test("a mail key dropped in the moment before a crash is gone from the files with the next start", async (t) => {
  const folder = temporaryFolder(t);
  const crashed = temporaryFolder(t);
  const file = new SqliteFile(join(folder, "profile.sqlite"), profileLayout);
  t.after(() => file.close());
  const { putMailKey: put, dropMailKey: drop } = file.prepare(changeStatements);
  const secret = dice(32);
  file.begin();
  file.transaction(() => put.run(secret, 1));
  file.transaction(() => drop.run(secret));
  cpSync(folder, crashed, { recursive: true });
  assert.equal(holds(crashed, secret), true);
  const next = new SqliteFile(join(crashed, "profile.sqlite"), profileLayout);
  t.after(() => next.close());
  assert.equal(holds(crashed, secret), false);
});

test("any batches, with ends and crashes between, leave what they leave in memory", async (t) => {
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant("apply" as const), batch: fc.array(operations(), { maxLength: 6 }) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("close" as const, "crash" as const) }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const place = makePlace(t, epochDice());
      let profile = place.open();
      const { identity } = profile.load();
      const model = new MemoryProfile(identity, epochDice());
      model.load();
      for (const each of steps) {
        if (each.kind === "apply") {
          assert.deepEqual(profile.apply(each.batch), model.apply(each.batch));
          continue;
        }
        if (each.kind === "crash") place.crash(profile);
        else {
          profile.close();
          model.close();
        }
        profile = place.open();
        assert.deepEqual(profile.load(), model.load());
      }
      profile.close();
    }),
    { numRuns: 40 },
  );
});

/** Whether the bytes stand in any file of the folder. */
function holds(folder: string, found: Uint8Array): boolean {
  return readdirSync(folder).some((name) => readFileSync(join(folder, name)).includes(Buffer.from(found)));
}

function makePlace(t: TestContext, throwing: Dice = dice): ProfilePlace {
  const base = temporaryFolder(t);
  let generation = 0;
  const folder = () => join(base, String(generation));
  const opened: Profile[] = [];
  t.after(() => opened.forEach((profile) => profile.close()));
  return {
    open(isSmall = false) {
      const profile = new SqliteProfile(folder(), throwing, isSmall ? { maxBytes: 40 * 4096 } : {});
      opened.push(profile);
      return profile;
    },
    // What a killed process leaves is what stands in its files at that moment.
    crash(profile) {
      const left = folder();
      generation += 1;
      cpSync(left, folder(), { recursive: true });
      profile.close();
    },
  };
}

function dice(length: number): Uint8Array {
  return new Uint8Array(randomBytes(length));
}

// The first epoch is all ones, the next all twos, and so on, so that operations can guess them.
function epochDice(): Dice {
  let epochs = 0;
  return (length) => (length === 8 ? new Uint8Array(8).fill(++epochs) : dice(length));
}

// From few keys, ids and epochs, so that they meet.
function operations(): fc.Arbitrary<ProfileOperation> {
  const few = fc.integer({ min: 1, max: 3 });
  const epoch = few.map((n) => new Uint8Array(8).fill(n));
  const key = few.map((n) => new Uint8Array(32).fill(n));
  const messageId = fc.integer({ min: 1, max: 6 }).map((n) => new Uint8Array(16).fill(n));
  const some = fc.record({ messageId, key, epoch, number: fc.integer({ min: 1, max: 9 }), text: fc.string() });
  const putOutgoing = some.map(({ key: toKey, ...rest }) => ({
    kind: "putOutgoing" as const,
    message: { ...outgoing(1), ...rest, toKey },
  }));
  const putIncoming = fc
    .record({
      some,
      isShown: fc.boolean(),
      channel: fc.constantFrom(undefined, EVERYBODY, "group"),
      mailedAtMs: fc.constantFrom(undefined, 0, 7),
    })
    .map(({ some: { key: fromKey, ...rest }, isShown, channel, mailedAtMs }) => ({
      kind: "putIncoming" as const,
      message: { ...incoming(1), ...rest, fromKey, channel, mailedAtMs },
      isShown,
    }));
  const personPin = fc.record({ nameKey: fc.constantFrom("a", "b"), name: fc.string(), personKey: key });
  const serverPin = fc.record({ address: fc.constantFrom("a:1", "b:2"), identityKey: key, staticKey: key });
  const progress = fc.record({ fromKey: key, epoch, next: fc.integer({ min: 1, max: 9 }) });
  return fc.oneof(
    putOutgoing,
    putIncoming,
    fc
      .record({ messageId, end: fc.constantFrom("received", "notDelivered", "saved", "exists", "refused") })
      .map(({ messageId: id, end }) => ({ kind: "endOutgoing" as const, messageId: id, end, atMs: 5 })),
    fc
      .record({ messageId, end: fc.constantFrom("received", "expired") })
      .map(({ messageId: id, end }) => ({ kind: "endKept" as const, messageId: id, end, atMs: 6 })),
    fc
      .record({ messageId, channel: fc.constantFrom(EVERYBODY, "group") })
      .map((of) => putSent({ ...sent(1, of.channel), ...of })),
    few.map(putMailKey),
    few.map(dropMailKey),
    some.map(({ key: fromKey, messageId: id }) => ({ kind: "markShown" as const, fromKey, messageId: id })),
    personPin.map((pin) => ({ kind: "pinPerson" as const, pin })),
    serverPin.map((pin) => ({ kind: "pinServer" as const, pin })),
    progress.map((each) => ({ kind: "putProgress" as const, progress: each })),
    progress.map(({ fromKey, epoch: of }) => ({ kind: "dropProgress" as const, fromKey, epoch: of })),
  );
}
