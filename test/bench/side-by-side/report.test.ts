// The tables of the bench beside peers: who is ahead is told as plainly as who is behind.

import assert from "node:assert/strict";
import { test } from "node:test";

import { figureKinds, type FigureName, type SubjectName } from "../../../bench/side-by-side/figure-names.ts";
import { type PeerFigure, report } from "../../../bench/side-by-side/report.ts";

function figure(name: FigureName, subject: SubjectName, median: number): PeerFigure {
  const { unit } = figureKinds[name];
  return { figure: name, subject, unit, median, min: median / 2, max: median * 2, runs: 3 };
}

test("where less is better, the ratio is the other's value by ours", () => {
  const text = report(
    [figure("rtt_p50", "udpchat", 50), figure("rtt_p50", "ws", 60), figure("rtt_p50", "floor", 20)],
    true,
  );
  assert.match(text, /^### rtt_p50, µs: /);
  assert.match(
    text,
    /^\| 1 \| {2}\| udpchat \| 50 \| 25 \| 100 \| 3 \| Noise XX, end to end \| read by the application \|$/m,
  );
  assert.match(text, /^\| 1\.2 \| udpchat ahead \| ws \| 60 \| 30 \| 120 \| 3 \| none \|/m);
  assert.match(text, /^\| 0\.4 \| udpchat behind \| floor \| 20 \|/m);
});

test("where more is better, it is ours by the other's", () => {
  const text = report(
    [figure("bulk", "tls", 1245), figure("bulk", "udpchat", 250), figure("bulk", "libp2p", 100)],
    false,
  );
  assert.match(text, /^0\.201 +udpchat behind +tls +1245 +623 +2490 /m);
  assert.match(text, /^2\.5 +udpchat ahead +libp2p +100 +50 +200 /m);
  // In one order, whatever order they were measured in.
  assert.match(text, /udpchat[\s\S]*tls[\s\S]*libp2p/);
});

test("what looks equal is called equal", () => {
  const text = report([figure("acked_1", "udpchat", 10_000), figure("acked_1", "nats", 10_001)], true);
  assert.match(text, /^\| 1 \| equal \| nats \|/m);
});

test("an acknowledgement that is durable is told from one that is not", () => {
  const text = report([figure("acked_1", "udpchat", 3), figure("acked_1", "udpchat durable", 2)], true);
  assert.match(text, /^\| 1\.5 \| udpchat ahead \| udpchat durable \|.*\| written at both ends \|$/m);
});

test("without udpchat there is no ratio, and no table for what was not measured", () => {
  const text = report([figure("packets", "floor", 220_000)], true);
  assert.match(text, /^\| {2}\| {2}\| floor \| 220000 \|/m);
  assert.equal(text.match(/^###/gm)?.length, 1);
});

test("what the tables do not say stands below them", () => {
  const text = report([], false);
  assert.match(text, /No process is pinned to a processor\./);
  assert.match(text, /^ngircd has no bulk: /m);
  assert.doesNotMatch(text, /^floor has no/m);
});
