import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";

import fc from "fast-check";

import { DiskError } from "../../src/io/disk-error.ts";
import { SqliteStore } from "../../src/io/sqlite-store.ts";
import { MemoryStore } from "../../src/server/memory-store.ts";
import type { ServerStore, StoreOperation } from "../../src/server/store.ts";
import type { Address } from "../../src/wire/address.ts";
import { type BooksPlace, person, session, storeContract } from "../server/store-contract.ts";
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
      const place = makePlace(t);
      const model = new MemoryStore();
      let store = place.open();
      store.load();
      for (const each of steps) {
        if (each.kind === "apply") assert.deepEqual(await store.apply(each.batch), model.applyNow(each.batch));
        else {
          if (each.kind === "close") store.close();
          else place.crash(store);
          store = place.open();
        }
        assert.deepEqual(store.load(), model.load());
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
      const store = new SqliteStore(folder(), isSmall ? { maxBytes: 25 * 4096 } : {});
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
  return fc.oneof(
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
}

function addressOf(at: number): Address | undefined {
  return at % 3 === 0 ? undefined : { host: `192.0.2.${at % 250}`, port: 1 + (at % 65_535) };
}

function bigPerson(i: number) {
  return { ...person(i + 1), device: new Uint8Array(4000) };
}
