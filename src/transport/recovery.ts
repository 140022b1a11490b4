// What was sent and not yet acknowledged; which of it is lost, and when to probe (RFC 9002 §6). Pure. PROTOCOL §5.4.

import { type AckRange } from "#wire";

import { LONGEST_PROBE_INTERVAL_MS } from "./constants.ts";
import { type DeliveryStamp } from "./delivery-rate.ts";
import { LossRate } from "./loss-rate.ts";
import { GRANULARITY_MS, type RoundTrip } from "./round-trip.ts";
import { type SentFrame } from "./sent-frame.ts";

/** Packets acknowledged later than a packet before it counts as lost (RFC 9002 §6.1.1). */
const PACKET_THRESHOLD = 3;
/** Probe timeouts without any acknowledgement that make congestion persistent (RFC 9002 §7.6.1). */
const PERSISTENT_CONGESTION_THRESHOLD = 3;

/** A packet that asked for an acknowledgement. */
export interface SentPacket {
  readonly number: number;
  readonly sentAt: number;
  /** The whole datagram. */
  readonly bytes: number;
  readonly frames: readonly SentFrame[];
  /** Undefined for what left before the path was measured. */
  readonly stamp: DeliveryStamp | undefined;
}

/** What an acknowledgement or a timer brought about. */
export interface Outcome {
  readonly acknowledged: readonly SentPacket[];
  readonly lost: readonly SentPacket[];
  /** Everything over a long period was lost. */
  readonly isPersistent: boolean;
}

const nothing: Outcome = { acknowledged: [], lost: [], isPersistent: false };

/** One packet number space. Times in monotonic ms, sizes in bytes of datagrams. */
export class Recovery {
  readonly roundTrip: RoundTrip;
  readonly lossRate = new LossRate();
  readonly #sent = new Map<number, SentPacket>();
  #bytesInFlight = 0;
  /** The last packet that asked for no acknowledgement: of those no more is remembered. */
  #quietNumber = -1;
  #quietSentAt = 0;
  #largestAcknowledged = -1;
  #lastElicitingAt = 0;
  #lossTime = Number.POSITIVE_INFINITY;
  #probeCount = 0;
  #evenProbesMs: number | undefined;
  /** Packets below left on another path and say nothing about this one. */
  #pathStart = 0;

  constructor(roundTrip: RoundTrip) {
    this.roundTrip = roundTrip;
  }

  get bytesInFlight(): number {
    return this.#bytesInFlight;
  }

  /** Packets remembered; bounded by the congestion window. */
  get size(): number {
    return this.#sent.size;
  }

  /** Probe timeouts in a row that nothing answered. */
  get probeCount(): number {
    return this.#probeCount;
  }

  /** While set, probes leave so many ms apart and do not back off (PROTOCOL §5.5). */
  set evenProbesMs(interval: number | undefined) {
    this.#evenProbesMs = interval;
  }

  /** When `wake` has something to do: a packet to declare lost, or a probe to send. */
  get deadline(): number {
    return Math.min(this.#lossTime, this.#probeTime);
  }

  get #probeTime(): number {
    if (this.#evenProbesMs !== undefined) {
      const first = this.#probeCount === 0 ? this.roundTrip.probeTimeout : Number.POSITIVE_INFINITY;
      return this.#lastElicitingAt + Math.min(first, this.#evenProbesMs);
    }
    if (this.#sent.size === 0) return Number.POSITIVE_INFINITY;
    const { probeTimeout } = this.roundTrip;
    const backedOff = Math.min(probeTimeout * 2 ** this.#probeCount, LONGEST_PROBE_INTERVAL_MS);
    return this.#lastElicitingAt + Math.max(probeTimeout, backedOff);
  }

  /** A packet left; one of nothing but copies does not put off the probe for what they are copies of. */
  sent(packet: SentPacket): void {
    const isOnlyCopies = packet.frames.every(
      (frame) => frame.type === "ack" || (frame.type === "part" && frame.isCopy),
    );
    if (!isOnlyCopies || this.#sent.size === 0) this.#lastElicitingAt = packet.sentAt;
    this.#sent.set(packet.number, packet);
    this.#bytesInFlight += packet.bytes;
  }

  /** A packet left that asks for no acknowledgement: neither in flight nor ever lost. */
  sentQuietly(number: number, now: number): void {
    this.#quietNumber = number;
    this.#quietSentAt = now;
  }

  /** Takes the ranges of an acknowledgement. The caller has checked that all of them were sent. */
  acknowledge(ranges: readonly AckRange[], delayMs: number, now: number): Outcome {
    const acknowledged: SentPacket[] = [];
    for (const range of ranges) this.#takeRange(range, acknowledged);
    if (acknowledged.length > 1) acknowledged.sort((a, b) => a.number - b.number);
    const newest = acknowledged.at(-1);
    if (newest === undefined) return nothing;
    const largest = ranges[0]?.last ?? newest.number;
    const sentAt = this.#sentAtOf(largest, newest);
    if (sentAt !== undefined && largest >= this.#pathStart) this.roundTrip.sample(Math.max(0, now - sentAt), delayMs);
    this.#largestAcknowledged = Math.max(this.#largestAcknowledged, largest);
    this.#probeCount = 0;
    for (const packet of acknowledged) if (this.isOfThisPath(packet)) this.lossRate.note(false);
    const lost = this.#takeLost(now);
    return { acknowledged, lost, isPersistent: this.#isPersistent(lost, acknowledged) };
  }

  /** Packets from `number` on take another path: its round trip is unknown (RFC 9000 §9.4). */
  startAnew(number: number): void {
    this.#pathStart = number;
    this.#probeCount = 0;
    this.roundTrip.forget();
    this.lossRate.forget();
  }

  /** Whether a packet left on the path in use, so that its fate says something about it. */
  isOfThisPath(packet: SentPacket): boolean {
    return packet.number >= this.#pathStart;
  }

  /** Anything authentic came in: the path is alive, so probing starts from the beginning. */
  heard(now: number): void {
    if (this.#probeCount === 0) return;
    this.#probeCount = 0;
    // Else the next probe, without the backing off, might have been due before now.
    this.#lastElicitingAt = now;
  }

  /** The deadline has come. `isProbeDue`: something ack-eliciting must leave now, window or not. */
  wake(now: number): { readonly lost: readonly SentPacket[]; readonly isProbeDue: boolean } {
    if (now >= this.#lossTime) return { lost: this.#takeLost(now), isProbeDue: false };
    if (now < this.#probeTime) return { lost: [], isProbeDue: false };
    this.#probeCount++;
    // Until the probe itself leaves, so that one deadline makes one probe.
    this.#lastElicitingAt = now;
    return { lost: [], isProbeDue: true };
  }

  /** The oldest packet still waited for that carries anything worth repeating. */
  get oldest(): SentPacket | undefined {
    for (const packet of this.#sent.values()) if (packet.frames.some((frame) => frame.type !== "ack")) return packet;
    return undefined;
  }

  #takeRange(range: AckRange, into: SentPacket[]): void {
    if (range.last - range.first < this.#sent.size) {
      for (let number = range.first; number <= range.last; number++) this.#take(number, into);
      return;
    }
    for (const number of this.#sent.keys()) {
      if (number > range.last) break;
      if (number >= range.first) this.#take(number, into);
    }
  }

  /** When the largest number of an acknowledgement left, if this is the first to tell of it (RFC 9002 §5.1). */
  #sentAtOf(largest: number, newest: SentPacket): number | undefined {
    if (largest === newest.number) return newest.sentAt;
    if (largest !== this.#quietNumber) return undefined;
    this.#quietNumber = -1;
    return this.#quietSentAt;
  }

  #take(number: number, into: SentPacket[]): void {
    const packet = this.#sent.get(number);
    if (packet === undefined) return;
    this.#sent.delete(number);
    this.#bytesInFlight -= packet.bytes;
    into.push(packet);
  }

  /** RFC 9002 §6.1: lost is what left long enough, or PACKET_THRESHOLD packets, before something acknowledged. */
  #takeLost(now: number): SentPacket[] {
    const lost: SentPacket[] = [];
    const { lossDelay } = this.roundTrip;
    this.#lossTime = Number.POSITIVE_INFINITY;
    for (const packet of this.#sent.values()) {
      if (packet.number > this.#largestAcknowledged) break;
      const isLate = now - packet.sentAt >= lossDelay - GRANULARITY_MS / 1000;
      if (isLate || this.#largestAcknowledged - packet.number >= PACKET_THRESHOLD) {
        this.#take(packet.number, lost);
        if (this.isOfThisPath(packet) && packet.frames[0]?.type !== "mtuProbe") this.lossRate.note(true);
      } else {
        this.#lossTime = Math.min(this.#lossTime, packet.sentAt + lossDelay);
      }
    }
    return lost;
  }

  /** RFC 9002 §7.6.2: two that were lost, long apart, and nothing between them came through. */
  #isPersistent(lost: readonly SentPacket[], acknowledged: readonly SentPacket[]): boolean {
    if (lost.length === 0) return false;
    const ofThisPath = lost.filter((packet) => this.isOfThisPath(packet) && packet.frames[0]?.type !== "mtuProbe");
    const [first] = ofThisPath;
    const last = ofThisPath.at(-1);
    if (first === undefined || last === undefined || !this.roundTrip.isMeasured) return false;
    if (acknowledged.some(({ number }) => first.number < number && number < last.number)) return false;
    return last.sentAt - first.sentAt > PERSISTENT_CONGESTION_THRESHOLD * this.roundTrip.probeTimeout;
  }
}
