// A session: what came in. Opens packets, refuses replays, reads frames and acts on them. Pure. PROTOCOL §4, §6.
// The counterpart of outgoing.ts, which knows what is owed and how it fits a packet.

import { concatBytes } from "#bytes";
import { type Dice } from "#crypto";
import {
  type Address,
  type CreditClass,
  type Frame,
  fullPacketNumber,
  isSameAddress,
  type LocalSessionId,
  readFrames,
  type SealedPacket,
} from "#wire";

import { AckRanges } from "./ack-ranges.ts";
import { IDLE_MS, LINGER_PROBE_TIMEOUTS, RENEW_AFTER_MS, RENEW_AFTER_PACKETS, UNANSWERED_PROBES } from "./constants.ts";
import { type CreditBudget, messageCost, ReceiveCredit } from "./credit.ts";
import { CloseCode, PeerError } from "./errors.ts";
import { KeyRing } from "./key-ring.ts";
import { creditClass, Lane } from "./lanes.ts";
import { type Datagram, Outgoing } from "./outgoing.ts";
import { Path } from "./path.ts";
import { ReceiveLanes } from "./receive-lanes.ts";
import { Renewal } from "./renewal.ts";
import { ReplayWindow } from "./replay-window.ts";
import { type SessionStart } from "./session-start.ts";
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
  readonly #keys: KeyRing;
  readonly #path: Path;
  readonly #replay = new ReplayWindow();
  readonly #acks = new AckRanges();
  readonly #credit: Readonly<Record<CreditClass, ReceiveCredit>>;
  readonly #receiveLanes: ReceiveLanes;
  readonly #outgoing: Outgoing;
  readonly #renewal: Renewal;
  #confirmedAt: number;
  #phase: Phase = { kind: "open" };
  #heardAt: number;
  #renewAt: number;
  #renewAtPacket = RENEW_AFTER_PACKETS;
  #forgetKeysAt = Number.POSITIVE_INFINITY;
  #stallCheckAt = Number.POSITIVE_INFINITY;
  #keepAliveMs = Number.POSITIVE_INFINITY;
  #message3: Uint8Array | undefined;
  #isMessage3Due: boolean;
  #isUnansweredTold = false;
  #isEndTold = false;
  #observed: Address | undefined;

  constructor(start: SessionStart, budget: CreditBudget, dice: Dice, events: TransportEvent[], now: number) {
    this.id = start.id;
    this.isOpener = start.isOpener;
    const [remoteId, remoteKey, instance, resetToken, hash] = packed(start);
    this.remoteId = remoteId;
    this.remoteKey = remoteKey;
    this.instance = instance;
    this.resetToken = resetToken;
    this.openedAt = now;
    this.#confirmedAt = start.isOpener ? Number.POSITIVE_INFINITY : now;
    this.#events = events;
    this.#keys = new KeyRing(start.keys);
    this.#path = new Path(start.address, dice);
    this.#credit = { control: new ReceiveCredit("control", budget), data: new ReceiveCredit("data", budget) };
    this.#receiveLanes = new ReceiveLanes(this.#credit);
    this.#outgoing = new Outgoing(remoteId, this.#keys, this.#path, this.#acks, this.#credit, dice);
    if (start.roundTripMs !== undefined) this.#outgoing.roundTrip.sample(start.roundTripMs, 0);
    this.#renewal = new Renewal(start.staticKey, remoteKey, hash, dice);
    this.#heardAt = now;
    this.#renewAt = now + RENEW_AFTER_MS;
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

  get address(): Address {
    return this.#path.current;
  }

  /** When the other side had first shown that the session is open there, too; +∞ before. */
  get confirmedAt(): number {
    return this.#confirmedAt;
  }

  /** When the last authentic packet came in. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** When the newest packet left that the other side has acknowledged: since then at least it was there. */
  get answeredAt(): number {
    return this.#outgoing.answeredAt;
  }

  /** How long an acknowledgement is waited for on this path, ms. */
  get probeTimeout(): number {
    return this.#outgoing.roundTrip.probeTimeout;
  }

  /** Bytes of messages not yet acknowledged by the other side's transport. */
  get queuedBytes(): number {
    return this.#outgoing.lanes.queuedBytes;
  }

  /** Sizes that must stay bounded, for checkers: packets in memory, bytes held for the receiver, the window. */
  get sizes(): { readonly sentPackets: number; readonly heldBytes: number; readonly windowBytes: number } {
    return {
      sentPackets: this.#outgoing.recovery.size,
      heldBytes: this.#credit.control.held + this.#credit.data.held,
      windowBytes: this.#outgoing.windowBytes,
    };
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
    const renewAt = this.isOpener && !this.#renewal.isRunning ? this.#renewAt : Number.POSITIVE_INFINITY;
    return Math.min(
      this.#outgoing.deadline,
      this.#path.deadline,
      keepAliveAt,
      end,
      renewAt,
      this.#forgetKeysAt,
      this.#stallCheckAt,
    );
  }

  /** Takes a packet addressed to this session; `bytes` is the length of its datagram. False if it is not authentic. */
  receive(packet: SealedPacket, from: Address, bytes: number, now: number): boolean {
    if (this.#phase.kind === "ended" || this.#phase.kind === "closing") return false;
    const number = fullPacketNumber(packet.shortNumber, this.#replay.highest + 1);
    if (!this.#replay.isNew(number)) return false;
    const opened = this.#keys.open(packet.keyEpoch, number, packet.header, packet.sealed);
    if (opened === undefined) return false;
    const isNewest = number > this.#replay.highest;
    this.#replay.accept(number);
    this.#heard(opened.generation, now);
    this.#path.receive(from, bytes, isNewest, now);
    try {
      this.#receiveFrames(opened.frames, number, from, now);
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
    if (now >= this.#stallCheckAt) {
      this.#stallCheckAt = this.#receiveLanes.stallsAt;
      if (now >= this.#stallCheckAt)
        return this.#break(new PeerError(CloseCode.stalledMessage, "message without progress"));
    }
    if (now >= this.#forgetKeysAt) {
      this.#keys.forgetOld();
      this.#forgetKeysAt = Number.POSITIVE_INFINITY;
    }
    if (now >= this.#renewAt || this.#outgoing.packetsSent >= this.#renewAtPacket) this.renew(now);
    if (now - Math.max(this.#heardAt, this.#outgoing.lastElicitingAt) >= this.#keepAliveMs) this.#outgoing.owePing();
    const challenges = this.#path.takeChallenges(this.#outgoing.challengeBytes, this.probeTimeout, now);
    for (const { to, token } of challenges) this.#outgoing.oweChallenge(to, token);
    if (this.#outgoing.wake(now)) this.#probed();
  }

  nextDatagram(now: number): Datagram | undefined {
    if (this.#phase.kind === "ended") return undefined;
    if (this.#isMessage3Due && this.#message3 !== undefined) {
      this.#isMessage3Due = false;
      return { to: this.#path.current, bytes: this.#message3 };
    }
    const datagram = this.#outgoing.next(now);
    if (datagram === undefined && this.#phase.kind === "closing") this.#finish(this.#phase.end);
    return datagram;
  }

  /** Queues a message; its bytes are the session's from here on. */
  send(lane: number, bytes: Uint8Array): void {
    this.#outgoing.lanes.enqueue(lane, bytes);
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

  /** The other side has proven that it knows nothing of the session any more. */
  reset(): void {
    this.#finish({ by: "reset" });
  }

  /** Another session has taken this one's place: it receives for a while and sends no messages, begun ones neither. */
  supersede(now: number): void {
    if (!this.isOpen) return;
    this.keepAliveMs = Number.POSITIVE_INFINITY;
    this.evenProbesMs = undefined;
    this.#outgoing.lanes.close();
    this.#phase = { kind: "lingering", untilMs: now + LINGER_PROBE_TIMEOUTS * this.probeTimeout };
    this.#tellEnd({ by: "superseded" });
  }

  /** Starts new keys; the opener's to do. */
  renew(now: number): void {
    this.#renewAt = now + RENEW_AFTER_MS;
    this.#renewAtPacket = this.#outgoing.packetsSent + RENEW_AFTER_PACKETS;
    if (this.isOpener && !this.#renewal.isRunning && this.isOpen) this.send(Lane.transport, this.#renewal.start());
  }

  #heard(generation: number, now: number): void {
    this.#confirmedAt = Math.min(this.#confirmedAt, now);
    this.#heardAt = now;
    this.#isUnansweredTold = false;
    this.#message3 = undefined;
    this.#outgoing.recovery.heard();
    if (generation > this.#keys.generation) this.#keys.switchSend();
    // Old keys open until the other side is known to have left them behind.
    if (generation < this.#keys.generation || !this.#keys.hasOld || this.#forgetKeysAt !== Number.POSITIVE_INFINITY)
      return;
    this.#forgetKeysAt = now + LINGER_PROBE_TIMEOUTS * this.probeTimeout;
  }

  #receiveFrames(payload: Uint8Array, number: number, from: Address, now: number): void {
    const frames = readFrames(payload);
    if (frames === "malformed") throw new PeerError(CloseCode.malformed, "malformed frame");
    if (frames === "unknownFrame") throw new PeerError(CloseCode.unknownFrame, "unknown frame");
    const isAckEliciting = frames.some(
      (frame) => frame.type !== "ack" && frame.type !== "challenge" && frame.type !== "response",
    );
    this.#acks.receive(number, isAckEliciting, now);
    for (const frame of frames) {
      this.#receiveFrame(frame, from, now);
      if (this.#phase.kind === "ended") return;
    }
    if (this.#stallCheckAt === Number.POSITIVE_INFINITY) this.#stallCheckAt = this.#receiveLanes.stallsAt;
  }

  #receiveFrame(frame: Frame, from: Address, now: number): void {
    switch (frame.type) {
      case "ack":
        return this.#receiveAck(frame, now);
      case "part":
        return this.#receivePart(frame, now);
      case "ping":
        return this.#acks.hasten(now);
      case "challenge":
        return this.#outgoing.oweResponse(from, frame.token);
      case "response":
        return this.#receiveResponse(frame.token, from, now);
      case "observedAddress":
        return this.#receiveObserved(frame.address);
      case "credit":
        return this.#outgoing.lanes.raise(frame.class, frame.limit);
      case "blocked":
        this.#credit[frame.class].block(frame.limit);
        return this.#outgoing.oweCredit(frame.class);
      case "close":
        return this.#finish({ by: "peer", code: frame.code, reason: frame.reason });
      default:
        frame satisfies never;
    }
  }

  #receiveAck(frame: Extract<Frame, { readonly type: "ack" }>, now: number): void {
    if (!this.#outgoing.canBeAcknowledged(frame.ranges)) {
      throw new PeerError(CloseCode.falseAcknowledgement, "acknowledgement of a packet never sent");
    }
    this.#outgoing.acknowledged(this.#outgoing.recovery.acknowledge(frame.ranges, frame.delayMs, now), now);
  }

  #receivePart(frame: Extract<Frame, { readonly type: "part" }>, now: number): void {
    const messages = this.#receiveLanes.receive(frame, now);
    if (messages === "overrun") throw new PeerError(CloseCode.creditOverrun, "more than was promised");
    if (messages === "malformed") throw new PeerError(CloseCode.malformed, "parts of different messages");
    for (const { lane, bytes } of messages) {
      const credit = creditClass(lane);
      const { smoothed } = this.#outgoing.roundTrip;
      if (this.#credit[credit].consume(messageCost(bytes.length), smoothed, now)) this.#outgoing.oweCredit(credit);
      if (lane === Lane.transport) this.#receiveRenewal(bytes, now);
      else this.#events.push({ kind: "messageReceived", session: this.id, lane, bytes });
    }
  }

  #receiveRenewal(message: Uint8Array, now: number): void {
    const { reply, keys, isPeerReady } = this.#renewal.receive(message, this.isOpener, now);
    if (reply !== undefined) this.send(Lane.transport, reply);
    if (keys === undefined) return;
    this.#keys.install(keys);
    this.#forgetKeysAt = Number.POSITIVE_INFINITY;
    if (!isPeerReady) return;
    this.#keys.switchSend();
    this.#outgoing.owePing();
  }

  #receiveObserved(address: Address): void {
    if (this.#observed !== undefined && isSameAddress(address, this.#observed)) return;
    this.#observed = address;
    this.#events.push({ kind: "addressObserved", session: this.id, address });
  }

  #receiveResponse(token: Uint8Array, from: Address, now: number): void {
    const before = this.#path.current;
    if (!this.#path.respond(token, from, this.probeTimeout, now)) return;
    const { current } = this.#path;
    if (current.host !== before.host) this.#outgoing.startAnew();
    this.#outgoing.oweObservedAddress(current);
    this.#events.push({ kind: "sessionMoved", session: this.id, address: current });
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
    this.#credit.control.close();
    this.#credit.data.close();
    if (end !== undefined) this.#tellEnd(end);
  }

  #tellEnd(end: SessionEnd): void {
    if (this.#isEndTold) return;
    this.#isEndTold = true;
    this.#events.push({ kind: "sessionEnded", session: this.id, end });
  }
}

/** What a session keeps of its start, in one piece of memory: each piece of its own would cost 100 bytes more. */
function packed(start: SessionStart): readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array] {
  const { remoteId, remoteKey, instance, resetToken, handshakeHash } = start;
  const all = concatBytes(remoteId, remoteKey, instance, resetToken, handshakeHash);
  let at = 0;
  const next = (part: Uint8Array): Uint8Array => all.subarray(at, (at += part.length));
  return [next(remoteId), next(remoteKey), next(instance), next(resetToken), next(handshakeHash)];
}
