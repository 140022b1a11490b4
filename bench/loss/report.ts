// The tables of a run: every contestant in every weather, and what udpchat was to reach beside what it did. Pure.

import { type CellResult } from "./result.ts";
import {
  type Contestant,
  contestantNames,
  contestants,
  DELAY_MS,
  roughWeathers,
  steadyWeathers,
  targetIn,
  type Weather,
} from "./weather.ts";

/** Half a round trip more than this is not "within 1 ms of the path". */
const P50_MARGIN_MS = 1;

type Row = readonly string[];

/** What is told of a run: the tables that it has cells for, each under its title. */
export function report(results: readonly CellResult[], isMarkdown: boolean): string {
  const show = isMarkdown ? markdown : columns;
  return [
    ["Random loss", comparison(results, steadyWeathers)] as const,
    ["Bursts and corruption", comparison(results, roughWeathers)] as const,
    ["A link shared", sharing(results)] as const,
    ["What was to be reached", reached(results)] as const,
  ]
    .filter(([, rows]) => rows.length > 1)
    .map(([title, rows]) => `${isMarkdown ? "### " : ""}${title}\n\n${show(rows)}\n`)
    .join("\n");
}

/** A row for each contestant in each weather. Ratios are to udpchat: above 1 it is ahead, below 1 behind. */
function comparison(results: readonly CellResult[], weathers: readonly Weather[]): readonly Row[] {
  const head = ["weather, each way", "", "p50 ms", "p90", "p99", "max", "p99 ×", "B a message", "delivered"];
  const rows = weathers.flatMap((weather) =>
    contestants.flatMap((contestant) => {
      const find = finder(results, weather);
      const delay = find("delay", contestant);
      const bulk = find("bulk", contestant);
      if (delay === undefined && bulk === undefined) return [];
      const own = { delay: find("delay", "udpchat"), bulk: find("bulk", "udpchat") };
      return [
        [
          weather.name,
          contestantNames[contestant],
          ...[delay?.p50Ms, delay?.p90Ms, delay?.p99Ms, delay?.maxMs].map(milliseconds),
          contestant === "udpchat" ? "" : ratio(delay?.p99Ms, own.delay?.p99Ms),
          delay === undefined ? "" : bytesAMessage(delay).toFixed(0),
          delay === undefined ? "" : delivery(delay),
          bulk === undefined ? "" : megabytes(bulk),
          contestant === "udpchat" ? "" : ratio(own.bulk?.megabytesPerSecond, bulk?.megabytesPerSecond),
        ],
      ];
    }),
  );
  return [[...head, "bulk MB/s", "bulk ×"], ...rows];
}

function reached(results: readonly CellResult[]): readonly Row[] {
  const rows = steadyWeathers.flatMap((weather) => {
    const find = finder(results, weather);
    const [delay, bulk, target] = [find("delay", "udpchat"), find("bulk", "udpchat"), targetIn(weather)];
    if (delay === undefined || bulk === undefined || target === undefined) return [];
    const isWhole = delay.received === delay.sent && delay.outOfOrder + delay.doubled + delay.damaged === 0;
    return [
      [
        weather.name,
        `${milliseconds(delay.p50Ms)} of ${DELAY_MS + P50_MARGIN_MS}`,
        verdict(delay.p50Ms !== null && delay.p50Ms <= DELAY_MS + P50_MARGIN_MS),
        `${milliseconds(delay.p99Ms)} of ${target.p99Ms}`,
        verdict(delay.p99Ms !== null && delay.p99Ms <= target.p99Ms),
        `${megabytes(bulk)} of ${target.megabytesPerSecond}`,
        verdict(bulk.megabytesPerSecond >= target.megabytesPerSecond),
        `${bulk.link.forth.queuedMs.toFixed(0)} of ${2 * DELAY_MS}`,
        verdict(bulk.link.forth.queuedMs <= 2 * DELAY_MS),
        verdict(isWhole),
      ],
    ];
  });
  const head = ["udpchat, each way", "p50 ms", "", "p99 ms", "", "bulk MB/s", "", "its queue ms", ""];
  return [[...head, "all, once, in order"], ...rows];
}

/** A row for each rival on the same link. */
function sharing(results: readonly CellResult[]): readonly Row[] {
  const rows = results.flatMap((ours) => {
    if (ours.contestant !== "udpchat" || ours.beside === undefined) return [];
    const theirs = results.find((other) => other.contestant === ours.beside && other.beside === "udpchat");
    if (theirs === undefined) return [];
    const share = ours.megabytesPerSecond / (ours.megabytesPerSecond + theirs.megabytesPerSecond);
    return [
      [
        contestantNames[ours.beside],
        megabytes(ours),
        megabytes(theirs),
        `${(100 * share).toFixed(0)} %`,
        ours.link.forth.queuedMs.toFixed(0),
      ],
    ];
  });
  return [["beside", "udpchat MB/s", "the other", "udpchat's share", "queue ms"], ...rows];
}

function finder(
  results: readonly CellResult[],
  weather: Weather,
): (kind: CellResult["kind"], contestant: Contestant) => CellResult | undefined {
  return (kind, contestant) =>
    results.find(
      (result) =>
        result.kind === kind &&
        result.contestant === contestant &&
        result.weather.name === weather.name &&
        result.beside === undefined,
    );
}

function verdict(isReached: boolean): string {
  return isReached ? "reached" : "missed";
}

function milliseconds(value: number | null | undefined): string {
  if (value === undefined) return "";
  if (value === null) return "never";
  return value < 100 ? value.toFixed(1) : value.toFixed(0);
}

function megabytes(result: CellResult): string {
  const flaws = flawsOf(result);
  return `${result.megabytesPerSecond.toFixed(2)}${flaws.length === 0 ? "" : ` (${flaws.join(", ")})`}`;
}

/** Undefined figures have no ratio; a null one is infinitely late. */
function ratio(upper: number | null | undefined, lower: number | null | undefined): string {
  if (upper === undefined || lower === undefined || (upper === null && lower === null)) return "";
  const value = (upper ?? Number.POSITIVE_INFINITY) / (lower ?? Number.POSITIVE_INFINITY);
  return Number.isFinite(value) ? value.toFixed(value < 10 ? 2 : 0) : "∞";
}

/** What both directions of the link were given for each message, everything in it: headers, acknowledgements, copies. */
function bytesAMessage({ link, sent, received }: CellResult): number {
  return (link.forth.bytes + link.back.bytes) / (sent ?? received);
}

function delivery(result: CellResult): string {
  const { received, sent } = result;
  const flaws = [...(received === sent ? [] : [`${received} of ${sent}`]), ...flawsOf(result)];
  return flaws.length === 0 ? "all" : flaws.join(", ");
}

function flawsOf({ doubled, outOfOrder, damaged, broken }: CellResult): readonly string[] {
  return [
    damaged > 0 ? `${damaged} damaged` : "",
    doubled > 0 ? `${doubled} doubled` : "",
    outOfOrder > 0 ? `${outOfOrder} out of order` : "",
    broken ?? "",
  ].filter((flaw) => flaw !== "");
}

function markdown([head = [], ...rows]: readonly Row[]): string {
  const line = (cells: Row): string => `| ${cells.join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

function columns(rows: readonly Row[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
