import assert from "node:assert/strict";
import { test } from "node:test";

import { MemoryStore, StoreFailure } from "../../src/server/memory-store.ts";
import { storeContract } from "./store-contract.ts";

storeContract("MemoryStore", () => {
  let isSmall = false;
  const store = new MemoryStore({ fault: (operations) => isSmall && operations.length > 50 });
  return {
    open(small = false) {
      isSmall = small;
      return store;
    },
    crash: () => {},
  };
});

test("applyNow gives at once what apply resolves", async () => {
  const store = new MemoryStore();
  assert.deepEqual(
    store.applyNow([
      { kind: "noteAlive", atMs: 3 },
      { kind: "removeName", nameKey: "x" },
    ]),
    ["done", "missing"],
  );
  assert.equal(store.load().aliveMs, 3);
});

test("the fault is shown the batch, and fails both ways of applying it", async () => {
  const seen: unknown[] = [];
  const store = new MemoryStore({ fault: (operations) => seen.push(operations) > 0 });
  const batch = [{ kind: "noteAlive", atMs: 3 }] as const;
  assert.throws(() => store.applyNow(batch), StoreFailure);
  await assert.rejects(store.apply(batch), StoreFailure);
  assert.deepEqual(seen, [batch, batch]);
  assert.equal(store.load().aliveMs, 0);
});
