// The bench beside peers, as a command: real processes, with those that need nothing to be installed.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { type PeerFigure } from "../../bench/side-by-side/report.ts";

const script = join(import.meta.dirname, "../../bench/side-by-side/run.ts");

test("bench:peers tells a line for each figure and subject, and leaves nothing behind", (context) => {
  const home = mkdtempSync(join(tmpdir(), "udpchat-test-"));
  context.after(() => rmSync(home, { recursive: true, force: true }));
  const words = ["--json", "--quick", "--runs", "1", "--only", "rtt_p50,fanout_50,packets"];
  const run = spawnSync(process.execPath, [script, ...words, "--peers", "udpchat durable,floor"], {
    encoding: "utf8",
    env: { ...process.env, TMPDIR: home },
  });
  assert.equal(run.status, 0, run.stderr);
  assert.doesNotMatch(run.stderr, /skipped/);
  const figures = run.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as PeerFigure);
  assert.deepEqual(
    figures.map(({ figure, subject }) => `${figure} ${subject}`),
    [
      "rtt_p50 udpchat",
      "rtt_p50 udpchat durable",
      "rtt_p50 floor",
      "fanout_50 udpchat",
      "fanout_50 udpchat durable",
      "packets floor",
    ],
  );
  for (const { median, runs } of figures) {
    assert.ok(median > 0);
    assert.equal(runs, 1);
  }
  assert.deepEqual(readdirSync(home), []);
});
