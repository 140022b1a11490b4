// The figures of a run as a picture: for each figure a bar a subject, the longer the better, on a logarithmic scale, with the
// median beside it. SVG that is readable on light and dark ground. Pure.

import { figureKinds, figureNames, subjectNames } from "./figure-names.ts";
import { type PeerFigure } from "./report.ts";

const WIDTH = 760;
const LEFT = 180;
const RIGHT = 130;
const TOP = 52;
const ROW = 16;
const HEAD = 20;
const GAP = 12;
/** A bar loses so much of the full length for a factor of ten. */
const DECADE = (WIDTH - LEFT - RIGHT) / 3;
const SHORTEST = 2;

const ground = (text: string, faint: string, own: string, other: string): string =>
  `text { fill: ${text} } .faint { fill: ${faint} } .own { fill: ${own} } .other { fill: ${other} }`;

const style = [
  "text { font: 12px system-ui, sans-serif } .strong { font-weight: 600 }",
  ground("#1f2328", "#59636e", "#0969da", "#afb8c1"),
  `@media (prefers-color-scheme: dark) {\n${ground("#e6edf3", "#9198a1", "#58a6ff", "#57606a")}\n}`,
].join("\n");

/** The picture of all figures that have one subject at least. */
export function picture(figures: readonly PeerFigure[]): string {
  const parts: string[] = [];
  let y = TOP;
  for (const name of figureNames) {
    const { isMoreBetter, unit, what } = figureKinds[name];
    const found = subjectNames.flatMap((subject) => {
      const figure = figures.find((each) => each.figure === name && each.subject === subject);
      return figure === undefined || !(figure.median > 0) ? [] : [figure];
    });
    if (found.length === 0) continue;
    const ranked = found.toSorted((a, b) => (isMoreBetter ? b.median - a.median : a.median - b.median));
    const best = ranked[0]?.median ?? 1;
    parts.push(
      `<text class="strong" x="12" y="${y + 12}">${name}</text><text class="faint" x="${LEFT}" y="${y + 12}">${what}</text>`,
    );
    y += HEAD;
    for (const figure of ranked) {
      parts.push(row(figure, isMoreBetter ? best / figure.median : figure.median / best, unit, y));
      y += ROW;
    }
    y += GAP;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" role="img">`,
    "<title>udpchat beside what people would pick instead</title>",
    `<style>\n${style}\n</style>`,
    `<text class="strong" x="12" y="20">The longer the better; a third of the full length is a factor of ten</text>`,
    `<text class="faint" x="12" y="37">medians of several runs on one machine, the same work for all; docs/bench.md tells what each does</text>`,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

function row({ subject, median }: PeerFigure, timesWorse: number, unit: string, y: number): string {
  const length = Math.max(SHORTEST, 3 * DECADE - DECADE * Math.log10(timesWorse));
  const isOwn = subject.startsWith("udpchat");
  return (
    `<text class="${isOwn ? "strong" : "faint"}" x="${LEFT - 10}" y="${y + 11}" text-anchor="end">${subject}</text>` +
    `<rect class="${isOwn ? "own" : "other"}" x="${LEFT}" y="${y + 3}" width="${length.toFixed(1)}" height="${ROW - 6}" rx="2"/>` +
    `<text class="${isOwn ? "" : "faint"}" x="${(LEFT + length + 6).toFixed(1)}" y="${y + 11}">${told(median)} ${unit}</text>`
  );
}

function told(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3)));
}
