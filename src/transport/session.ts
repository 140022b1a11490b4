// A session: its life, and what the frames that come in bring about. Pure. PROTOCOL §4.3, §6.
// Between incoming.ts, which knows what came, and outgoing.ts, which knows what is owed and how it fits a packet.

import { equalBytes } from "#bytes";
import { type Dice } from "#crypto";
import { type Address, type Frame, isSameAddress, type LocalSessionId, type SealedPacket } from "#wire";

import { IDLE_MS, LINGER_PROBE_TIMEOUTS, MESSAGE3_REPEAT_MS, RENEW_AFTER_MS, UNANSWERED_PROBES } from "./constants.ts";
import { type CreditBudget } from "./credit.ts";
import { type EndpointOptions, type PathView, type SessionView } from "./endpoint-options.ts";
import { CloseCode, PeerError } from "./errors.ts";
import { Incoming } from "./incoming.ts";
import { KeyRing } from "./key-ring.ts";
import { KeySchedule } from "./key-schedule.ts";
import { creditClass, Lane } from "./lanes.ts";
import { type Observer, SessionWatch } from "./observer.ts";
import { type Departure } from "./outgoing-message.ts";
import { type Datagram, Outgoing } from "./outgoing.ts";
import { Path } from "./path.ts";
import { Renewal } from "./renewal.ts";
import { packed, type SessionStart } from "./session-start.ts";
import { type SessionEnd, type TransportEvent } from "./transport-event.ts";

type Phase =
  | { readonly kind: "open" }
  /** Superseded: receives, and acknowledges, until then. */
  | { readonly kind: "lingering"; readonly untilMs: number }
  /** Says goodbye with its last datagrams. */
  | { readonly kind: "closing"; readonly end: SessionEnd }
  | { readonly kind: "ended" };

/** One side of a session. Times in monotonic ms. */
export class Session {
  readonly id: LocalSessionId;
  readonly isOpener: boolean;
  readonly remoteId: Uint8Array;
  readonly remoteKey: Uint8Array;
  readonly instance: Uint8Array;
  readonly resetToken: Uint8Array;
  readonly openedAt: number;
  readonly #events: TransportEvent[];
  readonly #path: Path;
  readonly #incoming: Incoming;
  readonly #outgoing: Outgoing;
  readonly #keys: KeySchedule;
  #confirmedAt: number;
  #phase: Phase = { kind: "open" };
  #heardAt: number;
  #keepAliveMs = Number.POSITIVE_INFINITY;
  #message3: Uint8Array | undefined;
  #isMessage3Due: boolean;
  #message3At = 0;
  #isUnansweredTold = false;
  #isEndTold = false;
  #observed: Address | undefined;
  #watch: SessionWatch | undefined;

  constructor(
    start: SessionStart,
    { renewAfterMs = RENEW_AFTER_MS, mtuTowards }: Pick<EndpointOptions, "renewAfterMs" | "mtuTowards">,
    budget: CreditBudget,
    dice: Dice,
    events: TransportEvent[],
    now: number,
  ) {
    this.id = start.id;
    this.isOpener = start.isOpener;
    const { remoteId, remoteKey, instance, resetToken, handshakeHash } = packed(start);
    this.remoteId = remoteId;
    this.remoteKey = remoteKey;
    this.instance = instance;
    this.resetToken = resetToken;
    this.openedAt = now;
    this.#confirmedAt = start.isOpener ? Number.POSITIVE_INFINITY : now;
    this.#events = events;
    const keys = new KeyRing(start.keys);
    this.#path = new Path(start.address, dice);
    this.#incoming = new Incoming(keys, budget);
    const { acks, credit } = this.#incoming;
    this.#outgoing = new Outgoing(remoteId, keys, this.#path, acks, credit, dice, mtuTowards);
    if (start.roundTripMs !== undefined) this.#outgoing.recovery.roundTrip.sample(start.roundTripMs, 0);
    this.#keys = new KeySchedule(
      keys,
      new Renewal(start.staticKey, remoteKey, handshakeHash, dice),
      start.isOpener,
      renewAfterMs,
      now,
    );
    this.#heardAt = now;
    this.#message3 = start.message3;
    this.#isMessage3Due = start.message3 !== undefined;
    // The first packet asks for an answer: it confirms the session to the opener, and shows it where it is seen.
    if (start.isOpener) this.#outgoing.owePing();
    else this.#outgoing.oweObservedAddress(start.address);
  }

  get isOpen(): boolean {
    return this.#phase.kind === "open";
  }

  get hasEnded(): boolean {
    return this.#phase.kind === "ended";
  }

  /** When the other side had first shown that the session is open there, too; +∞ before. */
  get confirmedAt(): number {
    return this.#confirmedAt;
  }

  /** What its application decides by. */
  get view(): SessionView {
    return {
      address: this.#path.current,
      heardAt: this.#heardAt,
      answeredAt: this.#outgoing.answeredAt,
      probeTimeoutMs: this.#probeTimeout,
      queuedBytes: this.#outgoing.lanes.queuedBytes,
    };
  }

  /** How its path has been so far. */
  get path(): PathView {
    const { datagramBytes, recovery, tally } = this.#outgoing;
    const { roundTrip } = recovery;
    return {
      address: this.#path.current,
      roundTripMs: roundTrip.isMeasured ? roundTrip.smoothed : undefined,
      packetsSent: tally.sent,
      packetsLost: tally.lost,
      partsRepeated: tally.repeated,
      datagramBytes,
    };
  }

  /** Tells somebody of its packets from now on. */
  observe(observer: Observer): void {
    this.#watch = new SessionWatch(observer, this.id, this.remoteId);
    this.#outgoing.watch = this.#watch;
  }

  /** Silence after which a ping leaves, ms; +∞ for none. */
  set keepAliveMs(interval: number) {
    if (this.isOpen) this.#keepAliveMs = interval;
  }

  /** While a verdict on the other side is pending: probes so far apart, without back-off (PROTOCOL §5.5). */
  set evenProbesMs(interval: number | undefined) {
    if (this.isOpen) this.#outgoing.recovery.evenProbesMs = interval;
  }

  get deadline(): number {
    if (this.#phase.kind === "ended") return Number.POSITIVE_INFINITY;
    if (this.#phase.kind === "closing") return Number.NEGATIVE_INFINITY;
    const keepAliveAt = Math.max(this.#heardAt, this.#outgoing.lastElicitingAt) + this.#keepAliveMs;
    const end = this.#phase.kind === "lingering" ? this.#phase.untilMs : this.#heardAt + IDLE_MS;
    return Math.min(
      this.#outgoing.deadline,
      this.#path.deadline,
      keepAliveAt,
      end,
      this.#keys.deadline,
      this.#incoming.stallCheckAt,
    );
  }

  /** Takes a packet addressed to this session; `bytes` is the length of its datagram. False if it is not authentic. */
  receive(packet: SealedPacket, from: Address, bytes: number, now: number): boolean {
    if (this.#phase.kind === "ended" || this.#phase.kind === "closing") return false;
    const arrival = this.#incoming.open(packet);
    if (arrival === undefined) return false;
    this.#watch?.received(arrival.number, arrival.payload, bytes, from);
    this.#heard(arrival.generation, now);
    this.#path.receive(from, bytes, arrival.isNewest, now);
    try {
      for (const frame of this.#incoming.read(arrival, now)) {
        this.#receiveFrame(frame, from, now);
        if (this.hasEnded) break;
      }
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      this.#break(error);
    }
    return true;
  }

  /** The deadline has come. */
  wake(now: number): void {
    if (this.#phase.kind === "ended" || this.#phase.kind === "closing") return;
    if (this.#phase.kind === "lingering" && now >= this.#phase.untilMs) return this.#finish(undefined);
    if (now - this.#heardAt >= IDLE_MS) return this.#finish({ by: "idle" });
    if (this.#incoming.isStalled(now))
      return this.#break(new PeerError(CloseCode.stalledMessage, "message without progress"));
    if (this.#keys.wake(this.#outgoing.packetsSent, now)) this.renew(now);
    if (now - Math.max(this.#heardAt, this.#outgoing.lastElicitingAt) >= this.#keepAliveMs) this.#outgoing.owePing();
    const challenges = this.#path.takeChallenges(this.#outgoing.challengeBytes, this.#probeTimeout, now);
    for (const { to, token } of challenges) this.#outgoing.oweChallenge(to, token);
    if (this.#outgoing.wake(now)) this.#probed();
  }

  nextDatagram(now: number): Datagram | undefined {
    if (this.#phase.kind === "ended") return undefined;
    if (this.#isMessage3Due && this.#message3 !== undefined) {
      this.#isMessage3Due = false;
      this.#message3At = now;
      return { to: this.#path.current, bytes: this.#message3 };
    }
    const datagram = this.#outgoing.next(now);
    // Without it the other side can open none of our packets.
    if (datagram !== undefined && now - this.#message3At >= MESSAGE3_REPEAT_MS)
      this.#isMessage3Due = this.#message3 !== undefined;
    if (datagram === undefined && this.#phase.kind === "closing") this.#finish(this.#phase.end);
    return datagram;
  }

  /** Queues a message; its bytes are the session's from here on. */
  send(lane: number, bytes: Uint8Array, onLeft?: Departure): void {
    this.#outgoing.lanes.enqueue(lane, bytes, onLeft);
  }

  /** Asks for an answer at once. */
  ping(): void {
    this.#outgoing.owePing();
  }

  /** Ends the session and tells the other side, twice, as a lost word would cost it 45 s. */
  close(code: number, reason: string): void {
    if (this.#phase.kind === "closing" || this.#phase.kind === "ended") return;
    this.#outgoing.oweClose(code, reason, 2);
    this.#phase = { kind: "closing", end: { by: "us" } };
  }

  /** Ends the session without a word. */
  abandon(): void {
    this.#finish({ by: "us" });
  }

  /** The other side says that it knows nothing of the session any more. True if the token that it gave us proves it. */
  reset(token: Uint8Array): boolean {
    if (!this.isOpener || !equalBytes(this.resetToken, token)) return false;
    this.#finish({ by: "reset" });
    return true;
  }

  /** Another session has taken this one's place: it receives for a while and sends no messages, begun ones neither. */
  supersede(now: number): void {
    if (!this.isOpen) return;
    this.keepAliveMs = Number.POSITIVE_INFINITY;
    this.evenProbesMs = undefined;
    this.#outgoing.lanes.close();
    this.#phase = { kind: "lingering", untilMs: now + LINGER_PROBE_TIMEOUTS * this.#probeTimeout };
    this.#tellEnd({ by: "superseded" });
  }

  /** Starts new keys; the opener's to do. */
  renew(now: number): void {
    const message = this.#keys.renew(this.#outgoing.packetsSent, now);
    if (message !== undefined && this.isOpen) this.send(Lane.transport, message);
  }

  #heard(generation: number, now: number): void {
    this.#confirmedAt = Math.min(this.#confirmedAt, now);
    this.#heardAt = now;
    this.#message3 = undefined;
    this.#outgoing.recovery.heard(now);
    if (this.#keys.heard(generation, this.#probeTimeout, now)) this.#watch?.renewed();
  }

  #receiveFrame(frame: Frame, from: Address, now: number): void {
    switch (frame.type) {
      case "ack":
        return this.#receiveAck(frame, now);
      case "part":
        return this.#receivePart(frame, now);
      case "ping":
        return this.#incoming.acks.hasten(now);
      case "challenge":
        return this.#outgoing.oweResponse(from, frame.token);
      case "response":
        return this.#receiveResponse(frame.token, from, now);
      case "observedAddress":
        return this.#receiveObserved(frame.address);
      case "credit":
        return this.#outgoing.lanes.raise(frame.class, frame.limit);
      case "blocked":
        this.#incoming.credit[frame.class].block(frame.limit);
        return this.#outgoing.oweCredit(frame.class);
      case "close":
        return this.#finish({ by: "peer", code: frame.code, reason: frame.reason });
      default:
        frame satisfies never;
    }
  }

  #receiveAck(frame: Extract<Frame, { readonly type: "ack" }>, now: number): void {
    const answeredBefore = this.#outgoing.answeredAt;
    if (!this.#outgoing.acknowledge(frame.ranges, frame.delayMs, now)) {
      throw new PeerError(CloseCode.falseAcknowledgement, "acknowledgement of a packet never sent");
    }
    if (!this.#isUnansweredTold || this.#outgoing.answeredAt === answeredBefore || !this.isOpen) return;
    this.#isUnansweredTold = false;
    this.#events.push({ kind: "sessionAnswered", session: this.id });
  }

  #receivePart(frame: Extract<Frame, { readonly type: "part" }>, now: number): void {
    const { smoothed } = this.#outgoing.recovery.roundTrip;
    const { messages, isCreditDue } = this.#incoming.receivePart(frame, smoothed, now);
    if (isCreditDue) this.#outgoing.oweCredit(creditClass(frame.lane));
    for (const { lane, bytes } of messages) {
      if (lane === Lane.transport) this.#receiveRenewal(bytes, now);
      else this.#events.push({ kind: "messageReceived", session: this.id, lane, bytes });
    }
  }

  #receiveRenewal(message: Uint8Array, now: number): void {
    const { reply, isPingDue } = this.#keys.receive(message, now);
    if (reply !== undefined) this.send(Lane.transport, reply);
    if (!isPingDue) return;
    this.#outgoing.owePing();
    this.#watch?.renewed();
  }

  #receiveObserved(address: Address): void {
    if (this.#observed !== undefined && isSameAddress(address, this.#observed)) return;
    this.#observed = address;
    this.#events.push({ kind: "addressObserved", session: this.id, address });
  }

  #receiveResponse(token: Uint8Array, from: Address, now: number): void {
    const before = this.#path.current;
    if (!this.#path.respond(token, from, this.#probeTimeout, now)) return;
    const { current } = this.#path;
    if (current.host !== before.host) this.#outgoing.startAnew();
    this.#outgoing.oweObservedAddress(current);
    this.#events.push({ kind: "sessionMoved", session: this.id, address: current });
  }

  /** How long an acknowledgement is waited for on this path, ms. */
  get #probeTimeout(): number {
    return this.#outgoing.recovery.roundTrip.probeTimeout;
  }

  #probed(): void {
    this.#isMessage3Due = this.#message3 !== undefined;
    if (this.#outgoing.recovery.probeCount < UNANSWERED_PROBES || this.#isUnansweredTold || !this.isOpen) return;
    this.#isUnansweredTold = true;
    this.#events.push({ kind: "sessionUnanswered", session: this.id });
  }

  #break(error: PeerError): void {
    this.#outgoing.oweClose(error.code, error.message, 1);
    this.#phase = { kind: "closing", end: { by: "broken", code: error.code, reason: error.message } };
  }

  #finish(end: SessionEnd | undefined): void {
    if (this.#phase.kind === "ended") return;
    this.#phase = { kind: "ended" };
    this.#incoming.close();
    if (end !== undefined) this.#tellEnd(end);
  }

  #tellEnd(end: SessionEnd): void {
    if (this.#isEndTold) return;
    this.#isEndTold = true;
    this.#events.push({ kind: "sessionEnded", session: this.id, end });
  }
}
