// What every ServerStore must keep, whatever it is made of. Run by the test of each implementation.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";

import type { Books, PersonRecord, ServerStore, SessionRecord, StoreOperation } from "../../src/server/store.ts";
import { groupContract } from "./group-contract.ts";
import { keptContract } from "./kept-contract.ts";

/** One place where books are kept, empty at first. */
export interface BooksPlace {
  /** The store on these books. A small one has room for about 20 persons and no more. */
  open(isSmall?: boolean): ServerStore;
  /** Leaves the store as a killed process would; the next `open` finds what it left. */
  crash(store: ServerStore): void;
}

const empty: Books = {
  persons: [],
  sessions: [],
  aliveMs: 0,
  groups: [],
  members: [],
  posts: [],
  posted: [],
  lastNumber: 0,
};

export function storeContract(name: string, makePlace: (t: TestContext) => BooksPlace): void {
  const contract = (claim: string, check: (place: BooksPlace) => Promise<void>) =>
    test(`${name}: ${claim}`, (t) => check(makePlace(t)));

  contract("new books are empty", async (place) => {
    assert.deepEqual(place.open().load(), empty);
  });

  contract("a person put is there, whole", async (place) => {
    const store = place.open();
    store.load();
    assert.deepEqual(await store.apply([putPerson(person(1))]), ["done"]);
    assert.deepEqual(store.load().persons, [person(1)]);
  });

  contract("the name of another key conflicts and changes nothing", async (place) => {
    const store = place.open();
    store.load();
    await store.apply([putPerson(person(1))]);
    const second = { ...person(2), nameKey: person(1).nameKey };
    assert.deepEqual(await store.apply([putPerson(second)]), ["conflict"]);
    assert.deepEqual(store.load().persons, [person(1)]);
  });

  contract("a conflict does not undo the rest of its batch", async (place) => {
    const store = place.open();
    store.load();
    const second = { ...person(2), nameKey: person(1).nameKey };
    assert.deepEqual(await store.apply([putPerson(person(1)), putPerson(second), putPerson(person(3))]), [
      "done",
      "conflict",
      "done",
    ]);
    assert.deepEqual(store.load().persons, [person(1), person(3)]);
  });

  contract("one name a key: who registers a second gives up the first", async (place) => {
    const store = place.open();
    store.load();
    const renamed = { ...person(1), name: "Other", nameKey: "other", firstSeenMs: 9 };
    const heir = { ...person(2), nameKey: person(1).nameKey };
    assert.deepEqual(await store.apply([putPerson(person(1)), putPerson(renamed), putPerson(heir)]), [
      "done",
      "done",
      "done",
    ]);
    assert.deepEqual(store.load().persons, [renamed, heir]);
  });

  contract("a key that puts its own name again replaces its record", async (place) => {
    const store = place.open();
    store.load();
    const later = { ...person(1), name: "P1", device: bytes(5, 300), lastSeenMs: 77 };
    assert.deepEqual(await store.apply([putPerson(person(1)), putPerson(later)]), ["done", "done"]);
    assert.deepEqual(store.load().persons, [later]);
  });

  contract("a key that fails to take a name keeps the one it has", async (place) => {
    const store = place.open();
    store.load();
    const greedy = { ...person(2), nameKey: person(1).nameKey };
    await store.apply([putPerson(person(1)), putPerson(person(2)), putPerson(greedy)]);
    assert.deepEqual(store.load().persons, [person(1), person(2)]);
  });

  contract("a removed name is forgotten and free", async (place) => {
    const store = place.open();
    store.load();
    const heir = { ...person(2), nameKey: person(1).nameKey };
    const remove: StoreOperation = { kind: "removeName", nameKey: person(1).nameKey };
    assert.deepEqual(await store.apply([putPerson(person(1)), remove, remove, putPerson(heir)]), [
      "done",
      "done",
      "missing",
      "done",
    ]);
    assert.deepEqual(store.load().persons, [heir]);
  });

  contract("touching notes when somebody was here, and nothing for a stranger", async (place) => {
    const store = place.open();
    store.load();
    const touch = (n: number): StoreOperation => ({
      kind: "touchPerson",
      personKey: person(n).personKey,
      lastSeenMs: 99,
    });
    assert.deepEqual(await store.apply([putPerson(person(1)), touch(1), touch(2)]), ["done", "done", "missing"]);
    assert.deepEqual(store.load().persons, [{ ...person(1), lastSeenMs: 99 }]);
  });

  contract("the last address is the one last touched with, or put with, and there may be none", async (place) => {
    const store = place.open();
    store.load();
    const { personKey } = person(1);
    const address = { host: "fe80::1%eth0", port: 65_535 };
    const touch = { kind: "touchPerson", personKey, lastSeenMs: 99 } as const;
    await store.apply([putPerson({ ...person(1), address: undefined }), putPerson(person(2)), touch]);
    assert.deepEqual(store.load().persons, [{ ...person(1), address: undefined, lastSeenMs: 99 }, person(2)]);
    const touchOther = { ...touch, personKey: person(2).personKey, address };
    await store.apply([{ ...touch, address }, touch, touchOther]);
    assert.deepEqual(store.load().persons, [
      { ...person(1), address, lastSeenMs: 99 },
      { ...person(2), address, lastSeenMs: 99 },
    ]);
    await store.apply([putPerson(person(1)), putPerson({ ...person(2), address: undefined })]);
    assert.deepEqual(store.load().persons, [person(1), { ...person(2), address: undefined }]);
  });

  contract("a person has one session, the last put", async (place) => {
    const store = place.open();
    store.load();
    const later = { ...session(4), port: 4001, personKey: session(1).personKey };
    const sameId = { ...session(3), clientSessionId: session(2).clientSessionId };
    const remove = (n: number): StoreOperation => ({ kind: "removeSession", personKey: session(n).personKey });
    await store.apply([putSession(session(1)), putSession(session(2)), putSession(later), putSession(sameId)]);
    assert.deepEqual(store.load().sessions, [later, session(2), sameId]);
    assert.deepEqual(await store.apply([remove(1), remove(1), remove(3)]), ["done", "missing", "done"]);
    assert.deepEqual(store.load().sessions, [session(2)]);
  });

  contract("the last note of being alive counts", async (place) => {
    const store = place.open();
    store.load();
    const results = await store.apply([noteAlive(1_700_000_000_000), noteAlive(1_700_000_000_001)]);
    assert.deepEqual(results, ["done", "done"]);
    assert.equal(store.load().aliveMs, 1_700_000_000_001);
  });

  contract("operations of a batch see those before them", async (place) => {
    const store = place.open();
    store.load();
    const remove: StoreOperation = { kind: "removeName", nameKey: person(1).nameKey };
    assert.deepEqual(await store.apply([remove, putPerson(person(1)), remove]), ["missing", "done", "done"]);
    assert.deepEqual(store.load().persons, []);
  });

  contract("an empty batch has no results", async (place) => {
    const store = place.open();
    store.load();
    assert.deepEqual(await store.apply([]), []);
  });

  contract("bytes are copied: what the caller does with its own later changes nothing", async (place) => {
    const store = place.open();
    store.load();
    const device = Buffer.from(person(1).device);
    const resetToken = Buffer.from(session(1).resetToken);
    const personKey = Buffer.from(session(1).personKey);
    await store.apply([putPerson({ ...person(1), device }), putSession({ ...session(1), personKey, resetToken })]);
    personKey.fill(0);
    device.fill(0);
    resetToken.fill(0);
    const { persons, sessions } = store.load();
    assert.deepEqual([persons, sessions], [[person(1)], [session(1)]]);
  });

  for (const isCrash of [false, true]) {
    contract(`what was resolved is there after ${isCrash ? "a crash" : "a clean end"}`, async (place) => {
      const store = place.open();
      store.load();
      await store.apply([putPerson(person(1)), putSession(session(1)), noteAlive(5)]);
      await store.apply([putPerson(person(2))]);
      if (isCrash) place.crash(store);
      else store.close();
      const next = place.open();
      const books = { ...empty, persons: [person(1), person(2)], sessions: [session(1)], aliveMs: 5 };
      assert.deepEqual(next.load(), books);
      next.close();
    });
  }

  contract("a batch that fails rejects and changes nothing, and the next one works", async (place) => {
    const store = place.open(true);
    store.load();
    await store.apply([putPerson(person(1))]);
    const before = store.load();
    const tooMany = Array.from({ length: 100 }, (_, i) => putPerson({ ...person(i + 2), device: bytes(i, 4000) }));
    await assert.rejects(store.apply([noteAlive(9), { kind: "removeName", nameKey: person(1).nameKey }, ...tooMany]));
    assert.deepEqual(store.load(), before);
    assert.deepEqual(await store.apply([putPerson(person(2))]), ["done"]);
    assert.deepEqual(store.load().persons, [person(1), person(2)]);
  });

  keptContract(contract);
  groupContract(contract);
}

/** A person told from others by `n`, 1–255. */
export function person(n: number): PersonRecord {
  return {
    personKey: bytes(n, 32),
    name: `Person ${n}`,
    nameKey: `person${n}`,
    device: bytes(n + 1, 200),
    firstSeenMs: 1_700_000_000_000 + n,
    lastSeenMs: 1_700_000_100_000 + n,
    address: { host: `192.0.2.${n}`, port: 4000 + n },
  };
}

/** A session told from others by `n`, 1–255. */
export function session(n: number): SessionRecord {
  return {
    personKey: bytes(n + 2, 32),
    clientSessionId: bytes(n, 8),
    host: "192.0.2.7",
    port: 4000,
    resetToken: bytes(n + 1, 16),
  };
}

/** What puts a person into the books. */
export function putPerson(record: PersonRecord): StoreOperation {
  return { kind: "putPerson", person: record };
}

function putSession(record: SessionRecord): StoreOperation {
  return { kind: "putSession", session: record };
}

function noteAlive(atMs: number): StoreOperation {
  return { kind: "noteAlive", atMs };
}

function bytes(n: number, length: number): Uint8Array {
  return new Uint8Array(length).fill(n);
}
