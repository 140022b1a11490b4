import assert from "node:assert/strict";
import { test } from "node:test";

import { HalfOpenTable, type Place } from "../../src/transport/half-open-table.ts";

function place(id: number, network: string | undefined, createdAt = 0): Place {
  return { key: `caller ${id}`, id, network, createdAt };
}

/** Lets in as many of so many callers of a network as there are places for; how many those were. */
function fill(table: HalfOpenTable<Place>, first: number, count: number, network: string | undefined): number {
  let taken = 0;
  for (let id = first; id < first + count; id++) {
    if (!table.hasPlaceFor(network)) continue;
    table.add(place(id, network));
    taken++;
  }
  return taken;
}

test("a network that proved itself holds a quarter of the places, one that did not holds them as nobody's", () => {
  const table = new HalfOpenTable(256);
  assert.equal(fill(table, 0, 100, "192.0.2.1"), 64);
  assert.ok(table.hasPlaceFor("192.0.2.2") && table.hasPlaceFor(undefined));
  assert.equal(fill(table, 1000, 100, undefined), 100, "nobody's places are nobody's share");
  assert.equal(fill(table, 2000, 100, "192.0.2.2"), 64);
  assert.equal(fill(table, 3000, 100, "192.0.2.3"), 256 - 64 - 100 - 64, "and never more than there are");
  assert.equal(table.size, 256);
  assert.ok(!table.hasPlaceFor(undefined));
});

test("a share is 16 places at least, as far as there are so many", () => {
  assert.equal(fill(new HalfOpenTable(40), 0, 40, "192.0.2.1"), 16);
  assert.equal(fill(new HalfOpenTable(4), 0, 40, "192.0.2.1"), 4);
  assert.equal(fill(new HalfOpenTable(0), 0, 40, "192.0.2.1"), 0);
});

test("a place given back, once or twice, is one place of its network's share", () => {
  const table = new HalfOpenTable(64);
  fill(table, 0, 64, "192.0.2.1");
  const first = table.withKey("caller 0") ?? assert.fail();
  table.remove(first);
  table.remove(first);
  assert.equal(table.withId(0), undefined);
  assert.equal(table.withKey("caller 0"), undefined);
  assert.equal(fill(table, 100, 64, "192.0.2.1"), 1);
});

test("places are given back 5 s after they were taken, and then no network is counted any more", () => {
  const table = new HalfOpenTable<Place>(1024);
  for (let i = 0; i < 200; i++) table.add(place(i, `192.0.2.${i % 100}`, i));
  assert.equal(table.networks, 100);
  table.removeOld(4999);
  assert.equal(table.size, 200);
  table.removeOld(5099);
  assert.equal(table.size, 100);
  assert.equal(table.withId(99), undefined);
  assert.equal(table.withId(100)?.createdAt, 100);
  table.removeOld(5199);
  assert.deepEqual([table.size, table.networks], [0, 0]);
});

test("cookies are asked for once more than a quarter of the places are taken", () => {
  const table = new HalfOpenTable<Place>(64);
  fill(table, 0, 16, undefined);
  assert.ok(!table.isBusy);
  fill(table, 16, 1, undefined);
  assert.ok(table.isBusy);
});
