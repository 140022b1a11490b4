// What came in for a session: each packet once, opened and read, its messages put together. Pure. PROTOCOL §4, §5.2–5.3.
// The counterpart of outgoing.ts. What the peer does wrong is a PeerError, which the session catches.

import { type CreditClass, type Frame, fullPacketNumber, readFrames, type SealedPacket } from "#wire";

import { AckRanges } from "./ack-ranges.ts";
import { type CreditBudget, messageCost, ReceiveCredit } from "./credit.ts";
import { CloseCode, PeerError } from "./errors.ts";
import { type KeyRing } from "./key-ring.ts";
import { creditClass } from "./lanes.ts";
import { type ReceivedMessage, ReceiveLanes } from "./receive-lanes.ts";
import { ReplayWindow } from "./replay-window.ts";

/** An authentic packet that had not come before. */
export interface Arrival {
  readonly number: number;
  /** Of the keys it was sealed with. */
  readonly generation: number;
  /** Whether its number is the highest so far. */
  readonly isNewest: boolean;
  /** Its frames, not yet read. */
  readonly payload: Uint8Array;
}

/** The receiving half of one session. Times in monotonic ms. */
export class Incoming {
  readonly acks = new AckRanges();
  readonly credit: Readonly<Record<CreditClass, ReceiveCredit>>;
  readonly #keys: KeyRing;
  readonly #replay = new ReplayWindow();
  readonly #lanes: ReceiveLanes;
  #stallCheckAt = Number.POSITIVE_INFINITY;

  constructor(keys: KeyRing, budget: CreditBudget) {
    this.#keys = keys;
    this.credit = { control: new ReceiveCredit("control", budget), data: new ReceiveCredit("data", budget) };
    this.#lanes = new ReceiveLanes(this.credit);
  }

  /** When `isStalled` should be asked. */
  get stallCheckAt(): number {
    return this.#stallCheckAt;
  }

  /** Opens a packet; undefined for forgeries and for what came before, which change nothing. */
  open(packet: SealedPacket): Arrival | undefined {
    const { highest } = this.#replay;
    const number = fullPacketNumber(packet.shortNumber, highest + 1);
    if (!this.#replay.isNew(number)) return undefined;
    const opened = this.#keys.open(packet.keyEpoch, number, packet.header, packet.sealed);
    if (opened === undefined) return undefined;
    this.#replay.accept(number);
    return { number, generation: opened.generation, isNewest: number > highest, payload: opened.frames };
  }

  /** The frames of a packet, which is acknowledged from here on. */
  read({ payload, number }: Arrival, now: number): readonly Frame[] {
    const frames = readFrames(payload);
    if (frames === "malformed") throw new PeerError(CloseCode.malformed, "malformed frame");
    if (frames === "unknownFrame") throw new PeerError(CloseCode.unknownFrame, "unknown frame");
    const isAckEliciting = frames.some(
      (frame) => frame.type !== "ack" && frame.type !== "challenge" && frame.type !== "response",
    );
    this.acks.receive(number, isAckEliciting, now);
    return frames;
  }

  /** Takes a part: the messages that are whole and next by it, and whether the other side is to be told a new limit. */
  receivePart(
    frame: Extract<Frame, { readonly type: "part" }>,
    roundTripMs: number,
    now: number,
  ): { readonly messages: readonly ReceivedMessage[]; readonly isCreditDue: boolean } {
    const messages = this.#lanes.receive(frame, now);
    if (messages === "overrun") throw new PeerError(CloseCode.creditOverrun, "more than was promised");
    if (messages === "malformed") throw new PeerError(CloseCode.malformed, "parts of different messages");
    const credit = this.credit[creditClass(frame.lane)];
    let isCreditDue = credit.unblock();
    for (const { bytes } of messages)
      if (credit.consume(messageCost(bytes.length), roundTripMs, now)) isCreditDue = true;
    // Looked at again only when that time has come: most messages are whole long before.
    if (this.#stallCheckAt === Number.POSITIVE_INFINITY) this.#stallCheckAt = this.#lanes.stallsAt;
    return { messages, isCreditDue };
  }

  /** Whether a message has waited too long for progress. */
  isStalled(now: number): boolean {
    if (now < this.#stallCheckAt) return false;
    this.#stallCheckAt = this.#lanes.stallsAt;
    return now >= this.#stallCheckAt;
  }

  /** Gives back what was reserved. */
  close(): void {
    this.credit.control.close();
    this.credit.data.close();
  }
}
