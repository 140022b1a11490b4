// The picture of the bench beside peers: the best bar is the longest, whichever way better is.

import assert from "node:assert/strict";
import { test } from "node:test";

import { picture } from "../../../bench/side-by-side/picture.ts";
import { type PeerFigure } from "../../../bench/side-by-side/report.ts";

function figureOf(figure: PeerFigure["figure"], subject: PeerFigure["subject"], median: number): PeerFigure {
  return { figure, subject, unit: "", median, min: median, max: median, runs: 1 };
}

/** Subjects from top to bottom, with the length of each bar. */
function bars(svg: string): readonly (readonly [string, number])[] {
  return [...svg.matchAll(/text-anchor="end">([^<]+)<\/text><rect [^>]*width="([\d.]+)"/g)].map(
    ([, who = "", width]) => [who, Number(width)],
  );
}

test("a factor of ten is a third of the full length, and the best is on top", () => {
  const more = bars(picture([figureOf("acked_256", "udpchat", 1000), figureOf("acked_256", "ws", 10_000)]));
  assert.deepEqual(
    more.map(([who]) => who),
    ["ws", "udpchat"],
  );
  assert.ok(Math.abs((more[1]?.[1] ?? 0) - (2 / 3) * (more[0]?.[1] ?? 0)) < 0.2);
  const less = bars(picture([figureOf("rtt_p50", "udpchat", 10), figureOf("rtt_p50", "ws", 1000)]));
  assert.deepEqual(
    less.map(([who]) => who),
    ["udpchat", "ws"],
  );
  assert.ok(Math.abs((less[1]?.[1] ?? 0) - (1 / 3) * (less[0]?.[1] ?? 0)) < 0.2);
});

test("what was not measured has no bar, and what is a thousand times worse has one still", () => {
  const svg = picture([
    figureOf("bulk", "udpchat", 1e6),
    figureOf("bulk", "tls", Number.NaN),
    figureOf("bulk", "mqtt", 1),
    figureOf("fanout_50", "ws", 0),
  ]);
  assert.deepEqual(bars(svg)[1], ["mqtt", 2]);
  assert.equal(bars(svg).length, 2);
  assert.doesNotMatch(svg, /fanout_50|NaN/);
});
