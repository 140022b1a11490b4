// The tables of a run: for each figure every subject, the ratio to udpchat first. Pure.

import { type Figure } from "../figures.ts";
import { remarks } from "./applicable.ts";
import {
  type FigureKind,
  figureKinds,
  type FigureName,
  figureNames,
  subjectKinds,
  type SubjectName,
  subjectNames,
} from "./figure-names.ts";

type Row = readonly string[];

/** A figure of a subject of this bench. */
export type PeerFigure = Figure & { readonly figure: FigureName; readonly subject: SubjectName };

const HEAD: Row = ["× udpchat", "", "subject", "median", "min", "max", "runs", "encryption"];
const ARRIVED = "what arrived is";

/** What is told of a run: the tables that it has figures for, and what the tables do not say. */
export function report(figures: readonly PeerFigure[], isMarkdown: boolean): string {
  const tables = figureNames
    .map((name) => [name, figures.filter(({ figure }) => figure === name)] as const)
    .filter(([, found]) => found.length > 0)
    .map(([name, found]) => table(name, found, isMarkdown));
  return [...tables, notes(isMarkdown)].join("\n");
}

function table(name: FigureName, found: readonly PeerFigure[], isMarkdown: boolean): string {
  const kind: FigureKind = figureKinds[name];
  const own = found.find(({ subject }) => subject === "udpchat");
  const rows = subjectNames.flatMap((subject) => {
    const figure = found.find((each) => each.subject === subject);
    return figure === undefined ? [] : [row(figure, own, kind)];
  });
  const title = `${name}, ${kind.unit}: ${kind.what}`;
  return `${isMarkdown ? `### ${title}` : title}\n\n${(isMarkdown ? markdown : columns)([kind.isSilent === true ? HEAD : [...HEAD, ARRIVED], ...rows])}\n`;
}

function row(figure: PeerFigure, own: PeerFigure | undefined, kind: FigureKind): Row {
  const { subject, median, min, max, runs } = figure;
  const { encryption, isDurable } = subjectKinds[subject];
  const lead = own === undefined || subject === "udpchat" ? undefined : leadOf(own.median, median, kind);
  return [
    subject === "udpchat" ? "1" : lead === undefined ? "" : digits(lead),
    lead === undefined ? "" : verdict(lead),
    subject,
    ...[median, min, max].map(digits),
    String(runs),
    encryption,
    ...(kind.isSilent === true ? [] : [isDurable ? "written at both ends" : "read by the application"]),
  ];
}

/** How many times better udpchat's value is: above 1 it is ahead, below 1 behind. */
function leadOf(own: number, other: number, { isMoreBetter }: FigureKind): number {
  return isMoreBetter ? own / other : other / own;
}

/** As the ratio is told: what looks equal is called equal. */
function verdict(lead: number): string {
  const told = Number(digits(lead));
  return told === 1 ? "equal" : told > 1 ? "udpchat ahead" : "udpchat behind";
}

function digits(value: number): string {
  if (!Number.isFinite(value)) return "";
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

function notes(isMarkdown: boolean): string {
  const lines = [
    "× udpchat: how many times better udpchat's median is; below 1 the other is better. No process is pinned to a processor.",
    ...remarks(),
  ];
  return lines.map((line) => `${isMarkdown ? "- " : ""}${line}`).join("\n");
}

function markdown([head = [], ...rows]: readonly Row[]): string {
  const line = (cells: Row): string => `| ${cells.join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

function columns(rows: readonly Row[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((cells) => cells[i]?.length ?? 0)));
  return rows
    .map((cells) =>
      cells
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
