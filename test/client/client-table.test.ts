import assert from "node:assert/strict";
import { test } from "node:test";

import { type NoticeBody, type TableChange, TableHash, type TableRow } from "#chat";

import { ClientTable } from "../../src/client/client-table.ts";
import { MOST_ROWS } from "../../src/client/table-rows.ts";
import { bytes } from "./records.ts";

type Part = Extract<NoticeBody, { readonly kind: "table" }>;

const epoch = bytes(7, 8);

function row(number: number, name: string, n = number, isOnline = true): TableRow {
  const address = { host: "10.0.0.1", port: 1000 + number };
  return { number, name, personKey: bytes(n, 32), staticKey: bytes(n + 100, 32), isOnline, address };
}

function added(of: TableRow): TableChange {
  return { kind: "row", ...of };
}

function hashOf(rows: readonly TableRow[]): Uint8Array {
  const hash = new TableHash();
  for (const each of rows) hash.toggle(each);
  return hash.bytes;
}

function part(
  from: number,
  to: number,
  changes: readonly TableChange[],
  after: readonly TableRow[],
  is: Partial<Part> = {},
): Part {
  const flags = { isFirst: true, isLast: true, isWhole: true };
  return { kind: "table", epoch, from, to, ...flags, changes, hash: hashOf(after), ...is };
}

const [ann, bob, eve] = [row(1, "Ann"), row(2, "bob"), row(3, "eve")];

function tableOf(...rows: readonly TableRow[]): ClientTable {
  const table = new ClientTable();
  assert.equal(table.apply(part(0, 5, rows.map(added), rows)), "updated");
  return table;
}

test("a whole table, then changes; found by name however written, and by person", () => {
  const table = tableOf(ann, bob);
  assert.deepEqual([table.byName("ANN"), table.byPerson(bytes(2, 32)), table.byName("nobody")], [ann, bob, undefined]);
  assert.deepEqual(table.mark, { epoch, version: 5, hash: hashOf([ann, bob]) });
  const away = { ...bob, isOnline: false, address: undefined };
  const presence = { kind: "presence", number: 2, isOnline: false, address: undefined } as const;
  assert.equal(table.apply(part(5, 6, [presence, added(eve)], [ann, away, eve])), "updated");
  assert.deepEqual(table.byName("bob"), away);
  assert.equal(table.apply(part(6, 7, [{ kind: "removed", number: 1 }], [away, eve])), "updated");
  assert.deepEqual(
    [table.byName("ann"), table.byPerson(bytes(1, 32)), table.rows],
    [undefined, undefined, [away, eve]],
  );
});

test("while parts come the table before them holds, and nobody is missing", () => {
  const table = tableOf(ann, bob);
  const after = [bob, eve];
  assert.equal(table.apply(part(0, 9, [added(eve)], after, { isLast: false })), "partial");
  assert.deepEqual([table.byName("bob"), table.byName("eve"), table.mark?.version], [bob, undefined, 5]);
  assert.equal(table.apply(part(0, 9, [added(bob)], after, { isFirst: false })), "updated");
  assert.deepEqual([table.byName("ann"), table.byName("eve"), table.mark?.version], [undefined, eve, 9]);
});

test("a table goes on in another epoch from the version that it has, if the hash says so", () => {
  const table = tableOf(ann);
  const other = bytes(8, 8);
  assert.equal(table.apply(part(5, 2, [], [ann], { epoch: other })), "updated");
  assert.deepEqual(table.mark, { epoch: other, version: 2, hash: hashOf([ann]) });
  assert.equal(table.apply(part(5, 3, [added(bob)], [ann, bob], { epoch: other })), "mismatch");
  assert.equal(table.apply(part(2, 3, [added(bob)], [ann, bob], { epoch })), "updated");
  assert.equal(table.apply(part(3, 4, [], [bob], { epoch: other })), "mismatch");
});

test("a change that does not follow, or without its beginning is asked for anew", () => {
  const table = tableOf(ann);
  assert.equal(table.apply(part(4, 6, [added(bob)], [ann, bob])), "mismatch");
  assert.equal(table.apply(part(5, 6, [added(bob)], [ann, bob], { isFirst: false })), "mismatch");
  assert.equal(table.apply(part(5, 6, [], [], { isLast: false })), "partial");
  table.forgetUpdate();
  assert.equal(table.apply(part(5, 6, [added(bob)], [ann, bob], { isFirst: false })), "mismatch");
  assert.deepEqual(table.rows, [ann]);
});

test("a wrong hash: a whole table is not taken, a change is, and shows in the mark", () => {
  const table = tableOf(ann);
  assert.equal(table.apply(part(0, 8, [added(bob)], [ann])), "mismatch");
  assert.deepEqual([table.rows, table.mark?.version], [[ann], 5]);
  assert.equal(table.apply(part(5, 6, [added(bob)], [bob])), "mismatch");
  assert.deepEqual(table.mark, { epoch, version: 6, hash: hashOf([ann, bob]) });
});

test("rows whose names cannot be names count in the hash and are neither found nor listed", () => {
  const bad = ["", "..", "-x", "a b", "\u001b[2Jx", "ａnn", "x".repeat(33)].map((name, i) => row(i + 10, name));
  const table = tableOf(ann, ...bad);
  assert.deepEqual(table.rows, [ann]);
  for (const { name, personKey } of bad) {
    assert.ok(table.byPerson(personKey) === undefined, name);
    assert.ok([undefined, "Ann"].includes(table.byName(name)?.name), name);
  }
  assert.equal(table.byName("not a name"), undefined);
  assert.equal(
    table.apply(
      part(
        5,
        6,
        bad.map(({ number }) => ({ kind: "removed", number })),
        [ann],
      ),
    ),
    "updated",
  );
});

test("two rows of one name: the later counts, and the earlier again once that is gone", () => {
  const other = row(9, "BOB");
  const table = tableOf(bob, other);
  assert.deepEqual([table.byName("bob"), table.rows.length], [other, 1]);
  assert.equal(table.apply(part(5, 6, [{ kind: "removed", number: 9 }], [bob])), "updated");
  assert.deepEqual(table.byName("bob"), bob);
});

test("a number used again stands for the new row only; presence of nobody means nothing", () => {
  const table = tableOf(bob);
  const reused = row(2, "carl", 40);
  const changes = [added(reused), { kind: "presence", number: 77, isOnline: true, address: undefined } as const];
  assert.equal(table.apply(part(5, 6, changes, [reused])), "updated");
  assert.deepEqual([table.byName("bob"), table.byPerson(bytes(2, 32)), table.rows], [undefined, undefined, [reused]]);
});

test("a table has an end, however many parts a server sends", () => {
  const table = tableOf(ann);
  const numbers = Array.from({ length: 512 }, (_, i) => i);
  let outcome = table.apply(part(0, 9, [], [], { isLast: false }));
  let parts = 0;
  for (; outcome === "partial" && parts < 1000; parts++) {
    const changes = numbers.map((i): TableChange => ({ kind: "removed", number: parts * 512 + i }));
    outcome = table.apply(part(0, 9, changes, [], { isFirst: false, isLast: false }));
  }
  assert.equal(outcome, "mismatch");
  assert.ok(parts * 512 <= 2 * MOST_ROWS + 1024);
  assert.deepEqual(table.rows, [ann]);
});

test("whether it has everybody is told with its last part", () => {
  const table = new ClientTable();
  assert.equal(table.isWhole, true);
  table.apply(part(0, 5, [added(ann)], [ann, bob], { isLast: false, isWhole: false }));
  assert.equal(table.isWhole, true);
  table.apply(part(0, 5, [added(bob)], [ann, bob], { isFirst: false, isWhole: false }));
  assert.equal(table.isWhole, false);
  table.apply(part(0, 6, [added(bob)], [ann, bob]));
  assert.equal(table.isWhole, false, "a table that was not taken says nothing");
  table.apply(part(5, 6, [], [ann, bob]));
  assert.equal(table.isWhole, true);
});

test("a row that was shown is found, counts in no hash, is not listed, and goes with the next update", () => {
  const table = tableOf(ann);
  table.show(bob);
  table.show({ ...ann, isOnline: false });
  assert.deepEqual([table.byName("BOB"), table.byPerson(bytes(2, 32)), table.rows], [bob, bob, [ann]]);
  assert.deepEqual([table.byName("ann"), table.mark?.hash], [ann, hashOf([ann])]);
  assert.equal(table.apply(part(5, 6, [added(eve)], [ann, eve])), "updated");
  assert.equal(table.byName("bob"), undefined);
});
