import assert from "node:assert/strict";
import { test } from "node:test";

import { GroupLog } from "../../src/server/group-log.ts";

const notice = new Uint8Array(100);

test("each post is owed by each member until that member has acknowledged that post", () => {
  const settled: number[] = [];
  const log = new GroupLog((number) => settled.push(number));
  log.add(1, "tea", notice, ["a", "b"]);
  log.add(2, "tea", notice, ["a", "b", "c"]);
  const owed = (key: string): readonly number[] => Array.from(log.owedBy(key), ({ number }) => number);
  assert.deepEqual([owed("a"), owed("b"), owed("c"), owed("d")], [[1, 2], [1, 2], [2], []]);
  assert.deepEqual([log.bytesOwedBy("a"), log.bytesOwedBy("c"), log.bytesOwedBy("d")], [200, 100, 0]);
  assert.equal(log.acknowledge("a", 2, 0)?.number, 2);
  assert.equal(log.acknowledge("a", 2, 0), undefined);
  assert.equal(log.acknowledge("d", 1, 0), undefined);
  assert.equal(log.acknowledge("c", 1, 0), undefined);
  assert.deepEqual([owed("a"), owed("b"), owed("c"), settled], [[1], [1, 2], [2], []]);
  log.acknowledge("a", 1, 0);
  assert.deepEqual([log.owes("a"), log.owes("b"), settled], [false, true, []]);
  log.forget("b", 0);
  assert.deepEqual([owed("b"), settled], [[], [1]]);
  log.forget("nobody", 0);
  log.acknowledge("c", 2, 0);
  assert.deepEqual([settled, log.size, log.bytes], [[1, 2], 0, 0]);
});

test("a post weighs its notice and everybody who owes it, until nobody does", () => {
  const log = new GroupLog(() => {});
  log.add(1, "tea", notice, ["a"]);
  log.add(2, "tea", notice, ["a", "b"]);
  assert.equal(log.bytes, GroupLog.weightOf(notice, 1) + GroupLog.weightOf(notice, 2));
  assert.ok(GroupLog.weightOf(notice, 2) - GroupLog.weightOf(notice, 1) >= 100);
  log.acknowledge("a", 2, 0);
  assert.equal(log.size, 2);
  log.acknowledge("b", 2, 0);
  assert.equal(log.bytes, GroupLog.weightOf(notice, 1));
});

test("groups take up what their posts do, and those that are to come", () => {
  const log = new GroupLog(() => {});
  assert.equal(log.heaviestGroup, undefined);
  log.add(1, "tea", notice, ["a"]);
  assert.equal(log.heaviestGroup, "tea");
  log.hold("milk", 2000);
  assert.deepEqual([log.heaviestGroup, log.bytes], ["milk", 2000 + GroupLog.weightOf(notice, 1)]);
  log.hold("milk", -2000);
  assert.equal(log.heaviestGroup, "tea");
  log.forget("a", 0);
  assert.deepEqual([log.heaviestGroup, log.bytes], [undefined, 0]);
});
