// The picture of the loss bench: bars where the figures say, for light and dark ground.

import assert from "node:assert/strict";
import { test } from "node:test";

import { picture } from "../../../bench/loss/picture.ts";
import { roughWeathers } from "../../../bench/loss/weather.ts";
import { cellResult } from "./cell-result.ts";

/** Where the bars begin and end, from left to right. */
function bars(svg: string): readonly (readonly [number, number])[] {
  return [...svg.matchAll(/<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/g)].map(([, x, width]) => [
    Number(x),
    Number(x) + Number(width),
  ]);
}

/** Where the vertical line of that label stands. */
function tick(svg: string, label: string): number {
  const [, x] = new RegExp(`text-anchor="middle" x="([\\d.]+)" y="\\d+">${label}</text>`).exec(svg) ?? [];
  return Number(x);
}

test("a bar goes from the median to the 99th percentile", () => {
  const svg = picture([cellResult({ p50Ms: 50, p99Ms: 200, maxMs: 900 })]);
  const [bar] = bars(svg);
  assert.ok(bar !== undefined);
  assert.ok(Math.abs(bar[0] - tick(svg, "50")) < 0.2 && Math.abs(bar[1] - tick(svg, "200")) < 0.2);
  assert.match(svg, />200<\/text>/);
});

test("what never came reaches the edge and is called so", () => {
  const svg = picture([cellResult({ p99Ms: null, maxMs: null })]);
  const [bar] = bars(svg);
  assert.ok(bar !== undefined);
  assert.ok(Math.abs(bar[1] - tick(svg, "100")) < 0.2);
  assert.match(svg, />never<\/text>/);
});

test("only delays in random loss are drawn, and every tag is closed", () => {
  const weather = roughWeathers[0];
  assert.ok(weather !== undefined);
  const svg = picture([
    cellResult(),
    cellResult({ kind: "bulk" }),
    cellResult({ weather, maxMs: 60_000 }),
    cellResult({ contestant: "udx" }),
  ]);
  assert.equal(bars(svg).length, 2);
  assert.doesNotMatch(svg, />500</, "the scale ends where the drawn delays do");
  assert.match(svg, /prefers-color-scheme: dark/);
  for (const name of ["svg", "g", "text", "style", "title"])
    assert.equal(svg.split(`<${name}`).length, svg.split(`</${name}>`).length, name);
});
