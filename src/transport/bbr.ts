// A congestion controller that models the path, so that losses do not slow it down: BBR (draft-ietf-ccwg-bbr), smaller.
// Pure. PROTOCOL §5.6. The model is the most that was delivered and the least round trip; a cycle of sending a little
// faster, a little slower and evenly keeps both fresh and the queue short.

import { BaseLoss } from "./base-loss.ts";
import { type CongestionController, type Fate } from "./congestion.ts";
import { DATAGRAM_BYTES, INITIAL_WINDOW } from "./constants.ts";
import { type DeliverySample } from "./delivery-rate.ts";

const MINIMUM_WINDOW = 4 * DATAGRAM_BYTES;
const LARGEST_WINDOW = 64 * 1024 * 1024;
/** What is assumed before the first round trip, ms. */
const INITIAL_RTT_MS = 60;

/** 4 ln 2: doubles what is delivered each round trip. */
const STARTUP_GAIN = 2.77;
const DRAIN_GAIN = 0.5;
const UP_GAIN = 1.25;
/** So much more delivered, and nothing that queues, means that there is more to have. */
const UP_GROWTH = 1.1;
const DOWN_GAIN = 0.75;
/** Somewhat less than what is delivered, so that what is measured too high does not stay in the queue. */
const CRUISE_GAIN = 0.99;
/** Round trips that up and down last at the most. */
const LONGEST_PROBE = 3;
const WINDOW_GAIN = 2;
/** Less in the start, because what it overshoots by stands in the queue. */
const START_WINDOW_GAIN = 1.8;
/** While less than so many times what fills the path is in flight, hosts that were held up may make up for it. */
const FILL_GAIN = 1.08;
/** Windows have room for so long a burst more, because hosts send and acknowledge in bursts, ms; and no path is taken to be
 * shorter than so much, because hosts are not. */
const BURST_MS = 4;
const HOST_MS = 20;
/** Nor is a phase. */
const SHORTEST_PHASE_MS = 5;
/** Round trips of even sending between one try for more and the next. */
const CRUISE_ROUND_TRIPS = 6;
/** A round that delivers less than this much more is no growth; after so many of them the path is full. */
const FULL_GROWTH = 1.25;
const FULL_ROUNDS = 3;
/** A round of losses can look like one, so rounds count less where nothing queues. */
const UNQUEUED_FULL = 0.25;
/** Rounds that queue and lose so much more than usual, and so many packets, end the start, too (BBR §5.3.1.3). */
const LOSS_AT_FULL = 0.02;
const LOST_AT_FULL = 6;
/** The least round trip is looked for anew after so long, ms, … */
const LEAST_RTT_MS = 10_000;
/** … with half of the path empty for so long, ms. */
const PROBE_RTT_MS = 200;
/** After so long without enough to send it is as if nothing had been measured but the least round trip, ms. */
const IDLE_MS = 1000;
/** A round trip so close to the least confirms it. */
const CONFIRMING = 1.03;
/** A round trip longer than so many times the least, and so much, ms, and the time of so many packets on a slow link,
 * means that packets queue. */
const QUEUED = 1.1;
const QUEUED_MS = 5;
const QUEUED_PACKETS = 3;
/** Fates that a share of losses in a queue is taken from, at least. */
const FATES_FOR_SHARING = 20;
/** RFC 9438: what is left of what was in flight when a queue overflows (§4.6), how fast it comes back (§4.1), in packets
 * and seconds, and by how many packets a round trip at least (§4.3). */
const BACK_OFF = 0.7;
const CUBIC_SCALE = 0.4;
const RENO_GROWTH = (3 * (1 - BACK_OFF)) / (1 + BACK_OFF);
/** Growth a round trip before the queue first overflows; … */
const NEWCOMER_GROWTH = 1.1;
/** … and by what factor the window comes back where nobody else fills the queue. */
const REGROWTH_ALONE = 1.01;

type Phase = "startup" | "drain" | "up" | "down" | "cruise" | "probeRtt";

/** One path's model. */
export class Bbr implements CongestionController {
  #phase: Phase = "startup";
  #phaseAt = 0;
  /** The most that was delivered in the cycle before, and in this one, bytes/ms. */
  #rateBefore = 0;
  #rateNow = 0;
  /** What it was when this round trip of trying for more began. */
  #rateAtUp = 0;
  /** Bytes, when the last acknowledgement came. */
  #inFlightAtAck = 0;
  #leastRtt: number;
  #leastRttAt: number;
  /** The least since there is enough to send, while the path is not full. */
  #startRtt = INITIAL_RTT_MS;
  #busyAt = Number.NEGATIVE_INFINITY;
  #startWindow = INITIAL_WINDOW;
  /** The round trip under way ends when what leaves after this was delivered does arrive. */
  #roundEnd = 0;
  #fullRate = 0;
  #fullRounds = 0;
  #lossyRounds = 0;
  /** The round trip under way: what became of its packets, and the most that was in flight. */
  #roundFates = 0;
  #roundLost = 0;
  #roundMost = 0;
  /** How many more acknowledgements of the round said that packets queue than said that they do not. */
  #roundQueued = 0;
  /** Whether most of the last round did: hosts that are busy hold up a few. */
  #isQueued = false;
  #unqueuedAt = 0;
  #cycleAt = 0;
  /** Whether somebody else keeps the queue full. */
  #isShared = false;
  /** What may be in flight since a queue overflowed. */
  #cap = Number.POSITIVE_INFINITY;
  #capAtLoss = 0;
  /** Whether the queue has not overflowed yet since our start was over. */
  #isNewcomer = true;
  #lossAt = Number.NEGATIVE_INFINITY;
  /** When the cap is to be again what it was at the last loss (RFC 9438 §4.2: K). */
  #plateauAt = 0;
  /** When the last slow stretch began and ended: what is lost then was not lost for want of room. */
  #slowFrom = Number.POSITIVE_INFINITY;
  #slowTo = Number.NEGATIVE_INFINITY;
  #baseLoss = new BaseLoss();

  /** Begins with the round trip that is known already. */
  constructor(leastRttMs: number, now: number) {
    this.#leastRtt = leastRttMs;
    this.#leastRttAt = now;
  }

  get windowBytes(): number {
    const { bandwidth } = this;
    if (bandwidth === 0) return this.#startWindow;
    if (this.#phase === "probeRtt") return Math.max(Math.min(this.#underWay(0.5), this.#cap), MINIMUM_WINDOW);
    if (this.#isShared) return Math.min(Math.max(this.#cap, MINIMUM_WINDOW), LARGEST_WINDOW);
    const window = this.#underWay(this.#isFull ? WINDOW_GAIN : START_WINDOW_GAIN) + this.#burstBytes;
    return Math.min(Math.max(Math.min(window, this.#cap), this.#leastWindow), LARGEST_WINDOW);
  }

  get pacedBytesPerMs(): number {
    const rtt = Math.max(Number.isFinite(this.#leastRtt) ? this.#leastRtt : INITIAL_RTT_MS, 0.05);
    const rate = Math.max(this.bandwidth / (1 - this.#baseLoss.share), this.#isFull ? 0 : this.#startWindow / rtt);
    return this.#gain * rate;
  }

  /** What the path is taken to deliver, bytes/ms; 0 before anything is known. */
  get bandwidth(): number {
    return Math.max(this.#rateBefore, this.#rateNow);
  }

  acknowledged(
    packets: readonly Fate[],
    sample: DeliverySample,
    rttMs: number,
    bytesInFlight: number,
    now: number,
  ): void {
    if (rttMs > this.#queueFrom) this.#roundQueued++;
    else {
      this.#roundQueued--;
      this.#unqueuedAt = now;
      // What left while it was shared may yet be found lost for want of room.
      if (this.#isShared) this.#slowFrom = Math.max(this.#slowFrom, now);
      this.#isShared = false;
    }
    this.#inFlightAtAck = bytesInFlight;
    this.#roundMost = Math.max(this.#roundMost, bytesInFlight);
    for (const packet of packets) this.#note(packet, false);
    const isRoundOver = sample.deliveredBefore >= this.#roundEnd;
    if (isRoundOver) {
      this.#roundEnd = sample.delivered;
      this.#isQueued = this.#roundQueued > 0;
      this.#roundQueued = 0;
      this.#baseLoss.endRound(!this.#mayOverflow);
      if (this.#roundFates >= FATES_FOR_SHARING) this.#judgeLoss(now);
    }
    if (Number.isFinite(sample.bytesPerMs) && (!sample.isIdle || sample.bytesPerMs > this.bandwidth))
      this.#rateNow = Math.max(this.#rateNow, sample.bytesPerMs);
    this.#measureRtt(rttMs, sample.isIdle, now);
    if (isRoundOver && !sample.isIdle) this.#judgeGrowth();
    this.#advance(bytesInFlight, sample.isIdle, now);
  }

  lost(packet: Fate): void {
    this.#note(packet, true);
  }

  collapsed(): void {
    this.#rateBefore = 0;
    this.#rateNow = 0;
    this.#startWindow = MINIMUM_WINDOW;
    this.#fullRate = 0;
    this.#fullRounds = 0;
    this.#lossyRounds = 0;
    this.#baseLoss = new BaseLoss();
    this.#cap = Number.POSITIVE_INFINITY;
    this.#isShared = false;
    this.#isNewcomer = true;
    this.#phase = "startup";
  }

  /** Round trips above this mean that packets queue, ms. */
  get #queueFrom(): number {
    return this.#leastRtt * QUEUED + QUEUED_MS + (QUEUED_PACKETS * DATAGRAM_BYTES) / this.bandwidth;
  }

  get #leastWindow(): number {
    return this.#isFull ? MINIMUM_WINDOW : this.#startWindow;
  }

  get #isFull(): boolean {
    return this.#fullRounds >= FULL_ROUNDS;
  }

  /** Whether what is lost may have found no room in a queue: of ours in the start, of others who fill it later. */
  get #mayOverflow(): boolean {
    return this.#isFull ? this.#isShared : this.#isQueued;
  }

  get #gain(): number {
    switch (this.#phase) {
      case "startup":
        return STARTUP_GAIN;
      case "drain":
        return DRAIN_GAIN;
      case "up":
        return UP_GAIN;
      case "down":
        return this.#isShared ? UP_GAIN : DOWN_GAIN;
      case "cruise":
        return this.#isShared ? UP_GAIN : this.#cruiseGain;
      case "probeRtt":
        return 1;
      default:
        return this.#phase satisfies never;
    }
  }

  /** Keeps what is in flight a little above what fills the path: hosts that were held up make up for it, and a rate that was
   * measured too high does not fill the queue. */
  get #cruiseGain(): number {
    if (this.#inFlightAtAck > this.#underWay(UP_GAIN) && this.#inFlightAtAck > this.#underWay(1) + this.#burstBytes)
      return DOWN_GAIN;
    return this.#inFlightAtAck < this.#underWay(FILL_GAIN) ? UP_GAIN : CRUISE_GAIN;
  }

  get #burstBytes(): number {
    return Math.max(BURST_MS, HOST_MS - this.#leastRtt) * this.bandwidth;
  }

  /** So many times what fills the path, with what is lost on the way. */
  #underWay(gain: number): number {
    const rtt = this.#isFull ? this.#leastRtt : this.#startRtt;
    return (gain * this.bandwidth * rtt) / (1 - this.#baseLoss.share);
  }

  #note({ sentAt }: Fate, isLost: boolean): void {
    this.#roundFates++;
    // Once for what was under way together.
    if (isLost && sentAt > this.#lossAt) this.#roundLost++;
    const isSlow = !this.#isFull || (sentAt >= this.#slowFrom && sentAt <= this.#slowTo);
    if (isSlow && !this.#mayOverflow) this.#baseLoss.note(isLost);
  }

  #measureRtt(rttMs: number, isIdle: boolean, now: number): void {
    // Whoever comes to a queue that others fill cannot start by the round trip without it.
    if (!this.#isFull && !isIdle) {
      this.#startRtt = now - this.#busyAt > IDLE_MS ? rttMs : Math.min(this.#startRtt, rttMs);
      this.#busyAt = now;
    }
    const isOld = now - this.#leastRttAt > LEAST_RTT_MS;
    if (rttMs <= this.#leastRtt * CONFIRMING || (isOld && (isIdle || this.#phase === "probeRtt")))
      this.#leastRttAt = now;
    else return;
    this.#leastRtt = isOld ? rttMs : Math.min(this.#leastRtt, rttMs);
  }

  /** A queue that overflows is shared: what is lost beyond what the path loses anyway takes from what may be in flight, as
   * CUBIC does (RFC 9438), and what is not gives it back. */
  #judgeLoss(now: number): void {
    const unusual = this.#roundLost - this.#baseLoss.usual(this.#roundFates);
    if (
      !this.#isFull &&
      this.#isQueued &&
      this.#roundLost >= LOST_AT_FULL &&
      unusual > LOSS_AT_FULL * this.#roundFates
    ) {
      if (++this.#lossyRounds >= FULL_ROUNDS) {
        this.#fullRounds = FULL_ROUNDS;
        this.#isShared = true;
      }
    }
    if (this.#isFull && this.#isQueued && unusual > 0) {
      this.#capAtLoss = Math.min(this.#roundMost, this.#cap);
      this.#cap = Math.max(BACK_OFF * this.#capAtLoss, MINIMUM_WINDOW);
      this.#lossAt = now;
      const most = this.#capAtLoss / DATAGRAM_BYTES;
      this.#plateauAt = now + 1000 * Math.cbrt((most * (1 - BACK_OFF)) / CUBIC_SCALE);
      this.#isNewcomer = this.#phase === "startup";
    } else if (this.#cap < LARGEST_WINDOW) this.#regrow(now);
    this.#roundFates = 0;
    this.#roundLost = 0;
    this.#roundMost = 0;
  }

  /** RFC 9438 §4.2 and §4.3, once a round trip; faster where nothing queues. */
  #regrow(now: number): void {
    if (this.#isNewcomer) {
      this.#cap *= NEWCOMER_GROWTH;
      return;
    }
    const most = this.#capAtLoss / DATAGRAM_BYTES;
    const cubic = (CUBIC_SCALE * ((now - this.#plateauAt) / 1000) ** 3 + most) * DATAGRAM_BYTES;
    const reno = this.#cap + RENO_GROWTH * DATAGRAM_BYTES;
    const alone = this.#isQueued ? 0 : this.#cap * REGROWTH_ALONE;
    this.#cap = Math.min(Math.max(cubic, reno, alone), 1.5 * this.#cap);
  }

  #judgeGrowth(): void {
    if (this.#isFull) return;
    if (this.bandwidth >= this.#fullRate * FULL_GROWTH) {
      this.#fullRate = this.bandwidth;
      this.#fullRounds = 0;
    } else this.#fullRounds += this.#isQueued ? 1 : UNQUEUED_FULL;
  }

  #advance(bytesInFlight: number, isIdle: boolean, now: number): void {
    const lasted = now - this.#phaseAt;
    const roundTrip = Math.max(this.#leastRtt, SHORTEST_PHASE_MS);
    switch (this.#phase) {
      case "startup":
        if (this.#isFull) this.#enter("drain", now);
        return;
      case "drain":
        if (lasted >= LONGEST_PROBE * roundTrip || bytesInFlight <= this.#underWay(1)) this.#enter("cruise", now);
        return;
      case "up":
        if (lasted < roundTrip) return;
        if (!isIdle && !this.#isQueued && this.bandwidth >= UP_GROWTH * this.#rateAtUp) this.#goUp(now);
        else if (isIdle || bytesInFlight >= this.#underWay(UP_GAIN) || lasted >= LONGEST_PROBE * roundTrip)
          this.#enter("down", now);
        return;
      case "down":
        if (lasted >= LONGEST_PROBE * roundTrip || bytesInFlight <= this.#underWay(1)) this.#enter("cruise", now);
        return;
      case "cruise":
        if (now - this.#leastRttAt > LEAST_RTT_MS && !isIdle) this.#enter("probeRtt", now);
        else if (lasted >= CRUISE_ROUND_TRIPS * roundTrip) this.#enter("up", now);
        return;
      case "probeRtt":
        if (lasted >= PROBE_RTT_MS + roundTrip) this.#enter("cruise", now);
        return;
      default:
        this.#phase satisfies never;
    }
  }

  #enter(phase: Phase, now: number): void {
    if (phase === "up") this.#beginCycle(now);
    if (this.#phase === "down" || this.#phase === "drain") this.#slowTo = now;
    if (phase === "down" || phase === "drain") this.#slowBegins(now);
    this.#phase = phase;
    this.#phaseAt = now;
  }

  /** What was found is not all: on, a round trip longer. */
  #goUp(now: number): void {
    this.#phaseAt = now;
    this.#rateAtUp = this.bandwidth;
  }

  #beginCycle(now: number): void {
    this.#rateAtUp = this.bandwidth;
    if (this.#rateNow > 0) {
      this.#rateBefore = this.#rateNow;
      this.#rateNow = 0;
    }
    // Our own queue is empty once in each cycle.
    if (!this.#isShared && this.#unqueuedAt < this.#cycleAt) {
      // Where the cap bounds us already, it is our share.
      if (this.#cap > this.windowBytes) {
        this.#cap = Math.min(this.#cap, this.#underWay(1));
        this.#capAtLoss = this.#cap;
        this.#plateauAt = now;
      }
      this.#isShared = true;
    }
    this.#cycleAt = now;
  }

  #slowBegins(now: number): void {
    this.#baseLoss.learn();
    this.#slowFrom = now;
    this.#slowTo = Number.POSITIVE_INFINITY;
  }
}
