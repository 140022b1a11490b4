// An endpoint: all sessions behind one socket, told what arrives and what time it is, asked what to send. Pure.
// PROTOCOL §7. Owns no clock, dice or socket; strangers' bytes are dropped here without a throw and without an answer.

import { ByteReader, equalBytes } from "#bytes";
import { type Dice, isUsablePublicKey } from "#crypto";
import {
  type Address,
  COOKIE_BYTES,
  DatagramType,
  hasMessage1Length,
  localSessionId,
  type LocalSessionId,
  readAddressed,
  readHandshakeMessage,
  readPacket,
  readProbe,
  RESET_TOKEN_BYTES,
  SESSION_ID_BYTES,
  writeAddressed,
  writeProbe,
} from "#wire";

import { Admission, type Admitted } from "./admission.ts";
import { CallQueue } from "./call-queue.ts";
import { type Purpose } from "./constants.ts";
import { CreditBudget } from "./credit.ts";
import { Lane } from "./lanes.ts";
import { type Call, type EndpointOptions, type SessionView } from "./endpoint-options.ts";
import { Opening, type OpeningOptions } from "./opening.ts";
import { type Datagram } from "./outgoing.ts";
import { ProbeTokens } from "./probe-tokens.ts";
import { Session } from "./session.ts";
import { type SessionStart } from "./session-start.ts";
import { type SiblingClaim, Siblings } from "./siblings.ts";
import { TimerQueue } from "./timer-queue.ts";
import { type TransportEvent } from "./transport-event.ts";

/** Small answers that wait for the socket; more are dropped. */
const MOST_ANSWERS = 256;

/** One socket's worth of sessions. `now` is monotonic ms throughout. */
export class Endpoint {
  readonly #options: EndpointOptions;
  readonly #dice: Dice;
  readonly #instance: Uint8Array;
  readonly #budget: CreditBudget;
  readonly #admission: Admission;
  readonly #sessions = new Map<LocalSessionId, Session>();
  readonly #siblings: Siblings;
  readonly #openings = new Map<LocalSessionId, Opening>();
  readonly #timers = new TimerQueue<LocalSessionId>();
  readonly #ready = new Set<LocalSessionId>();
  readonly #events: TransportEvent[] = [];
  readonly #calls = new CallQueue();
  readonly #answers: Datagram[] = [];
  readonly #probeTokens = new ProbeTokens();

  constructor(options: EndpointOptions, dice: Dice, now: number) {
    this.#options = options;
    this.#dice = dice;
    this.#instance = dice(8);
    this.#budget = new CreditBudget(options.creditBytes);
    this.#siblings = new Siblings(options.staticKey.publicKey);
    const { staticKey, purposes, answersStrangers, mostHalfOpen, application } = options;
    const instance = this.#instance;
    const newSessionId = (): LocalSessionId => this.#newId();
    this.#admission = new Admission(
      { staticKey, instance, purposes, answersStrangers, mostHalfOpen, application, newSessionId },
      dice,
      now,
    );
  }

  /** When `wake` or `nextDatagram` has something to do although nothing arrived; −∞ for at once. */
  get deadline(): number {
    if (this.#ready.size > 0 || this.#answers.length > 0 || this.#calls.length > 0) return Number.NEGATIVE_INFINITY;
    return this.#timers.next;
  }

  /** Sizes that must stay bounded, for checkers. */
  get sizes(): {
    readonly sessions: number;
    readonly halfOpen: number;
    readonly openings: number;
    readonly calls: number;
    readonly creditLeft: number;
  } {
    return {
      sessions: this.#sessions.size,
      halfOpen: this.#admission.size,
      openings: this.#openings.size,
      calls: this.#calls.length,
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
    const type = bytes[0] ?? 0;
    if ((type & 0xfc) === DatagramType.packet) return this.#receivePacket(bytes, from, now);
    switch (type) {
      case DatagramType.message1:
        return this.#receiveCall(bytes, from);
      case DatagramType.message2:
        return this.#receiveMessage2(bytes, now);
      case DatagramType.message3:
        return this.#receiveMessage3(bytes, now);
      case DatagramType.cookie:
        this.#openingOf(bytes, COOKIE_BYTES, COOKIE_BYTES, (opening, body) => opening.receiveCookie(body, now));
        return;
      case DatagramType.versions:
        this.#openingOf(bytes, 1, 16, (opening, body) => opening.receiveVersions([...body]));
        return;
      case DatagramType.reset:
        return this.#receiveReset(bytes);
      case DatagramType.probe:
        return this.#receiveProbe(bytes, from, now);
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
      const opening = this.#openings.get(id);
      const failure = opening?.failure(now);
      if (failure === undefined) continue;
      this.#dropOpening(id);
      this.#events.push({ kind: "connectFailed", session: id, why: failure });
    }
  }

  /** The next datagram to send, sessions first; undefined when there is nothing more to send at `now`. */
  nextDatagram(now: number): Datagram | undefined {
    for (const id of this.#ready) {
      const datagram = this.#nextOf(id, now);
      if (datagram !== undefined) return datagram;
    }
    return this.#answers.shift() ?? this.#answerCall(now);
  }

  nextEvent(): TransportEvent | undefined {
    return this.#events.shift();
  }

  /** Starts to open a session; ends in `sessionOpened` or `connectFailed` with the id given back. An expected key that
   * cannot be one fails as silence does, as tables of keys are written by others. */
  connect(call: Call, now: number): LocalSessionId {
    const id = this.#newId();
    const { to, purpose, expectedKey } = call;
    if (expectedKey !== undefined && !isUsablePublicKey(expectedKey)) {
      this.#events.push({ kind: "connectFailed", session: id, why: { kind: "silence" } });
      return id;
    }
    const options: OpeningOptions = {
      id,
      to,
      purpose,
      staticKey: this.#options.staticKey,
      responderKey: expectedKey,
      expectsKey: expectedKey !== undefined,
      untilMs: now + call.forMs,
      instance: this.#instance,
      application: this.#options.application(purpose),
      claim: (remoteKey, instance) => {
        const named = call.replaces === undefined ? undefined : this.#sessions.get(call.replaces);
        return this.#siblings.claim(remoteKey, instance, purpose, named?.remoteId);
      },
      accepts: (key: Uint8Array, application: Uint8Array): boolean =>
        this.#options.accepts({ opener: "us", purpose, key, application, address: to }),
    };
    this.#openings.set(id, new Opening(options, this.#dice, now));
    this.#timers.set(id, now);
    return id;
  }

  /** Queues a message of 1 byte to LONGEST_MESSAGE (LONGEST_CONTROL_MESSAGE on lanes of that credit) and owns its bytes.
   * False if the session is not open; RangeError for another length or lane. */
  send(id: LocalSessionId, lane: number, bytes: Uint8Array): boolean {
    if (lane === Lane.transport) throw new RangeError("the transport's own lane");
    const session = this.#sessions.get(id);
    if (session === undefined || !session.isOpen) return false;
    session.send(lane, bytes);
    this.#touch(session);
    return true;
  }

  /** What is known of a session; undefined once it has ended. */
  view(id: LocalSessionId): SessionView | undefined {
    const session = this.#sessions.get(id);
    if (session === undefined || !session.isOpen) return undefined;
    return {
      address: session.address,
      heardAt: session.heardAt,
      answeredAt: session.answeredAt,
      probeTimeoutMs: session.probeTimeout,
      queuedBytes: session.queuedBytes,
    };
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
    this.#answer({ to, bytes: writeAddressed(DatagramType.reset, remoteId, token) });
  }

  /** Asks whether somebody who was given the token is at an address; `probeAnswered` may follow. */
  sendProbe(to: Address, token: Uint8Array): void {
    this.#answer({ to, bytes: writeProbe(DatagramType.probe, token) });
  }

  /** Makes a token known: probes with it are answered, and answers to it reported, until then. */
  expectProbe(token: Uint8Array, untilMs: number): void {
    this.#probeTokens.expect(token, untilMs);
  }

  #receivePacket(bytes: Uint8Array, from: Address, now: number): void {
    const packet = readPacket(bytes);
    const session = packet && this.#sessions.get(packet.sessionId);
    if (packet === undefined || session === undefined) return;
    if (session.receive(packet, from, bytes.length, now)) this.#touch(session);
  }

  #receiveCall(bytes: Uint8Array, from: Address): void {
    if (!hasMessage1Length(bytes) || this.#calls.isFull) return;
    if (this.#sessions.size >= this.#options.mostSessions || !this.#admission.isCall(bytes)) return;
    this.#calls.add(bytes, from);
  }

  /** Wherever the answer came from, the session begins where the call went: another address has to prove itself. */
  #receiveMessage2(bytes: Uint8Array, now: number): void {
    const message = readHandshakeMessage(bytes);
    const id = message && localSessionId(message.sessionId);
    const opening = id === undefined ? undefined : this.#openings.get(id);
    if (message === undefined || id === undefined || opening === undefined) return;
    const opened = opening.receive(message.body, now);
    if (opened === undefined) return;
    this.#dropOpening(id);
    const { purpose } = opening.options;
    const sibling = this.#siblings.openWith(opened.start.remoteKey, opened.start.instance, purpose);
    this.#tellOpened(opened.start, purpose, opened.application);
    if (sibling?.isOpener === true && sibling.openedAt >= opening.startedAt) {
      // Several calls to one endpoint, and another was quicker: message 3 never leaves, so the other side has no session.
      this.#events.push({ kind: "sessionEnded", session: id, end: { by: "superseded" } });
      return;
    }
    this.#open(opened.start, purpose, opened.claim, now);
  }

  #receiveMessage3(bytes: Uint8Array, now: number): void {
    const message = readHandshakeMessage(bytes);
    const id = message && localSessionId(message.sessionId);
    if (message === undefined || id === undefined) return;
    const admitted = this.#admission.receiveMessage3(id, message.body, now);
    if (admitted === undefined || !this.#isWelcome(admitted)) return;
    const { start, purpose, application, claim } = admitted;
    const replaced = claim.replaces && localSessionId(claim.replaces);
    if (replaced !== undefined) this.#admission.forget(replaced);
    this.#tellOpened(start, purpose, application);
    this.#open(start, purpose, claim, now);
  }

  #isWelcome({ start, purpose, application }: Admitted): boolean {
    if (this.#sessions.size >= this.#options.mostSessions) return false;
    return this.#options.accepts({
      opener: "them",
      purpose,
      key: start.remoteKey,
      application,
      address: start.address,
    });
  }

  #tellOpened(start: SessionStart, purpose: Purpose, application: Uint8Array): void {
    const { id, isOpener, remoteKey, remoteId, instance, resetToken, handshakeHash, address } = start;
    this.#events.push({
      kind: "sessionOpened",
      session: id,
      purpose,
      opener: isOpener ? "us" : "them",
      remoteKey,
      instance,
      application,
      address,
      remoteId,
      resetToken,
      handshakeHash,
    });
  }

  #open(start: SessionStart, purpose: Purpose, claim: SiblingClaim, now: number): void {
    const session = new Session(start, this.#budget, this.#dice, this.#events, now);
    this.#sessions.set(session.id, session);
    const superseded = this.#siblings.add(session, purpose, claim, now);
    if (superseded !== undefined) this.#touch(superseded);
    this.#touch(session);
  }

  #receiveReset(bytes: Uint8Array): void {
    const reset = readAddressed(bytes, RESET_TOKEN_BYTES, RESET_TOKEN_BYTES);
    const id = reset && localSessionId(reset.sessionId);
    const session = id === undefined ? undefined : this.#sessions.get(id);
    if (
      reset === undefined ||
      session === undefined ||
      !session.isOpener ||
      !equalBytes(session.resetToken, reset.body)
    )
      return;
    session.reset();
    this.#touch(session);
  }

  #receiveProbe(bytes: Uint8Array, from: Address, now: number): void {
    const token = readProbe(bytes);
    if (token !== undefined && this.#probeTokens.isExpected(token, now))
      this.#answer({ to: from, bytes: writeProbe(DatagramType.probeAnswer, token) });
  }

  #receiveProbeAnswer(bytes: Uint8Array, from: Address, now: number): void {
    const token = readProbe(bytes);
    if (token !== undefined && this.#probeTokens.isExpected(token, now))
      this.#events.push({ kind: "probeAnswered", token: token.slice(), from });
  }

  #openingOf(
    bytes: Uint8Array,
    shortest: number,
    longest: number,
    act: (opening: Opening, body: Uint8Array) => void,
  ): void {
    const addressed = readAddressed(bytes, shortest, longest);
    const id = addressed && localSessionId(addressed.sessionId);
    const opening = id === undefined ? undefined : this.#openings.get(id);
    if (addressed === undefined || id === undefined || opening === undefined) return;
    act(opening, addressed.body);
    this.#timers.set(id, opening.deadline);
  }

  #answer(datagram: Datagram): void {
    if (this.#answers.length < MOST_ANSWERS) this.#answers.push(datagram);
  }

  #answerCall(now: number): Datagram | undefined {
    for (let call = this.#calls.take(now); call !== undefined; call = this.#calls.take(now)) {
      const answer = this.#admission.receiveMessage1(call.bytes, call.from, now);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }

  #nextOf(id: LocalSessionId, now: number): Datagram | undefined {
    const session = this.#sessions.get(id);
    const sender = session ?? this.#openings.get(id);
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
    if (!this.#openings.delete(id)) return;
    this.#timers.set(id, Number.POSITIVE_INFINITY);
    this.#ready.delete(id);
  }

  #newId(): LocalSessionId {
    for (;;) {
      const id = new ByteReader(this.#dice(SESSION_ID_BYTES)).u32();
      if (!this.#sessions.has(id) && !this.#openings.has(id) && !this.#admission.has(id)) return id;
    }
  }
}
