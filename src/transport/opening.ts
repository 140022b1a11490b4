// A session on its way: the caller's side of a handshake, from the first datagram to the third message. Pure.
// PROTOCOL §3.2, §3.6. What strangers answer costs nothing but the look at it; who is not accepted gets no answer.

import { type Dice, type KeyPair, NoiseHandshake } from "#crypto";
import {
  type Address,
  COOKIE_BYTES,
  DatagramType,
  type HandshakePayload,
  type LocalSessionId,
  readHandshakePayload,
  sessionIdBytes,
  writeHandshakeMessage,
  writeHandshakePayload,
  writeMessage1,
} from "#wire";

import { type Agreement } from "./agreement.ts";
import { HANDSHAKE_REPEAT_MS, HANDSHAKE_TIMES_MS, type Purpose, SUITE, VERSIONS } from "./constants.ts";
import { Mac1 } from "./mac1.ts";
import { type Datagram } from "./outgoing.ts";
import { prologue } from "./prologue.ts";
import { type SessionStart } from "./session-start.ts";
import { type SiblingClaim } from "./siblings.ts";
import { type ConnectFailure } from "./transport-event.ts";

const nothing = new Uint8Array(0);

export interface OpeningOptions {
  readonly id: LocalSessionId;
  readonly to: Address;
  readonly purpose: Purpose;
  readonly staticKey: KeyPair;
  /** The key `mac1` is made with; undefined where it is not known. */
  readonly responderKey: Uint8Array | undefined;
  /** Whether an answer by any other key than `responderKey` counts as no answer. */
  readonly expectsKey: boolean;
  /** Monotonic ms after which the call has failed. */
  readonly untilMs: number;
  readonly instance: Uint8Array;
  readonly application: Uint8Array;
  /** What the new session is to the one that is open between the two, once it is known who answered. */
  readonly claim: (remoteKey: Uint8Array, instance: Uint8Array) => SiblingClaim;
  readonly accepts: (remoteKey: Uint8Array, application: Uint8Array) => boolean;
}

/** One call. Times in monotonic ms. */
export class Opening {
  readonly options: OpeningOptions;
  readonly startedAt: number;
  readonly #dice: Dice;
  readonly #mac1: Mac1;
  readonly #handshake: NoiseHandshake;
  readonly #noise: Uint8Array;
  #cookie = new Uint8Array(COOKIE_BYTES);
  #tries = 0;
  #dueAt: number;
  #sentAt: number;
  #failure: ConnectFailure = { kind: "silence" };

  constructor(options: OpeningOptions, dice: Dice, now: number) {
    this.options = options;
    this.#dice = dice;
    this.#mac1 = new Mac1(options.responderKey);
    this.startedAt = now;
    this.#dueAt = now;
    this.#sentAt = now;
    this.#handshake = this.#begin();
    this.#noise = this.#writeMessage1();
  }

  get deadline(): number {
    return Math.min(this.#dueAt, this.options.untilMs);
  }

  /** Why the call has failed, once its time is over. */
  failure(now: number): ConnectFailure | undefined {
    return now >= this.options.untilMs ? this.#failure : undefined;
  }

  /** Message 1, when it is due. */
  nextDatagram(now: number): Datagram | undefined {
    if (now < this.#dueAt) return undefined;
    this.#tries++;
    // The next time still to come: after a standstill one message leaves, not all that were missed.
    const scheduled = HANDSHAKE_TIMES_MS.find((time) => this.startedAt + time > now);
    this.#dueAt = scheduled === undefined ? now + HANDSHAKE_REPEAT_MS : this.startedAt + scheduled;
    this.#sentAt = now;
    const { id, to, purpose } = this.options;
    const message = {
      version: VERSIONS[0] ?? 0,
      suite: SUITE,
      purpose,
      initiatorId: sessionIdBytes(id),
      cookie: this.#cookie,
      noise: this.#noise,
    };
    return { to, bytes: writeMessage1(message, (covered) => this.#mac1.over(covered)) };
  }

  /** The responder is busy and wants its cookie back with the same message. */
  receiveCookie(cookie: Uint8Array, now: number): void {
    this.#cookie = cookie.slice();
    // Once for a cookie: a stranger who sends many of them cannot make us send more than our schedule does.
    if (this.#tries === 1) this.#dueAt = now;
  }

  /** Somebody says that it speaks other versions: believed only if nothing better comes. */
  receiveVersions(theirs: readonly number[]): void {
    if (this.#failure.kind === "silence") this.#failure = { kind: "versions", theirs };
  }

  /** Takes message 2. Undefined for what is forged, and for an answer that is not accepted. */
  receive(noise: Uint8Array, now: number): Agreement | undefined {
    const bytes = this.#handshake.readMessage(noise);
    if (bytes === undefined) return undefined;
    const { remoteStatic } = this.#handshake;
    const payload = readHandshakePayload(bytes);
    if (remoteStatic === undefined || !isComplete(payload)) return this.#reject({ kind: "silence" });
    if (!hasSameVersions(payload.versions)) return this.#reject({ kind: "versions", theirs: [...payload.versions] });
    const application = payload.application?.slice() ?? nothing;
    if (!this.options.accepts(remoteStatic, application))
      return this.#reject({ kind: "rejected", remoteKey: remoteStatic, application });
    const claim = this.options.claim(remoteStatic, payload.instance);
    return {
      start: this.#finish(payload, remoteStatic, claim, now),
      purpose: this.options.purpose,
      application,
      claim,
    };
  }

  #finish(
    payload: CompletePayload,
    remoteKey: Uint8Array,
    { replaces, beside }: SiblingClaim,
    now: number,
  ): SessionStart {
    const { id, to, staticKey, instance, application } = this.options;
    const answer = writeHandshakePayload({
      versions: Uint8Array.from(VERSIONS),
      instance,
      application,
      ...(replaces && { replaces }),
      ...(beside && { beside }),
    });
    const noise = this.#handshake.writeMessage(answer);
    return {
      id,
      remoteId: payload.sessionId.slice(),
      isOpener: true,
      keys: this.#handshake.split(),
      staticKey,
      remoteKey,
      instance: payload.instance.slice(),
      resetToken: payload.resetToken.slice(),
      handshakeHash: this.#handshake.handshakeHash,
      address: to,
      // After two tries nobody can say which one was answered (Karn).
      roundTripMs: this.#tries === 1 ? now - this.#sentAt : undefined,
      message3: writeHandshakeMessage(DatagramType.message3, payload.sessionId, noise),
    };
  }

  /** Whoever answered may be a stranger who was quicker: the true answer to the same message 1 is still waited for. */
  #reject(failure: ConnectFailure): undefined {
    if (failure.kind !== "silence") this.#failure = failure;
    this.#handshake.unread();
    return undefined;
  }

  #begin(): NoiseHandshake {
    const { id, purpose, staticKey, responderKey, expectsKey } = this.options;
    return new NoiseHandshake({
      pattern: "XX",
      initiator: true,
      prologue: prologue(purpose, sessionIdBytes(id)),
      staticKey,
      ephemeralSecret: this.#dice(32),
      remoteStatic: expectsKey ? responderKey : undefined,
    });
  }

  #writeMessage1(): Uint8Array {
    return this.#handshake.writeMessage(writeHandshakePayload({ versions: Uint8Array.from(VERSIONS) }));
  }
}

type CompletePayload = HandshakePayload &
  Required<Pick<HandshakePayload, "versions" | "sessionId" | "instance" | "resetToken">>;

function isComplete(payload: HandshakePayload | undefined): payload is CompletePayload {
  return (
    payload?.versions !== undefined &&
    payload.sessionId !== undefined &&
    payload.instance !== undefined &&
    payload.resetToken !== undefined
  );
}

/** Whether the version in use is the best that both sides speak: otherwise somebody in between chose it (PROTOCOL §3.5). */
export function hasSameVersions(theirs: Uint8Array): boolean {
  const best = VERSIONS.find((version) => theirs.includes(version));
  return best !== undefined && best === VERSIONS[0];
}
