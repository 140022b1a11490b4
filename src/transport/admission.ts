// Strangers at the door: the responder's side of a handshake, up to the third message. Pure. PROTOCOL §3.3, §3.7.
// Nothing is remembered, and no key agreed, before a caller under load has shown that it receives at its address; no
// answer is longer than the question.

import { toHex } from "#bytes";
import { type Dice, type KeyPair, NoiseHandshake } from "#crypto";
import {
  type Address,
  addressKey,
  DatagramType,
  type HandshakePayload,
  type LocalSessionId,
  type Message1,
  networkOf,
  readHandshakePayload,
  readMessage1,
  readMessage1Head,
  RESET_TOKEN_BYTES,
  sessionIdBytes,
  writeAddressed,
  writeHandshakeMessage,
  writeHandshakePayload,
} from "#wire";

import { HALF_OPEN_MS, type Purpose, SUITE, VERSIONS } from "./constants.ts";
import { CookieJar } from "./cookie-jar.ts";
import { Mac1 } from "./mac1.ts";
import { hasSameVersions } from "./opening.ts";
import { type Datagram } from "./outgoing.ts";
import { prologue } from "./prologue.ts";
import { type SessionStart } from "./session-start.ts";
import { type SiblingClaim } from "./siblings.ts";
import { TokenBucket, TokenBuckets } from "./token-bucket.ts";

/** Handshakes a second that take about 30 % of one core's time (0.6 ms each); beyond it a cookie is asked for. */
const BUSY_HANDSHAKES_PER_SECOND = 500;
/** What one network may cost once its cookie proved it, handshakes a second and burst. */
const NETWORK_PER_SECOND = 500;
const NETWORK_BURST = 1000;
const MOST_NETWORKS = 4096;
const NOISE_E_BYTES = 32;

export interface AdmissionOptions {
  readonly staticKey: KeyPair;
  readonly instance: Uint8Array;
  readonly purposes: readonly Purpose[];
  /** Whether callers that do not know our key are answered: servers yes, clients no. */
  readonly answersStrangers: boolean;
  /** Half-open handshakes remembered. */
  readonly mostHalfOpen: number;
  readonly application: (purpose: Purpose) => Uint8Array;
  readonly newSessionId: () => LocalSessionId;
}

interface HalfOpen {
  readonly key: string;
  readonly id: LocalSessionId;
  readonly purpose: Purpose;
  readonly from: Address;
  readonly initiatorId: Uint8Array;
  readonly handshake: NoiseHandshake;
  readonly message2: Uint8Array;
  readonly resetToken: Uint8Array;
  readonly createdAt: number;
  isRepeated: boolean;
}

/** A caller whose third message was authentic. */
export interface Admitted {
  readonly start: SessionStart;
  readonly purpose: Purpose;
  readonly application: Uint8Array;
  readonly claim: SiblingClaim;
}

/** The table of half-open handshakes and all that guards it. Times in monotonic ms. */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #dice: Dice;
  readonly #ownMac1: Mac1;
  readonly #strangerMac1 = new Mac1(undefined);
  readonly #cookies: CookieJar;
  readonly #busy: TokenBucket;
  readonly #networks = new TokenBuckets<string>(NETWORK_PER_SECOND, NETWORK_BURST, MOST_NETWORKS);
  /** In the order of their making, so that the oldest are first. */
  readonly #byCaller = new Map<string, HalfOpen>();
  readonly #byId = new Map<LocalSessionId, HalfOpen>();

  constructor(options: AdmissionOptions, dice: Dice, now: number) {
    this.#options = options;
    this.#dice = dice;
    this.#ownMac1 = new Mac1(options.staticKey.publicKey);
    this.#cookies = new CookieJar(dice, now);
    this.#busy = new TokenBucket(BUSY_HANDSHAKES_PER_SECOND, BUSY_HANDSHAKES_PER_SECOND, now);
  }

  /** Half-open handshakes remembered. */
  get size(): number {
    return this.#byCaller.size;
  }

  /** Whether an id is taken by a half-open handshake. */
  has(id: LocalSessionId): boolean {
    return this.#byId.has(id);
  }

  /** Whether a datagram is worth queueing: cheap, before anything else is done with it. */
  isCall(datagram: Uint8Array): boolean {
    return this.#ownMac1.isOn(datagram) || (this.#options.answersStrangers && this.#strangerMac1.isOn(datagram));
  }

  /** Answers message 1: message 2, a cookie, our versions, or nothing. */
  receiveMessage1(datagram: Uint8Array, from: Address, now: number): Datagram | undefined {
    const head = readMessage1Head(datagram);
    if (head === undefined) return undefined;
    if (!VERSIONS.includes(head.version) || head.suite !== SUITE) {
      return { to: from, bytes: writeAddressed(DatagramType.versions, head.initiatorId, Uint8Array.from(VERSIONS)) };
    }
    const message = readMessage1(datagram);
    const purpose = this.#options.purposes.find((known) => known === head.purpose);
    if (message === undefined || purpose === undefined || message.noise.length < NOISE_E_BYTES) return undefined;
    this.#dropOld(now);
    const key = `${addressKey(from)}|${toHex(message.initiatorId)}|${toHex(message.noise.subarray(0, NOISE_E_BYTES))}`;
    const known = this.#byCaller.get(key);
    if (known !== undefined) {
      known.isRepeated = true;
      return { to: from, bytes: known.message2 };
    }
    if (this.#isUnderLoad(now)) {
      if (!this.#cookies.isValid(message, from, now)) return this.#cookie(message, from, now);
      if (!this.#networks.take(networkOf(from), 1, now)) return undefined;
    }
    if (this.#byCaller.size >= this.#options.mostHalfOpen) return undefined;
    return this.#begin(key, message, purpose, from, now);
  }

  /** Forgets a half-open handshake: its caller has a newer session already. */
  forget(id: LocalSessionId): void {
    const entry = this.#byId.get(id);
    if (entry !== undefined) this.#drop(entry);
  }

  /** Takes message 3 for a half-open handshake; undefined for forgeries, which change nothing. */
  receiveMessage3(id: LocalSessionId, noise: Uint8Array, now: number): Admitted | undefined {
    this.#dropOld(now);
    const entry = this.#byId.get(id);
    const bytes = entry?.handshake.readMessage(noise);
    if (entry === undefined || bytes === undefined) return undefined;
    this.#drop(entry);
    const payload = readHandshakePayload(bytes);
    const { remoteStatic } = entry.handshake;
    if (remoteStatic === undefined || payload?.instance === undefined || payload.versions === undefined)
      return undefined;
    if (!hasSameVersions(payload.versions)) return undefined;
    return {
      start: this.#sessionStart(entry, remoteStatic, payload.instance.slice(), now),
      purpose: entry.purpose,
      application: payload.application?.slice() ?? new Uint8Array(0),
      claim: { replaces: payload.replaces, beside: payload.beside, answeredAt: entry.createdAt },
    };
  }

  #isUnderLoad(now: number): boolean {
    return this.#byCaller.size > this.#options.mostHalfOpen / 4 || !this.#busy.take(1, now);
  }

  #cookie(message: Message1, from: Address, now: number): Datagram {
    return {
      to: from,
      bytes: writeAddressed(DatagramType.cookie, message.initiatorId, this.#cookies.make(message, from, now)),
    };
  }

  #begin(key: string, message: Message1, purpose: Purpose, from: Address, now: number): Datagram | undefined {
    const { staticKey, instance } = this.#options;
    const handshake = new NoiseHandshake({
      pattern: "XX",
      initiator: false,
      prologue: prologue(purpose, message.initiatorId),
      staticKey,
      ephemeralSecret: this.#dice(32),
    });
    const said = handshake.readMessage(message.noise);
    if (said === undefined || readHandshakePayload(said)?.versions === undefined) return undefined;
    const id = this.#options.newSessionId();
    const resetToken = this.#dice(RESET_TOKEN_BYTES);
    const payload: HandshakePayload = {
      versions: Uint8Array.from(VERSIONS),
      sessionId: sessionIdBytes(id),
      instance,
      resetToken,
      application: this.#options.application(purpose),
    };
    const noise = handshake.writeMessage(writeHandshakePayload(payload));
    const message2 = writeHandshakeMessage(DatagramType.message2, message.initiatorId, noise);
    const initiatorId = message.initiatorId.slice();
    const entry: HalfOpen = {
      key,
      id,
      purpose,
      from,
      initiatorId,
      handshake,
      message2,
      resetToken,
      createdAt: now,
      isRepeated: false,
    };
    this.#byCaller.set(key, entry);
    this.#byId.set(id, entry);
    return { to: from, bytes: message2 };
  }

  #sessionStart(entry: HalfOpen, remoteKey: Uint8Array, instance: Uint8Array, now: number): SessionStart {
    return {
      id: entry.id,
      remoteId: entry.initiatorId,
      isOpener: false,
      keys: entry.handshake.split(),
      staticKey: this.#options.staticKey,
      remoteKey,
      instance,
      resetToken: entry.resetToken,
      handshakeHash: entry.handshake.handshakeHash,
      // Wherever message 3 came from: it proves that message 2 was received, and that went there.
      address: entry.from,
      roundTripMs: entry.isRepeated ? undefined : now - entry.createdAt,
      message3: undefined,
    };
  }

  #dropOld(now: number): void {
    for (const entry of this.#byCaller.values()) {
      if (now - entry.createdAt < HALF_OPEN_MS) return;
      this.#drop(entry);
    }
  }

  #drop(entry: HalfOpen): void {
    this.#byCaller.delete(entry.key);
    this.#byId.delete(entry.id);
  }
}
