// What is under way on the path, and what more may leave now. Pure. PROTOCOL §5.4, §5.6.

import { type AckRange, type Address } from "#wire";

import { Bbr } from "./bbr.ts";
import { type CongestionController } from "./congestion.ts";
import { DATAGRAM_BYTES, INITIAL_WINDOW, PRIORITY_PACKETS, UNANSWERED_PROBES } from "./constants.ts";
import { DeliveryRate } from "./delivery-rate.ts";
import { type MtuTowards } from "./endpoint-options.ts";
import { PathMtu } from "./path-mtu.ts";
import { Pacer } from "./pacer.ts";
import { type Outcome, Recovery, type SentPacket } from "./recovery.ts";
import { RoundTrip } from "./round-trip.ts";
import { type SentFrame } from "./sent-frame.ts";

/** After so long without anything held back, what was known of the path is given up, ms. */
const FORGET_MS = 60_000;

/** Larger datagrams are looked for while something was held back so recently, ms. */
const MTU_SEARCH_MS = 1000;

/** What is known of a path that had more to carry than an initial window; most sessions never have. */
interface Model {
  readonly rate: DeliveryRate;
  readonly congestion: CongestionController;
  readonly pacer: Pacer;
  readonly mtu: PathMtu;
}

/** Of one session. Times in monotonic ms, sizes in bytes of datagrams. */
export class Flight {
  readonly recovery = new Recovery(new RoundTrip());
  readonly #mtuTowards: MtuTowards | undefined;
  #model: Model | undefined;
  #heldBackAt = 0;

  constructor(mtuTowards?: MtuTowards) {
    this.#mtuTowards = mtuTowards;
  }

  /** What may be in flight. */
  get windowBytes(): number {
    return this.#model?.congestion.windowBytes ?? INITIAL_WINDOW;
  }

  /** Room in the window; negative where more is in flight, as control and chat may pass it. */
  get room(): number {
    return this.windowBytes - this.recovery.bytesInFlight;
  }

  /** Whether control and chat may still leave. */
  get hasRoomForPriority(): boolean {
    return this.room >= DATAGRAM_BYTES - PRIORITY_PACKETS * DATAGRAM_BYTES;
  }

  /** When the pacer lets the next datagram go; `now` or before for at once. */
  releaseTime(now: number): number {
    if (this.#model === undefined) return now;
    const { congestion, pacer } = this.#model;
    return pacer.releaseTime(DATAGRAM_BYTES, congestion.pacedBytesPerMs, now);
  }

  /** There is more to send than the window or the pacer let go: from now on the path is measured. */
  holdBack(to: Address, now: number): void {
    this.#heldBackAt = now;
    const { least } = this.recovery.roundTrip;
    this.#model ??= {
      rate: new DeliveryRate(),
      congestion: new Bbr(least, now),
      pacer: new Pacer(),
      mtu: new PathMtu(to, this.#mtuTowards?.(to)),
    };
  }

  /** What a datagram may have now. */
  get datagramBytes(): number {
    return this.#model?.mtu.bytes ?? DATAGRAM_BYTES;
  }

  /** The size of a probe that should leave now, in a packet of its own; undefined for none. */
  nextMtuProbe(now: number): number | undefined {
    return now - this.#heldBackAt < MTU_SEARCH_MS ? this.#model?.mtu.nextProbe(now) : undefined;
  }

  /** There is room and nothing to fill it: what is measured meanwhile is not what the path can do. */
  idle(now: number): void {
    this.#model?.rate.idle(this.recovery.bytesInFlight);
    if (now - this.#heldBackAt > FORGET_MS) this.#model = undefined;
  }

  /** A packet left that asks for an acknowledgement. */
  sent(number: number, bytes: number, frames: readonly SentFrame[], now: number): void {
    const stamp = this.#model?.rate.stamp(this.recovery.bytesInFlight, now);
    this.recovery.sent({ number, sentAt: now, bytes, frames, stamp });
    this.#model?.pacer.sent(bytes);
    if (isMtuProbe(frames)) this.#model?.mtu.probed();
  }

  /** Takes an acknowledgement; what it says of the path is told to the controller. */
  acknowledge(ranges: readonly AckRange[], delayMs: number, now: number): Outcome {
    const outcome = this.recovery.acknowledge(ranges, delayMs, now);
    if (this.#model !== undefined) this.#measure(this.#model, outcome.acknowledged, delayMs, now);
    this.lost(outcome.lost, now);
    if (outcome.isPersistent) this.#model?.congestion.collapsed();
    return outcome;
  }

  /** Packets were declared lost. */
  lost(packets: readonly SentPacket[], now: number): void {
    if (this.#model === undefined) return;
    const { congestion, mtu } = this.#model;
    for (const packet of packets) {
      if (packet.stamp === undefined) continue;
      if (isMtuProbe(packet.frames)) mtu.probeLost(now);
      else {
        congestion.lost(packet);
        mtu.note(packet.bytes, true, now);
      }
    }
  }

  /** A probe timeout passed without a word: after a few, nothing large leaves. */
  unanswered(now: number): void {
    if (this.recovery.probeCount >= UNANSWERED_PROBES) this.#model?.mtu.fallBack(now);
  }

  /** Packets from `number` on take a path of which nothing is known (RFC 9000 §9.4). */
  startAnew(number: number): void {
    this.recovery.startAnew(number);
    this.#model = undefined;
  }

  #measure({ rate, congestion, mtu }: Model, acknowledged: readonly SentPacket[], delayMs: number, now: number): void {
    const packets = acknowledged.filter((packet) => this.recovery.isOfThisPath(packet));
    const newest = packets.at(-1);
    for (const { frames, bytes } of packets) {
      if (isMtuProbe(frames)) mtu.confirmed(bytes);
      else mtu.note(bytes, false, now);
    }
    if (newest?.stamp === undefined) return;
    const { roundTrip, bytesInFlight } = this.recovery;
    const bytes = packets.reduce((sum, packet) => sum + packet.bytes, 0);
    const sample = rate.acknowledged(bytes, newest.sentAt, newest.stamp, roundTrip.least, now);
    congestion.acknowledged(packets, sample, Math.max(now - newest.sentAt - delayMs, 0), bytesInFlight, now);
  }
}

function isMtuProbe([first]: readonly SentFrame[]): boolean {
  return first?.type === "mtuProbe";
}
