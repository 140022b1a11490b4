// The delays of a run as a picture: for each weather and contestant a bar from the median to the 99th percentile, on a
// logarithmic scale, with a thin line on to the slowest message. SVG that is readable on light and dark ground. Pure.

import { type CellResult } from "./result.ts";
import { type Contestant, contestantNames, contestants, steadyWeathers } from "./weather.ts";

const WIDTH = 760;
const LEFT = 190;
const RIGHT = 70;
const TOP = 66;
const ROW = 18;
const GAP = 14;
const FROM_MS = 20;
const TICKS_MS = [25, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000];

/** On light ground and on dark. */
const colours: Readonly<Record<Contestant, readonly [string, string]>> = {
  udpchat: ["#0969da", "#58a6ff"],
  "ws-cubic": ["#bc4c00", "#f0883e"],
  "ws-bbr": ["#9a6700", "#d29922"],
  udx: ["#1a7f37", "#3fb950"],
};

const ground = (text: string, faint: string, grid: string, of: 0 | 1): string =>
  [
    `text { fill: ${text} } .faint { fill: ${faint} } .grid { stroke: ${grid} }`,
    ...contestants.map(
      (name) => `.${name} rect, .${name} line { fill: ${colours[name][of]}; stroke: ${colours[name][of]} }`,
    ),
  ].join("\n");

const style = [
  "text { font: 12px system-ui, sans-serif } .strong { font-weight: 600 }",
  ground("#1f2328", "#59636e", "#d1d9e0", 0),
  `@media (prefers-color-scheme: dark) {\n${ground("#e6edf3", "#9198a1", "#3d444d", 1)}\n}`,
].join("\n");

/** The picture of the delay cells in random loss. */
export function picture(results: readonly CellResult[]): string {
  const drawn = new Set(steadyWeathers.map(({ name }) => name));
  const delays = results.filter(({ kind, weather }) => kind === "delay" && drawn.has(weather.name));
  const longest = Math.max(100, ...delays.map(({ maxMs, p99Ms }) => maxMs ?? p99Ms ?? 0));
  const endMs = TICKS_MS.find((tick) => tick >= longest) ?? longest;
  const x = (ms: number): number =>
    LEFT + ((WIDTH - LEFT - RIGHT) * Math.log(Math.max(ms, FROM_MS) / FROM_MS)) / Math.log(endMs / FROM_MS);

  const parts: string[] = [];
  let y = TOP;
  for (const weather of steadyWeathers) {
    const cells = contestants.flatMap(
      (contestant) =>
        delays.find((result) => result.contestant === contestant && result.weather.name === weather.name) ?? [],
    );
    if (cells.length === 0) continue;
    parts.push(`<text class="strong" x="12" y="${y + ROW / 2 + 4}">${weather.name}</text>`);
    for (const cell of cells) {
      parts.push(row(cell, y, x, endMs));
      y += ROW;
    }
    y += GAP;
  }
  const bottom = y - GAP + 4;
  const ticks = TICKS_MS.filter((tick) => tick <= endMs).map((tick) => {
    const at = x(tick).toFixed(1);
    const label = tick < 1000 ? `${tick}` : `${tick / 1000} s`;
    return (
      `<line class="grid" x1="${at}" y1="${TOP - 6}" x2="${at}" y2="${bottom}"/>` +
      `<text class="faint" text-anchor="middle" x="${at}" y="${TOP - 12}">${label}</text>`
    );
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom + 12}" role="img">`,
    `<title>Delivery delays of small messages on a bad link</title>`,
    `<style>\n${style}\n</style>`,
    `<text class="strong" x="12" y="20">From send to delivery, ms: 100 bytes every 20 ms, path 25 ms, loss each way</text>`,
    `<text class="faint" x="12" y="37">bar: median to 99th percentile, whose value stands beside it; line: to the slowest</text>`,
    ...ticks,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

function row(
  { contestant, p50Ms, p99Ms, maxMs }: CellResult,
  y: number,
  x: (ms: number) => number,
  endMs: number,
): string {
  const [from, to, end] = [p50Ms, p99Ms, maxMs].map((ms) => x(ms ?? endMs)) as [number, number, number];
  const middle = y + ROW / 2;
  const label = p99Ms === null ? "never" : p99Ms < 1000 ? p99Ms.toFixed(0) : `${(p99Ms / 1000).toFixed(1)} s`;
  return (
    `<g class="${contestant}">` +
    `<text class="${nameClass(contestant)}" x="${LEFT - 12}" y="${middle + 4}" text-anchor="end">` +
    `${contestantNames[contestant]}</text>` +
    `<line x1="${to.toFixed(1)}" y1="${middle}" x2="${end.toFixed(1)}" y2="${middle}"/>` +
    `<rect x="${from.toFixed(1)}" y="${y + 4}" width="${Math.max(2, to - from).toFixed(1)}" height="${ROW - 8}" rx="2"/>` +
    `<text x="${(end + 6).toFixed(1)}" y="${middle + 4}">${label}</text></g>`
  );
}

function nameClass(contestant: Contestant): string {
  return contestant === "udpchat" ? "strong" : "faint";
}
