// What it costs to write to our databases and to start with them, as told in docs/decisions/0004-sqlite.md:
// `node bench/sqlite.ts [folder]`. The folder says which disk is measured; what the bench puts there is removed.

import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { changeStatements, profileLayout } from "../src/io/profile-layout.ts";
import { SqliteFile } from "../src/io/sqlite-file.ts";
import { SqliteProfile } from "../src/io/sqlite-profile.ts";

const rounds = 5;
const history = 200_000;
const text = "x".repeat(100);
const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), "udpchat-bench-"));

try {
  for (const synchronous of ["FULL", "NORMAL"] as const) {
    for (const batch of [1, 32])
      console.log(`put a message, ${synchronous}, ${batch} a batch: ${perMessage(synchronous, batch)} µs`);
  }
  starts();
} finally {
  rmSync(folder, { recursive: true });
}

/** Median over rounds of the µs one 100-byte message takes. */
function perMessage(synchronous: "FULL" | "NORMAL", batch: number): string {
  const messages = 2_048;
  const medians = Array.from({ length: rounds }, (_, round) => {
    const file = new SqliteFile(join(folder, `${synchronous}-${batch}-${round}`), { ...profileLayout, synchronous });
    const put = putter(file);
    const started = performance.now();
    for (let n = 0; n < messages; n += batch) file.transaction(() => times(batch, put));
    const tookMs = performance.now() - started;
    file.close();
    return (tookMs * 1000) / messages;
  });
  return median(medians).toFixed(1);
}

function starts(): void {
  const profile = join(folder, "profile");
  console.log(`make a profile: ${milliseconds(() => new SqliteProfile(profile, randomBytes).close())} ms`);
  const start = () => {
    const opened = new SqliteProfile(profile, randomBytes);
    opened.load();
    opened.close();
  };
  start();
  console.log(`start and end, no history: ${median(Array.from({ length: rounds }, () => milliseconds(start)))} ms`);
  const path = join(profile, "profile.sqlite");
  const file = new SqliteFile(path, profileLayout);
  const put = putter(file);
  for (let n = 0; n < history; n += 1000) file.transaction(() => times(1000, put));
  file.close();
  console.log(`size of ${history} messages: ${Math.round(statSync(path).size / history)} B each`);
  console.log(`start and end, with them: ${median(Array.from({ length: rounds }, () => milliseconds(start)))} ms`);
  const unclean = () => {
    const used = new SqliteFile(path, profileLayout);
    used.transaction(() => used.prepare({ mark: "UPDATE life SET endedCleanly = 0" }).mark.run());
    used.close();
    return milliseconds(start);
  };
  console.log(`start and end, with them, after a crash: ${median(Array.from({ length: rounds }, unclean))} ms`);
}

function putter(file: SqliteFile): () => void {
  const { putIncoming } = file.prepare(changeStatements);
  const fromKey = randomBytes(32);
  const epoch = randomBytes(8);
  let number = 0;
  return () => {
    number += 1;
    putIncoming.run(randomBytes(16), "Ann", fromKey, epoch, number, 1_700_000_000_000, text, 1_700_000_000_000, 1);
  };
}

function times(count: number, work: () => void): void {
  for (let i = 0; i < count; i++) work();
}

function milliseconds(work: () => void): number {
  const started = performance.now();
  work();
  return Math.round((performance.now() - started) * 10) / 10;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
