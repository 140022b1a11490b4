import assert from "node:assert/strict";
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import type { Observation } from "#transport";

import { TraceFile, type TraceEnd, Tracer } from "../../src/io/trace-file.ts";

import { temporaryFolder } from "./temporary-folder.ts";

const whose = { name: "ana", type: "client" } as const;
const unwanted = (end: TraceEnd): void => assert.fail(`ended: ${end.kind}`);

function lost(number: number): Observation {
  return { kind: "packetLost", id: Uint8Array.of(1, 2, 3, 4), number };
}

function records(path: string): readonly { readonly name?: string; readonly data?: Record<string, unknown> }[] {
  const lines = readFileSync(path, "utf8").split("\n");
  assert.equal(lines.pop(), "");
  return lines.map((line) => {
    assert.equal(line[0], "\u001e");
    return JSON.parse(line.slice(1)) as object;
  });
}

test("a trace is its owner's only, and holds head, records in order, and its end", async (t) => {
  const path = join(temporaryFolder(t), "trace");
  const trace = TraceFile.open(path, whose, unwanted);
  for (let i = 0; i < 1000; i++) trace.note(lost(i));
  await trace.close();
  await trace.close();
  trace.note(lost(1001));
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const [head, ...rest] = records(path);
  assert.ok(head !== undefined && "trace" in head);
  assert.equal(rest.pop()?.name, "loglevel:info");
  assert.deepEqual(
    rest.map(({ data }) => (data?.["header"] as { packet_number?: number } | undefined)?.packet_number),
    Array.from({ length: 1000 }, (_, i) => i),
  );
});

test("a trace is begun anew; any other file, a link or a folder is refused and left as it is", async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, "trace");
  for (const count of [5, 1]) {
    const trace = TraceFile.open(path, whose, unwanted);
    for (let i = 0; i < count; i++) trace.note(lost(i));
    await trace.close();
    assert.equal(records(path).length, count + 2);
  }
  const letter = join(folder, "letter");
  writeFileSync(letter, "do not lose this");
  symlinkSync(path, join(folder, "link"));
  mkdirSync(join(folder, "folder"));
  for (const name of ["letter", "link", "folder", "none/trace"])
    assert.throws(() => TraceFile.open(join(folder, name), whose, unwanted), { name: "DiskError" });
  assert.throws(() => TraceFile.open("/dev/null", whose, unwanted), { name: "DiskError", code: "foreign" });
  assert.equal(readFileSync(letter, "utf8"), "do not lose this");
  assert.equal(records(path).length, 3);
});

test("a trace that is full ends, once, within its bound", async (t) => {
  const path = join(temporaryFolder(t), "trace");
  const ends: TraceEnd[] = [];
  const trace = TraceFile.open(path, whose, (end) => ends.push(end), { mostBytes: 2000, mostWaitingBytes: 10_000 });
  for (let i = 0; i < 100; i++) trace.note(lost(i));
  await trace.close();
  assert.deepEqual(ends, [{ kind: "full", bytes: 2000 }]);
  const { size } = statSync(path);
  assert.ok(size <= 2000 && size > 1700, `${size} bytes`);
  assert.ok(records(path).length > 10);
});

test("what the disk is too slow for is left out and counted, and the trace goes on", async (t) => {
  const path = join(temporaryFolder(t), "trace");
  const trace = TraceFile.open(path, whose, unwanted, { mostBytes: 1_000_000, mostWaitingBytes: 1000 });
  // All in one turn, in which nothing is written.
  for (let i = 0; i < 100; i++) trace.note(lost(i));
  const written = Promise.withResolvers<void>();
  setImmediate(() => setImmediate(() => written.resolve()));
  await written.promise;
  trace.note(lost(100));
  await trace.close();
  const all = records(path);
  const warnings = all.filter(({ name }) => name === "loglevel:warning");
  const packets = all.filter(({ name }) => name === "recovery:packet_lost");
  assert.equal(warnings.length, 1);
  assert.equal(warnings[0]?.data?.["message"], `${101 - packets.length} records were left out`);
  assert.ok(packets.length > 5 && packets.length < 20);
});

test("a tracer comes and goes, and tells nobody while it is off", async (t) => {
  const path = join(temporaryFolder(t), "trace");
  const tracer = new Tracer();
  const note = (): void => tracer.note?.(lost(1));
  note();
  tracer.start(path, whose, unwanted);
  assert.ok(tracer.isOn);
  note();
  await tracer.stop();
  await tracer.stop();
  assert.equal(tracer.isOn, false);
  note();
  assert.equal(records(path).length, 3);
});
