// A record of a trace as a line for people. Pure.

import type { Traced } from "./trace-record.ts";

const timeWidth = 12;

/** One line; times are ms since the trace began. */
export function traceLine(traced: Traced): string {
  switch (traced.kind) {
    case "head":
      return `Trace of ${traced.type} ${traced.name}, from ${instant(traced.epochMs)}; ms since then`;
    case "sent":
    case "received": {
      const { bytes, frames, key, number, remote, type } = traced;
      const arrow = traced.kind === "sent" ? "->" : "<-";
      const what = number === undefined ? type : key;
      const carried = frames.length > 0 ? `: ${frames.join(", ")}` : "";
      return `${time(traced.timeMs)}  ${arrow} ${remote}  ${what}  ${bytes} B${carried}`;
    }
    case "dropped":
    case "opened":
    case "other":
      return `${time(traced.timeMs)}     ${traced.what}`;
    case "ended":
      return `${time(traced.timeMs)}     the trace has ended`;
    default:
      return traced satisfies never;
  }
}

/** Wall-clock ms, which may be any number, for people. */
export function instant(epochMs: number): string {
  const time = new Date(epochMs);
  return Number.isNaN(time.getTime()) ? "no time that there is" : time.toISOString();
}

function time(ms: number): string {
  return ms.toFixed(3).padStart(timeWidth);
}
