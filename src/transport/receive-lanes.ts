// Messages coming in, lane by lane: parts put together, order within each lane restored. Pure. PROTOCOL §5.2–5.3.
// Memory is bounded by credit: what was begun and not handed over costs what was promised, never more.

import { type CreditClass, type Frame } from "#wire";

import { MOST_PIECES, STALLED_MESSAGE_MS } from "./constants.ts";
import { messageCost, type ReceiveCredit } from "./credit.ts";
import { creditClass } from "./lanes.ts";
import { RangeSet } from "./range-set.ts";

type PartFrame = Extract<Frame, { readonly type: "part" }>;

interface Assembly {
  readonly total: number;
  /** All of the message's memory from its first part on. */
  readonly bytes: Uint8Array;
  /** What is there already; undefined once that is all. */
  parts: RangeSet | undefined;
  progressAt: number;
}

interface ReceiveLane {
  readonly lane: number;
  next: number;
  readonly pending: Map<number, Assembly>;
  /** Since when messages wait for one before them of which nothing came. */
  holeSince: number;
}

/** A whole message, next in its lane; its bytes are the receiver's to keep. */
export interface ReceivedMessage {
  readonly lane: number;
  readonly bytes: Uint8Array;
}

/** The receiver's side of all lanes; a lane takes memory from its first message on. */
export class ReceiveLanes {
  readonly #lanes: ReceiveLane[] = [];
  readonly #credit: Readonly<Record<CreditClass, ReceiveCredit>>;

  constructor(credit: Readonly<Record<CreditClass, ReceiveCredit>>) {
    this.#credit = credit;
  }

  /** Takes a part. `overrun` and `malformed` are the peer's fault and close the session. */
  receive(frame: PartFrame, now: number): readonly ReceivedMessage[] | "overrun" | "malformed" {
    const lane = this.#lane(frame.lane);
    if (frame.number < lane.next) return [];
    const credit = this.#credit[creditClass(frame.lane)];
    let assembly = lane.pending.get(frame.number);
    if (assembly === undefined) {
      if (!credit.receive(messageCost(frame.total))) return "overrun";
      credit.arrive(messageCost(frame.bytes.length));
      assembly = begin(frame, now);
      if (lane.pending.size === 0) lane.holeSince = now;
      lane.pending.set(frame.number, assembly);
    } else {
      if (assembly.total !== frame.total) return "malformed";
      if (hasAll(assembly, frame)) return [];
      credit.arrive(frame.bytes.length);
      if (!fill(assembly, frame, now)) return "malformed";
    }
    return takeReady(lane, frame.lane, now);
  }

  /** When the first of the messages that wait has waited too long for progress, if none is made; +∞ if none waits. */
  get stallsAt(): number {
    let since = Number.POSITIVE_INFINITY;
    for (const { next, pending, holeSince } of this.#lanes) {
      if (pending.size > 0 && !pending.has(next)) since = Math.min(since, holeSince);
      for (const { parts, progressAt } of pending.values())
        if (parts !== undefined) since = Math.min(since, progressAt);
    }
    return since + STALLED_MESSAGE_MS;
  }

  #lane(number: number): ReceiveLane {
    const known = this.#lanes.find(({ lane }) => lane === number);
    if (known !== undefined) return known;
    const lane = { lane: number, next: 0, pending: new Map<number, Assembly>(), holeSince: 0 };
    this.#lanes.push(lane);
    return lane;
  }
}

function begin(frame: PartFrame, now: number): Assembly {
  const { total, offset, bytes } = frame;
  if (bytes.length === total) return { total, bytes: bytes.slice(), parts: undefined, progressAt: now };
  const assembly = { total, bytes: new Uint8Array(total), parts: new RangeSet(), progressAt: now };
  assembly.bytes.set(bytes, offset);
  assembly.parts.add(offset, offset + bytes.length);
  return assembly;
}

function hasAll({ parts }: Assembly, { offset, bytes }: PartFrame): boolean {
  return parts === undefined || parts.covers(offset, offset + bytes.length);
}

/** False for a message in more pieces than anybody cuts it into. */
function fill(assembly: Assembly, frame: PartFrame, now: number): boolean {
  const { parts, total } = assembly;
  if (parts === undefined) return true;
  assembly.progressAt = now;
  assembly.bytes.set(frame.bytes, frame.offset);
  parts.add(frame.offset, frame.offset + frame.bytes.length);
  if (parts.covers(0, total)) assembly.parts = undefined;
  return parts.ranges.length <= MOST_PIECES;
}

function takeReady(lane: ReceiveLane, number: number, now: number): ReceivedMessage[] {
  const ready: ReceivedMessage[] = [];
  for (
    let head = lane.pending.get(lane.next);
    head !== undefined && head.parts === undefined;
    head = lane.pending.get(lane.next)
  ) {
    lane.pending.delete(lane.next++);
    ready.push({ lane: number, bytes: head.bytes });
  }
  // After a step forward the hole is another one.
  if (ready.length > 0) lane.holeSince = now;
  return ready;
}
