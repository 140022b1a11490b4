// Messages coming in, lane by lane: parts put together, order within each lane restored. Pure. PROTOCOL §5.2–5.3.
// Memory is bounded by credit: what was begun and not handed over costs what was promised, never more.

import { type CreditClass, type Frame, LANES } from "#wire";

import { STALLED_MESSAGE_MS } from "./constants.ts";
import { messageCost, type ReceiveCredit } from "./credit.ts";
import { creditClass } from "./lanes.ts";
import { RangeSet } from "./range-set.ts";

type PartFrame = Extract<Frame, { readonly type: "part" }>;

interface Assembly {
  readonly total: number;
  /** The message's own memory once it has more than one part. */
  bytes: Uint8Array | undefined;
  readonly parts: RangeSet;
  isWhole: boolean;
  progressAt: number;
}

interface ReceiveLane {
  next: number;
  readonly pending: Map<number, Assembly>;
}

/** A whole message, next in its lane; its bytes are the receiver's to keep. */
export interface ReceivedMessage {
  readonly lane: number;
  readonly bytes: Uint8Array;
}

/** The receiver's side of all lanes. */
export class ReceiveLanes {
  readonly #lanes: readonly ReceiveLane[];
  readonly #credit: Readonly<Record<CreditClass, ReceiveCredit>>;

  constructor(credit: Readonly<Record<CreditClass, ReceiveCredit>>) {
    this.#credit = credit;
    this.#lanes = Array.from({ length: LANES }, () => ({ next: 0, pending: new Map() }));
  }

  /** Takes a part. `overrun` and `malformed` are the peer's fault and close the session. */
  receive(frame: PartFrame, now: number): readonly ReceivedMessage[] | "overrun" | "malformed" {
    const lane = this.#lanes[frame.lane];
    if (lane === undefined) return "malformed";
    if (frame.number < lane.next) return [];
    let assembly = lane.pending.get(frame.number);
    if (assembly === undefined) {
      if (!this.#credit[creditClass(frame.lane)].receive(messageCost(frame.total))) return "overrun";
      assembly = { total: frame.total, bytes: undefined, parts: new RangeSet(), isWhole: false, progressAt: now };
      lane.pending.set(frame.number, assembly);
    }
    if (assembly.total !== frame.total) return "malformed";
    if (!assembly.isWhole) this.#fill(assembly, frame, now);
    return this.#takeReady(lane, frame.lane);
  }

  /** Begun messages that got no new part for STALLED_MESSAGE_MS. */
  hasStalled(now: number): boolean {
    return this.#lanes.some((lane) =>
      [...lane.pending.values()].some((assembly) => !assembly.isWhole && now - assembly.progressAt >= STALLED_MESSAGE_MS),
    );
  }

  #fill(assembly: Assembly, frame: PartFrame, now: number): void {
    const end = frame.offset + frame.bytes.length;
    if (assembly.parts.covers(frame.offset, end)) return;
    assembly.progressAt = now;
    if (frame.bytes.length === assembly.total) {
      assembly.bytes = frame.bytes.slice();
      assembly.isWhole = true;
      return;
    }
    assembly.bytes ??= new Uint8Array(assembly.total);
    assembly.bytes.set(frame.bytes, frame.offset);
    assembly.parts.add(frame.offset, end);
    assembly.isWhole = assembly.parts.covers(0, assembly.total);
  }

  #takeReady(lane: ReceiveLane, number: number): ReceivedMessage[] {
    const ready: ReceivedMessage[] = [];
    for (let assembly = lane.pending.get(lane.next); assembly?.isWhole === true; assembly = lane.pending.get(lane.next)) {
      lane.pending.delete(lane.next++);
      if (assembly.bytes !== undefined) ready.push({ lane: number, bytes: assembly.bytes });
    }
    return ready;
  }
}
