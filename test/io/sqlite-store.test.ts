import assert from "node:assert/strict";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";

import fc from "fast-check";

import { DiskError } from "../../src/io/disk-error.ts";
import { keptStatements, mailStatements } from "../../src/io/kept-layout.ts";
import { SqliteStore } from "../../src/io/sqlite-store.ts";
import { MemoryStore } from "../../src/server/memory-store.ts";
import type { Books, ServerStore, StoreOperation } from "../../src/server/store.ts";
import type { Address } from "../../src/wire/address.ts";
import {
  collect,
  dropOld,
  key,
  letter,
  mailIn,
  post,
  putLetter,
  putPost,
  read,
  receipt,
} from "../server/kept-operations.ts";
import { type BooksPlace, person, session, storeContract } from "../server/store-contract.ts";
import { keptOperations, numbered } from "./kept-arbitraries.ts";
import { temporaryFolder } from "./temporary-folder.ts";

storeContract("SqliteStore", makePlace);

test("a full store rejects with DiskError full", async (t) => {
  const store = makePlace(t).open(true);
  store.load();
  const big = Array.from({ length: 100 }, (_, i) => ({ kind: "putPerson", person: bigPerson(i) }) as const);
  await assert.rejects(store.apply(big), { name: "DiskError", code: "full" });
});

test("a mistake of the caller's undoes the batch and is no DiskError", async (t) => {
  const store = makePlace(t).open();
  store.load();
  const wrong = { ...person(2), lastSeenMs: 1.5 };
  const batch = [person(1), wrong].map((each) => ({ kind: "putPerson", person: each }) as const);
  await assert.rejects(store.apply(batch), (error) => !(error instanceof DiskError));
  assert.deepEqual(store.load().persons, []);
});

test("a batch that only reads leaves nothing to sync", async (t) => {
  const folder = temporaryFolder(t);
  const store = new SqliteStore(folder);
  t.after(() => store.close());
  store.load();
  await store.apply([putLetter(letter(1, key(1), key(2))), putPost(post(2, key(2)))]);
  const log = () => readFileSync(join(folder, "server.sqlite-wal")).toString("hex");
  const before = log();
  const results = await store.apply([read(key(1)), read(key(2), { box: "receipts" }), read(key(1), { after: 1 })]);
  assert.equal(mailIn(results).items.length, 2);
  assert.equal(log(), before);
  await store.apply([collect(key(1), [1])]);
  assert.notEqual(log(), before);
});

test("no operation on mail, posts and groups goes through a table, and mail is listed without its contents", (t) => {
  const folder = temporaryFolder(t);
  new SqliteStore(folder).close();
  const database = new DatabaseSync(join(folder, "server.sqlite"));
  t.after(() => database.close());
  const plan = (sql: string) =>
    database
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => String(detail));
  const { groups, members, posted, lastNumber, noteNumber, dropMarks, ...operations } = keptStatements;
  // What a start reads whole, one row, and one row a person.
  assert.ok([groups, members, posted, lastNumber, noteNumber, dropMarks].every((sql) => sql !== ""));
  for (const sql of Object.values({ ...operations, ...mailStatements }))
    for (const step of plan(sql)) assert.doesNotMatch(step, /^SCAN (?!posts USING INDEX postsToGroups$)/, sql);
  assert.deepEqual(plan(operations.lettersAndPosts), [
    "MERGE (UNION ALL)",
    "LEFT",
    "SEARCH mail USING COVERING INDEX boxes (toKey=? AND isReceipt=? AND number>?)",
    "RIGHT",
    "SEARCH posts USING COVERING INDEX postsByGroup (groupKey=? AND number>?)",
  ]);
  assert.deepEqual(plan(operations.receipts), [
    "SEARCH mail USING COVERING INDEX boxes (toKey=? AND isReceipt=? AND number>?)",
  ]);
});

test("tallies come down to nothing with what they count", async (t) => {
  const folder = temporaryFolder(t);
  const store = new SqliteStore(folder);
  store.load();
  const [ann, bob] = [key(1), key(2)];
  await store.apply([putLetter(letter(1, ann, bob)), putLetter(letter(2, bob, ann)), putPost(post(3, ann))]);
  await store.apply([collect(ann, [1], 3, [receipt(4, bob, ann)]), collect(bob, [2, 4], 3)]);
  await store.apply([dropOld(Number.MAX_SAFE_INTEGER)]);
  store.close();
  const database = new DatabaseSync(join(folder, "server.sqlite"));
  t.after(() => database.close());
  const tables = ["tallies", "mail", "writing", "posts", "posted", "marks"];
  const counts = tables.map((table) => database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.["n"]);
  assert.deepEqual(counts, [0, 0, 0, 0, 0, 0]);
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
    fc.asyncProperty(fc.array(step, { maxLength: 24 }), async (steps) => {
      const place = makePlace(t);
      const model = new MemoryStore();
      let [store, lastNumber] = [place.open(), 0];
      store.load();
      for (const each of steps) {
        if (each.kind === "apply") {
          const batch = each.batch.map((operation) => numbered(operation, () => ++lastNumber));
          assert.deepEqual(await store.apply(batch), model.applyNow(batch));
        } else {
          if (each.kind === "close") store.close();
          else place.crash(store);
          store = place.open();
        }
        assert.deepEqual(sorted(store.load()), sorted(model.load()));
      }
      store.close();
    }),
    { numRuns: 40 },
  );
});

function makePlace(t: TestContext): BooksPlace {
  const base = temporaryFolder(t);
  let generation = 0;
  const folder = () => join(base, String(generation));
  const opened: ServerStore[] = [];
  t.after(() => opened.forEach((store) => store.close()));
  return {
    open(isSmall = false) {
      const store = new SqliteStore(folder(), isSmall ? { maxBytes: 60 * 4096 } : {});
      opened.push(store);
      return store;
    },
    // What a killed process leaves is what stands in its files at that moment.
    crash(store) {
      const left = folder();
      generation += 1;
      cpSync(left, folder(), { recursive: true });
      store.close();
    },
  };
}

// From few keys, names and ids, so that they meet.
function operations(): fc.Arbitrary<StoreOperation> {
  const few = fc.integer({ min: 1, max: 4 });
  const record = fc.record({ n: few, nameOf: few, at: fc.nat() });
  const directory = fc.oneof(
    record.map(({ n, nameOf, at }) => ({
      kind: "putPerson" as const,
      person: { ...person(n), name: `N${at}`, nameKey: `name${nameOf}`, lastSeenMs: at, address: addressOf(at) },
    })),
    few.map((n) => ({ kind: "removeName" as const, nameKey: `name${n}` })),
    record.map(({ n, at }) => {
      const [touch, address] = [
        { kind: "touchPerson", personKey: person(n).personKey, lastSeenMs: at } as const,
        addressOf(at),
      ];
      return address === undefined ? touch : { ...touch, address };
    }),
    record.map(({ n, nameOf, at }) => ({
      kind: "putSession" as const,
      session: { ...session(n), clientSessionId: session(nameOf).clientSessionId, port: 1 + (at % 65_535) },
    })),
    few.map((n) => ({ kind: "removeSession" as const, personKey: session(n).personKey })),
    fc.nat().map((atMs) => ({ kind: "noteAlive" as const, atMs })),
  );
  return fc.oneof(directory, { weight: 2, arbitrary: keptOperations });
}

// Notes of posting come in no order.
function sorted(books: Books): Books {
  const nameOf = ({ personKey, epoch }: Books["posted"][number]) => `${String(personKey)} ${String(epoch)}`;
  return { ...books, posted: books.posted.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)) };
}

function addressOf(at: number): Address | undefined {
  return at % 3 === 0 ? undefined : { host: `192.0.2.${at % 250}`, port: 1 + (at % 65_535) };
}

function bigPerson(i: number) {
  return { ...person(i + 1), device: new Uint8Array(4000) };
}
