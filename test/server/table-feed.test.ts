import assert from "node:assert/strict";
import { test } from "node:test";

import { decode, equalBytes } from "#bytes";
import { fromServerCodec, type TableRow } from "#chat";
import { Random } from "#sim";
import { LONGEST_CONTROL_MESSAGE } from "#transport";

import { TableFeed } from "../../src/server/table-feed.ts";
import { ModelTable } from "./model-table.ts";

interface Reader {
  readonly own: number;
  table: ModelTable;
  isHere: boolean;
  readonly wants: Set<number>;
}

/** A feed over rows that a test changes, with models that read it. */
class World {
  readonly rows = new Map<number, TableRow>();
  readonly readers: Reader[] = [];
  readonly sent: { readonly reader: Reader; readonly bytes: Uint8Array }[] = [];
  readonly feed: TableFeed<Reader>;
  readonly random: Random;
  now = 0;
  /** Rows that were asked for. */
  looks = 0;
  #last = 0;

  constructor(seed: number, wholeTable: number, interests = 1000) {
    this.random = new Random(seed, "world");
    this.feed = new TableFeed<Reader>({
      epoch: new Uint8Array(8).fill(7),
      limits: { wholeTable, interests, gatherMs: 100 },
      size: () => this.rows.size,
      rowOf: (number) => {
        this.looks++;
        return this.rows.get(number);
      },
      post: (reader, parts) => {
        for (const bytes of parts) this.#read(reader, bytes);
      },
    });
  }

  add(): number {
    const number = ++this.#last;
    const { dice } = this.random;
    this.rows.set(number, {
      number,
      name: `n${number}`,
      personKey: dice(32),
      staticKey: dice(32),
      isOnline: false,
      address: undefined,
    });
    this.feed.change(number);
    return number;
  }

  change(number: number, changes: Partial<TableRow>): void {
    const row = this.rows.get(number);
    if (row !== undefined) this.rows.set(number, { ...row, ...changes });
    this.feed.change(number);
  }

  remove(number: number): void {
    this.rows.delete(number);
    this.feed.change(number);
  }

  reader(): Reader {
    const own = this.add();
    const reader: Reader = { own, table: new ModelTable(), isHere: true, wants: new Set([own]) };
    this.readers.push(reader);
    this.feed.subscribe(reader, own, undefined);
    return reader;
  }

  flush(afterMs = 200): void {
    this.now += afterMs;
    this.feed.flush(this.now);
  }

  #read(reader: Reader, bytes: Uint8Array): void {
    assert.ok(bytes.length <= 15_000 && bytes.length <= LONGEST_CONTROL_MESSAGE);
    assert.ok(reader.isHere, "nothing is sent to whoever left");
    this.sent.push({ reader, bytes });
    const message = decode(fromServerCodec, bytes);
    assert.ok(message?.kind === "notice" && message.body.kind === "table");
    reader.table.apply(message.body);
  }
}

function assertEqualTable(reader: Reader, rows: readonly TableRow[], where: string): void {
  assert.deepEqual(reader.table.faults, [], where);
  const numbers = (table: Iterable<number>): readonly number[] => [...table].toSorted((a, b) => a - b);
  assert.deepEqual(numbers(reader.table.rows.keys()), numbers(rows.map(({ number }) => number)), where);
  for (const row of rows) assert.deepEqual({ ...reader.table.rows.get(row.number) }, row, where);
}

function actAtRandom(world: World): void {
  const { random } = world;
  const numbers = [...world.rows.keys()].filter((number) => !world.readers.some(({ own }) => own === number));
  const number = random.pick(numbers) ?? world.add();
  const reader = random.pick(world.readers);
  const dice = random.below(10);
  if (dice === 0) world.add();
  if (dice === 1) world.remove(number);
  if (dice === 2) world.change(number, { name: `m${random.below(100)}` });
  if (dice === 3) world.change(number, { staticKey: random.dice(32) });
  if (dice === 4 || dice === 5)
    world.change(number, { isOnline: random.chance(0.5), address: { host: "10.0.0.1", port: 1 + random.below(3) } });
  if (dice === 6 && world.readers.length < 6) world.reader();
  if (reader === undefined) return;
  if (dice === 7 && reader.isHere) world.feed.resync(reader);
  if (dice === 8 && reader.isHere && world.rows.has(number)) {
    reader.wants.add(number);
    world.feed.addInterest(reader, number);
  }
  if (dice === 9) toggleHere(world, reader);
}

/** Leaves, or comes back: with its true mark, an old one, or one of another server. */
function toggleHere(world: World, reader: Reader): void {
  reader.isHere = !reader.isHere;
  if (!reader.isHere) {
    world.feed.unsubscribe(reader);
    reader.wants.clear();
    reader.wants.add(reader.own);
    return;
  }
  const { mark } = reader.table;
  const isStranger = mark !== undefined && world.random.chance(0.3);
  world.feed.subscribe(reader, reader.own, isStranger ? { ...mark, epoch: new Uint8Array(8) } : mark);
}

for (const [wholeTable, what] of [
  [1000, "whole"],
  [3, "partial"],
  [12, "whole, then partial"],
] as const) {
  test(`${what} tables: after any history each copy is what the server means, and its hash says so`, () => {
    let partial = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const world = new World(seed, wholeTable);
      for (let i = 0; i < 4; i++) world.reader();
      for (let step = 0; step < 150; step++) {
        actAtRandom(world);
        if (world.random.chance(0.3)) world.flush(world.random.below(150));
      }
      world.flush();
      world.flush();
      const isWhole = world.readers.every(({ table, isHere }) => !isHere || table.rows.size === world.rows.size);
      if (!isWhole) partial++;
      for (const reader of world.readers.filter(({ isHere }) => isHere)) {
        const rows = [...world.rows.values()];
        const isAll = reader.table.rows.size === rows.length;
        assertEqualTable(reader, isAll ? rows : rows.filter(({ number }) => reader.wants.has(number)), `seed ${seed}`);
      }
    }
    assert.equal(partial > 0, wholeTable < 1000);
  });
}

test("each part says whether the table has everybody: up to so many persons, and never again beyond", () => {
  const world = new World(1, 2);
  const [first, second] = [world.reader(), world.reader()];
  world.flush();
  assert.deepEqual([first.table.isWhole, second.table.isWhole], [true, true]);
  const third = world.add();
  world.flush();
  assert.deepEqual([first.table.isWhole, second.table.isWhole, first.table.rows.size], [false, false, 1]);
  world.remove(third);
  world.feed.resync(first);
  world.flush();
  assert.equal(first.table.isWhole, false);
});

test("a change costs one encoding, shared by all whom it reaches, and one row", () => {
  const world = new World(1, 1000);
  const readers = Array.from({ length: 50 }, () => world.reader());
  world.flush();
  world.sent.length = 0;
  world.change(readers[0]?.own ?? 0, { isOnline: true });
  world.flush();
  assert.equal(world.sent.length, 50);
  assert.ok(world.sent.every(({ bytes }) => bytes === world.sent[0]?.bytes));
  assert.ok((world.sent[0]?.bytes.length ?? 0) < 80);
});

test("changes are gathered: the first leaves at once, those that follow after 100 ms, as one", () => {
  const world = new World(1, 1000);
  const reader = world.reader();
  world.flush();
  const { steps } = reader.table;
  for (let i = 0; i < 30; i++) {
    world.add();
    world.flush(3);
  }
  assert.equal(reader.table.steps, steps);
  assert.equal(world.feed.deadline, 300);
  world.flush(10);
  assert.equal(reader.table.steps, steps + 1);
  assert.equal(reader.table.rows.size, 31);
  assert.equal(world.feed.deadline, Number.POSITIVE_INFINITY);
});

for (const wholeTable of [1000, 0])
  test(`what changed and changed back is told to nobody (${wholeTable})`, () => {
    const world = new World(1, wholeTable);
    const reader = world.reader();
    world.flush();
    world.sent.length = 0;
    world.change(reader.own, { isOnline: true });
    world.change(reader.own, { isOnline: false });
    world.remove(world.add());
    world.flush();
    assert.equal(world.sent.length, 0);
  });

test("a change looks at one row, not at all that ever changed", () => {
  const world = new World(1, 1000);
  world.reader();
  for (let i = 0; i < 100; i++) world.add();
  world.flush();
  world.change(world.add(), { isOnline: true });
  world.looks = 0;
  world.flush();
  assert.equal(world.looks, 1);
});

test("1,000 rows go out in parts, whole, and whoever has them already gets nothing but a word", () => {
  const world = new World(1, 2000);
  for (let i = 0; i < 999; i++) world.add();
  const reader = world.reader();
  world.flush();
  assert.ok(world.sent.length >= 5);
  assertEqualTable(reader, [...world.rows.values()], "snapshot");
  world.sent.length = 0;
  world.feed.unsubscribe(reader);
  world.feed.subscribe(reader, reader.own, reader.table.mark);
  world.flush();
  assert.equal(world.sent.length, 1);
  assert.ok((world.sent[0]?.bytes.length ?? 0) < 80);
  for (const wrong of [{ version: 0 }, { hash: new Uint8Array(16) }]) {
    const { wholes } = reader.table;
    const { mark } = reader.table;
    assert.ok(mark !== undefined);
    world.feed.subscribe(reader, reader.own, { ...mark, ...wrong });
    world.flush();
    assert.equal(reader.table.wholes, wholes + 1);
  }
});

test("a table of another process goes on from its own version, if it has the rows before a step or after it", () => {
  const world = new World(1, 2000);
  const reader = world.reader();
  world.flush();
  const { mark, wholes } = reader.table;
  assert.ok(mark !== undefined);
  reader.table.mark = { ...mark, epoch: new Uint8Array(8), version: 999 };
  for (const changes of [0, 1]) {
    world.feed.subscribe(reader, reader.own, reader.table.mark);
    for (let i = 0; i < changes; i++) world.add();
    world.flush();
    reader.table.mark = { ...(reader.table.mark ?? mark), version: 998 };
  }
  assert.deepEqual([reader.table.faults, reader.table.wholes], [[], wholes]);
  assertEqualTable(reader, [...world.rows.values()], "both");
});

test("beyond the whole table the longest known of others go when the table is full, the own row never", () => {
  const world = new World(1, 2, 5);
  const reader = world.reader();
  const others = Array.from({ length: 8 }, () => world.add());
  world.flush();
  for (const other of others) world.feed.addInterest(reader, other);
  world.flush();
  assert.deepEqual(
    [...reader.table.rows.keys()].toSorted((a, b) => a - b),
    [reader.own, ...others.slice(3)],
  );
  world.change(others[0] ?? 0, { isOnline: true });
  world.change(others[7] ?? 0, { isOnline: true });
  world.flush();
  assert.equal(reader.table.rows.get(others[7] ?? 0)?.isOnline, true);
  assert.deepEqual(reader.table.faults, []);
});

for (const wholeTable of [1000, 2])
  test(`another session of a reader keeps its table, and is told nothing before it subscribes (${wholeTable})`, () => {
    const world = new World(1, wholeTable);
    const reader = world.reader();
    const other = world.add();
    world.add();
    world.flush();
    world.feed.addInterest(reader, other);
    world.flush();
    const heir: Reader = { ...reader, table: reader.table, isHere: true };
    reader.isHere = false;
    world.feed.handOver(reader, heir);
    world.sent.length = 0;
    world.change(other, { isOnline: true });
    world.flush();
    assert.equal(world.sent.length, 0);
    world.feed.subscribe(heir, heir.own, heir.table.mark);
    world.flush();
    assert.equal(heir.table.rows.get(other)?.isOnline, true);
    assert.equal(heir.table.wholes, wholeTable === 2 ? 1 : 2);
    assert.ok(equalBytes(heir.table.hash, heir.table.mark?.hash ?? new Uint8Array(0)));
  });

test("a reader that is to hear of its table gets a step, be there a change or not, and nobody else does", () => {
  for (const wholeTable of [10, 1]) {
    const world = new World(8, wholeTable);
    for (let i = 0; i < 3; i++) world.reader();
    world.flush();
    const [reader, other] = world.readers;
    assert.ok(reader !== undefined && other !== undefined);
    const { wholes } = reader.table;
    for (const hasChanged of [false, true]) {
      const steps: readonly number[] = [reader, other].map(({ table }) => table.steps);
      if (hasChanged) world.change(reader.own, { isOnline: true });
      world.feed.refresh(reader);
      world.flush();
      const isOthers = hasChanged && wholeTable === 10;
      assert.deepEqual(
        [reader, other].map(({ table }, i) => table.steps - (steps[i] ?? 0)),
        [1, isOthers ? 1 : 0],
      );
    }
    assert.equal(reader.table.wholes, wholes, "never the whole table for it");
    assert.equal(reader.table.rows.get(reader.own)?.isOnline, true);
    assert.deepEqual(reader.table.faults, []);
  }
});
