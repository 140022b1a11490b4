// Two traces as a ladder: each datagram between the two, when it left and when it came, or that it never did. Pure.
//
//     0.000  |-- message1 1200 B -------------------->|     0.412
//     0.954  |<--------------------- message2 268 B --|     0.530
//   120.001  |-- 3f2a91c0/7 chat #4 53 B ----x        |      lost

import { instant } from "./trace-line.ts";
import type { Traced, TracedPacket } from "./trace-record.ts";

type Side = "a" | "b";

interface Rung {
  readonly from: Side;
  readonly packet: TracedPacket;
  /** Wall-clock ms, of both clocks as one. */
  readonly sentAt: number;
  /** `dropped` if it came and was of no use there, `lost` if it never came, `unknown` if the other trace ended before it
   * could. */
  readonly came: number | "dropped" | "lost" | "unknown";
}

interface Trace {
  readonly title: string;
  readonly epochMs: number;
  readonly sent: readonly TracedPacket[];
  readonly received: readonly TracedPacket[];
  /** Checksums of what came and was dropped. */
  readonly dropped: ReadonlySet<number>;
  readonly ownIds: ReadonlySet<string>;
  /** Wall-clock ms of its last record. */
  readonly endsAt: number;
}

const shaftWidth = 64;
const timeWidth = 11;
/** What left so shortly before the other trace's end may have come after it. */
const onTheWayMs = 1000;

/** The lines of the diagram of what two traces tell of each other. */
export function ladderLines(recordsA: readonly Traced[], recordsB: readonly Traced[]): readonly string[] {
  const a = traceOf(recordsA);
  const b = traceOf(recordsB);
  const shift = clockShift(a, b);
  const rungs = [...rungsFrom("a", a, b, shift), ...rungsFrom("b", b, a, shift)];
  if (rungs.length === 0) return ["The two traces have nothing between them."];
  rungs.sort((one, other) => one.sentAt - other.sentAt);
  const start = rungs[0]?.sentAt ?? 0;
  return [...head(a, b, start, shift), ...rungs.map((rung) => rungLine(rung, start)), "", summary(rungs)];
}

function traceOf(records: readonly Traced[]): Trace {
  const first = records.find((record) => record.kind === "head");
  const ids = records.flatMap((record) => (record.kind === "opened" ? [record.ownId] : []));
  const packets = records.filter((record): record is TracedPacket => "frames" in record);
  const last = records.findLast((record) => record.kind !== "head");
  const epochMs = first?.epochMs ?? 0;
  return {
    title: `${first?.type ?? "?"} ${first?.name ?? ""}`,
    epochMs,
    sent: packets.filter(({ kind }) => kind === "sent"),
    received: packets.filter(({ kind }) => kind === "received"),
    dropped: new Set(records.flatMap((record) => (record.kind === "dropped" ? [record.checksum] : []))),
    ownIds: new Set(ids),
    endsAt: epochMs + (last?.timeMs ?? 0),
  };
}

/** What to add to b's times so that nothing comes before it left: the two clocks need not agree. 0 if they do. */
function clockShift(a: Trace, b: Trace): number {
  const there = quickest(a, b);
  const back = quickest(b, a);
  if (there >= 0 && back >= 0) return 0;
  // With one way only, just enough; with both, as if the quickest of each way had taken the same time.
  if (!Number.isFinite(there)) return back;
  if (!Number.isFinite(back)) return -there;
  return (back - there) / 2;
}

/** The least time from leaving one to coming to the other, by their own clocks; +∞ if nothing came. */
function quickest(from: Trace, to: Trace): number {
  const arrivals = arrivalsAt(to);
  let least = Number.POSITIVE_INFINITY;
  for (const { key, number, timeMs } of from.sent) {
    const came = number === undefined ? undefined : arrivals.get(key)?.[0];
    if (came !== undefined) least = Math.min(least, to.epochMs + came - (from.epochMs + timeMs));
  }
  return least;
}

/** The times of all that came to a trace, by key, in order. */
function arrivalsAt({ received }: Trace): Map<string, number[]> {
  const arrivals = new Map<string, number[]>();
  for (const { key, timeMs } of received) {
    const times = arrivals.get(key);
    if (times === undefined) arrivals.set(key, [timeMs]);
    else times.push(timeMs);
  }
  return arrivals;
}

function* rungsFrom(side: Side, from: Trace, to: Trace, shift: number): Generator<Rung> {
  const arrivals = arrivalsAt(to);
  // Where the other one is seen, for datagrams of handshakes that never came.
  const places = new Set(from.sent.filter(({ key }) => arrivals.has(key)).map(({ remote }) => remote));
  const [ownShift, otherShift] = side === "a" ? [0, shift] : [shift, 0];
  for (const packet of from.sent) {
    const times = arrivals.get(packet.key);
    const isBetween =
      times !== undefined || (packet.number === undefined ? places.has(packet.remote) : to.ownIds.has(packet.dcid));
    if (!isBetween) continue;
    const sentAt = from.epochMs + packet.timeMs + ownShift;
    const came = times?.shift();
    const endsAt = to.endsAt + otherShift;
    const isOver = sentAt > endsAt - onTheWayMs;
    const fate = to.dropped.has(packet.checksum) ? "dropped" : isOver ? "unknown" : "lost";
    yield { from: side, packet, sentAt, came: came === undefined ? fate : to.epochMs + came + otherShift };
  }
}

function head(a: Trace, b: Trace, start: number, shift: number): readonly string[] {
  const off = `${Math.abs(shift).toFixed(3)} ms ${shift > 0 ? "behind" : "ahead"}`;
  const shifted = shift === 0 ? [] : [`The clock of ${b.title} is taken to be ${off}.`];
  return [
    `ms since ${instant(start)}`,
    ...shifted,
    "",
    `${" ".repeat(timeWidth)}  ${a.title.padEnd(shaftWidth + 2 - b.title.length)}${b.title}`,
  ];
}

function rungLine({ came, from, packet, sentAt }: Rung, start: number): string {
  const left = time(sentAt - start);
  const right = typeof came === "number" ? time(came - start) : fates[came].padStart(timeWidth);
  const label = labelOf(packet).slice(0, shaftWidth - 12);
  const shaft = shaftOf(from, label, typeof came === "number" || came === "dropped");
  return from === "a" ? `${left}  |${shaft}|${right}` : `${right}  |${shaft}|${left}`;
}

const fates = { dropped: "dropped", lost: "lost", unknown: "?" };

function shaftOf(from: Side, label: string, hasCome: boolean): string {
  if (from === "a") {
    const start = `-- ${label} `;
    return hasCome ? `${start.padEnd(shaftWidth - 1, "-")}>` : `${start}--x`.padEnd(shaftWidth);
  }
  const end = ` ${label} --`;
  return hasCome ? `<${end.padStart(shaftWidth - 1, "-")}` : `x--${end}`.padStart(shaftWidth);
}

function labelOf({ bytes, frames, key, number, type }: TracedPacket): string {
  return number === undefined ? `${type} ${bytes} B` : [key, frames.join(", ") || `${bytes} B`].join(" ");
}

function summary(rungs: readonly Rung[]): string {
  const lost = rungs.filter(({ came }) => came === "lost").length;
  return `${rungs.length} datagrams, ${lost} lost`;
}

function time(ms: number): string {
  return ms.toFixed(3).padStart(timeWidth);
}
