// An endpoint: all sessions behind one socket, told what arrives and what time it is, asked what to send. Pure.
// PROTOCOL §7. Owns no clock, dice or socket; strangers' bytes are dropped here without a throw and without an answer.

import { ByteReader } from "#bytes";
import { type Dice, isUsablePublicKey } from "#crypto";
import {
  type Address,
  DatagramType,
  localSessionId,
  type LocalSessionId,
  readAddressed,
  readPacket,
  RESET_TOKEN_BYTES,
  SESSION_ID_BYTES,
  sessionIdBytes,
} from "#wire";

import { Admission } from "./admission.ts";
import { type Agreement, sessionOpened } from "./agreement.ts";
import { CreditBudget } from "./credit.ts";
import { Lane } from "./lanes.ts";
import {
  type Call,
  type EndpointOptions,
  type EndpointSizes,
  type PathView,
  type SessionView,
} from "./endpoint-options.ts";
import { observeDatagram, observeDrop, observeEvent } from "./observer.ts";
import { Openings } from "./openings.ts";
import { type Departure } from "./outgoing-message.ts";
import { type Datagram } from "./outgoing.ts";
import { Session } from "./session.ts";
import { type SiblingClaim, Siblings } from "./siblings.ts";
import { SmallAnswers } from "./small-answers.ts";
import { TimerQueue } from "./timer-queue.ts";
import { type TransportEvent } from "./transport-event.ts";

/** One socket's worth of sessions. `now` is monotonic ms throughout. */
export class Endpoint {
  readonly #options: EndpointOptions;
  readonly #dice: Dice;
  readonly #budget: CreditBudget;
  readonly #admission: Admission;
  readonly #sessions = new Map<LocalSessionId, Session>();
  readonly #siblings: Siblings;
  readonly #openings: Openings;
  readonly #smallAnswers = new SmallAnswers();
  readonly #timers = new TimerQueue<LocalSessionId>();
  readonly #ready = new Set<LocalSessionId>();
  readonly #events: TransportEvent[] = [];

  constructor(options: EndpointOptions, dice: Dice, now: number) {
    this.#options = options;
    this.#dice = dice;
    const instance = dice(8);
    this.#budget = new CreditBudget(options.creditBytes);
    this.#siblings = new Siblings(options.staticKey.publicKey);
    this.#openings = new Openings(options, instance, dice);
    const { staticKey, purposes, answersStrangers, mostHalfOpen, application } = options;
    const newSessionId = (): LocalSessionId => this.#newId();
    this.#admission = new Admission(
      { staticKey, instance, purposes, answersStrangers, mostHalfOpen, application, newSessionId },
      dice,
      now,
    );
  }

  /** When `wake` or `nextDatagram` has something to do although nothing arrived; −∞ for at once. */
  get deadline(): number {
    const isAnythingDue = this.#ready.size > 0 || this.#smallAnswers.length > 0 || this.#admission.waiting > 0;
    return isAnythingDue ? Number.NEGATIVE_INFINITY : this.#timers.next;
  }

  /** Sizes that must stay bounded, for checkers. */
  get sizes(): EndpointSizes {
    return {
      sessions: this.#sessions.size,
      halfOpen: this.#admission.size,
      openings: this.#openings.size,
      calls: this.#admission.waiting,
      creditLeft: this.#budget.left,
    };
  }

  /** Takes a datagram and keeps none of its bytes. */
  receive(datagram: Uint8Array, from: Address, now: number): void {
    // A Buffer's `slice` shares its memory, a plain array's copies; what is kept of strangers' bytes must be copied.
    const bytes =
      datagram.constructor === Uint8Array
        ? datagram
        : new Uint8Array(datagram.buffer, datagram.byteOffset, datagram.byteLength);
    observeDatagram(this.#options.observer, "datagramReceived", bytes, from);
    const type = bytes[0] ?? 0;
    if ((type & 0xfc) === DatagramType.packet) return this.#receivePacket(bytes, from, now);
    switch (type) {
      case DatagramType.message1:
        return this.#receiveMessage1(bytes, from, now);
      case DatagramType.message2:
        return this.#receiveMessage2(bytes, now);
      case DatagramType.message3:
        return this.#receiveMessage3(bytes, now);
      case DatagramType.cookie:
        return this.#receiveCookie(bytes, now);
      case DatagramType.versions:
        return this.#openings.receiveVersions(bytes);
      case DatagramType.reset:
        return this.#receiveReset(bytes);
      case DatagramType.probe:
        return this.#smallAnswers.receiveProbe(bytes, from, now);
      case DatagramType.probeAnswer:
        return this.#receiveProbeAnswer(bytes, from, now);
      default:
    }
  }

  /** Lets every session and call whose time has come act. */
  wake(now: number): void {
    for (let id = this.#timers.take(now); id !== undefined; id = this.#timers.take(now)) {
      const session = this.#sessions.get(id);
      if (session !== undefined) {
        session.wake(now);
        this.#touch(session);
        continue;
      }
      this.#ready.add(id);
      const failure = this.#openings.failure(id, now);
      if (failure === undefined) continue;
      this.#dropOpening(id);
      this.#events.push({ kind: "connectFailed", session: id, why: failure });
    }
  }

  /** The next datagram to send, sessions first; undefined when there is nothing more to send at `now`. */
  nextDatagram(now: number): Datagram | undefined {
    const datagram = this.#nextDatagram(now);
    if (datagram !== undefined) observeDatagram(this.#options.observer, "datagramSent", datagram.bytes, datagram.to);
    return datagram;
  }

  nextEvent(): TransportEvent | undefined {
    const event = this.#events.shift();
    if (event !== undefined) observeEvent(this.#options.observer, event);
    return event;
  }

  /** Starts to open a session; ends in `sessionOpened` or `connectFailed` with the id given back. An expected key that
   * cannot be one fails as silence does, as tables of keys are written by others. */
  connect(call: Call, now: number): LocalSessionId {
    const id = this.#newId();
    const { purpose, expectedKey, replaces } = call;
    if (expectedKey !== undefined && !isUsablePublicKey(expectedKey)) {
      this.#events.push({ kind: "connectFailed", session: id, why: { kind: "silence" } });
      return id;
    }
    const claim = (remoteKey: Uint8Array, instance: Uint8Array): SiblingClaim => {
      const named = replaces === undefined ? undefined : this.#sessions.get(replaces);
      return this.#siblings.claim(remoteKey, instance, purpose, named?.remoteId);
    };
    this.#openings.begin(id, call, claim, now);
    this.#timers.set(id, now);
    return id;
  }

  /** Queues a message of 1 byte to LONGEST_MESSAGE (LONGEST_CONTROL_MESSAGE on lanes of that credit) and owns its bytes;
   * `onLeft` is told of each part as it leaves. False if the session is not open; RangeError for another length or lane. */
  send(id: LocalSessionId, lane: number, bytes: Uint8Array, onLeft?: Departure): boolean {
    if (lane === Lane.transport) throw new RangeError("the transport's own lane");
    const session = this.#sessions.get(id);
    if (session === undefined || !session.isOpen) return false;
    session.send(lane, bytes, onLeft);
    this.#touch(session);
    return true;
  }

  /** What is known of a session; undefined once it has ended. */
  view(id: LocalSessionId): SessionView | undefined {
    const session = this.#sessions.get(id);
    return session?.isOpen === true ? session.view : undefined;
  }

  /** How the path of a session has been so far; undefined once it has ended. */
  path(id: LocalSessionId): PathView | undefined {
    const session = this.#sessions.get(id);
    return session?.isOpen === true ? session.path : undefined;
  }

  /** Pings after so many ms without a word; +∞ to stop. */
  keepAlive(id: LocalSessionId, everyMs: number): void {
    this.#change(id, (session) => {
      session.keepAliveMs = everyMs;
    });
  }

  /** While a verdict is pending, probes so many ms apart without back-off; undefined to stop. */
  probeEvenly(id: LocalSessionId, everyMs: number | undefined): void {
    this.#change(id, (session) => {
      session.evenProbesMs = everyMs;
    });
  }

  ping(id: LocalSessionId): void {
    this.#change(id, (session) => session.ping());
  }

  renew(id: LocalSessionId, now: number): void {
    this.#change(id, (session) => session.renew(now));
  }

  /** Ends a session and says so; the datagrams leave with the next `nextDatagram`. */
  close(id: LocalSessionId, code: number, reason: string): void {
    this.#change(id, (session) => session.close(code, reason));
  }

  /** Ends a session, or gives up a call, without a word. */
  abandon(id: LocalSessionId): void {
    this.#dropOpening(id);
    this.#change(id, (session) => session.abandon());
  }

  /** Tells an address that a session of ours is forgotten (PROTOCOL §3.8). */
  sendReset(to: Address, remoteId: Uint8Array, token: Uint8Array): void {
    this.#smallAnswers.sendReset(to, remoteId, token);
  }

  /** Asks whether somebody who was given the token is at an address; `probeAnswered` may follow. */
  sendProbe(to: Address, token: Uint8Array): void {
    this.#smallAnswers.sendProbe(to, token);
  }

  /** Makes a token known: probes with it are answered, and answers to it reported, until then. */
  expectProbe(token: Uint8Array, untilMs: number): void {
    this.#smallAnswers.expectProbe(token, untilMs);
  }

  #nextDatagram(now: number): Datagram | undefined {
    for (const id of this.#ready) {
      const datagram = this.#nextOf(id, now);
      if (datagram === undefined) continue;
      // In turns, so that what one session has much of does not hold up the others.
      this.#ready.delete(id);
      this.#ready.add(id);
      return datagram;
    }
    return this.#smallAnswers.next() ?? this.#admission.nextAnswer(now);
  }

  #receivePacket(bytes: Uint8Array, from: Address, now: number): void {
    const packet = readPacket(bytes);
    const session = packet && this.#sessions.get(packet.sessionId);
    if (packet === undefined || session === undefined)
      return observeDrop(this.#options.observer, "unknownSession", bytes, from);
    if (session.receive(packet, from, bytes.length, now)) this.#touch(session);
    else observeDrop(this.#options.observer, "unusable", bytes, from);
  }

  #receiveMessage1(bytes: Uint8Array, from: Address, now: number): void {
    if (this.#sessions.size < this.#options.mostSessions) this.#admission.receiveMessage1(bytes, from, now);
  }

  /** Wherever the answer came from, the session begins where the call went: another address has to prove itself. */
  #receiveMessage2(bytes: Uint8Array, now: number): void {
    const answered = this.#openings.receiveMessage2(bytes, now);
    if (answered === undefined) return;
    const { agreement, startedAt } = answered;
    const { start, purpose } = agreement;
    this.#dropOpening(start.id);
    const sibling = this.#siblings.openWith(start.remoteKey, start.instance, purpose);
    this.#events.push(sessionOpened(agreement));
    if (sibling?.isOpener === true && sibling.openedAt >= startedAt) {
      // Several calls to one endpoint, and another was quicker: message 3 never leaves, so the other side has no session.
      this.#events.push({ kind: "sessionEnded", session: start.id, end: { by: "superseded" } });
      return;
    }
    this.#open(agreement, now);
  }

  #receiveMessage3(bytes: Uint8Array, now: number): void {
    const agreement = this.#admission.receiveMessage3(bytes, now);
    if (agreement === undefined || !this.#isWelcome(agreement)) return;
    const { replaces } = agreement.claim;
    if (replaces !== undefined) this.#admission.forget(replaces);
    this.#events.push(sessionOpened(agreement));
    this.#open(agreement, now);
  }

  #isWelcome({ start, purpose, application }: Agreement): boolean {
    if (this.#sessions.size >= this.#options.mostSessions) return false;
    const { remoteKey: key, address } = start;
    return this.#options.accepts({ opener: "them", purpose, key, application, address });
  }

  #open({ start, purpose, claim }: Agreement, now: number): void {
    const { observer } = this.#options;
    const session = new Session(start, this.#options, this.#budget, this.#dice, this.#events, now);
    this.#sessions.set(session.id, session);
    this.#observe(session, start);
    const superseded = this.#siblings.add(session, purpose, claim, now);
    if (superseded !== undefined) {
      observer?.note?.({ kind: "sessionSuperseded", ownId: sessionIdBytes(superseded.loser.id), why: superseded.why });
      this.#touch(superseded.loser);
    }
    this.#touch(session);
  }

  #observe(session: Session, { isOpener, address }: Agreement["start"]): void {
    const { observer } = this.#options;
    if (observer === undefined) return;
    session.observe(observer);
    const ids = { ownId: sessionIdBytes(session.id), remoteId: session.remoteId };
    observer.note?.({ kind: "sessionOpened", ...ids, opener: isOpener ? "us" : "them", address });
  }

  #receiveCookie(bytes: Uint8Array, now: number): void {
    const opening = this.#openings.receiveCookie(bytes, now);
    if (opening !== undefined) this.#timers.set(opening.options.id, opening.deadline);
  }

  #receiveReset(bytes: Uint8Array): void {
    const reset = readAddressed(bytes, RESET_TOKEN_BYTES, RESET_TOKEN_BYTES);
    const id = reset && localSessionId(reset.sessionId);
    const session = id === undefined ? undefined : this.#sessions.get(id);
    if (reset !== undefined && session?.reset(reset.body) === true) this.#touch(session);
  }

  #receiveProbeAnswer(bytes: Uint8Array, from: Address, now: number): void {
    const token = this.#smallAnswers.receiveProbeAnswer(bytes, now);
    if (token !== undefined) this.#events.push({ kind: "probeAnswered", token, from });
  }

  #nextOf(id: LocalSessionId, now: number): Datagram | undefined {
    const session = this.#sessions.get(id);
    const sender = session ?? this.#openings.withId(id);
    const datagram = sender?.nextDatagram(now);
    if (datagram !== undefined) return datagram;
    this.#ready.delete(id);
    if (session?.hasEnded === true) this.#forget(session);
    else if (sender !== undefined) this.#timers.set(id, sender.deadline);
    return undefined;
  }

  #change(id: LocalSessionId, change: (session: Session) => void): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    change(session);
    this.#touch(session);
  }

  /** Something about a session changed: it may have something to send, and its deadline may be another. */
  #touch(session: Session): void {
    this.#ready.add(session.id);
  }

  #forget(session: Session): void {
    this.#sessions.delete(session.id);
    this.#siblings.remove(session);
    this.#timers.set(session.id, Number.POSITIVE_INFINITY);
  }

  #dropOpening(id: LocalSessionId): void {
    if (!this.#openings.remove(id)) return;
    this.#timers.set(id, Number.POSITIVE_INFINITY);
    this.#ready.delete(id);
  }

  #newId(): LocalSessionId {
    for (;;) {
      const id = new ByteReader(this.#dice(SESSION_ID_BYTES)).u32();
      if (!this.#sessions.has(id) && this.#openings.withId(id) === undefined && !this.#admission.has(id)) return id;
    }
  }
}
