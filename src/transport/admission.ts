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
  hasMessage1Length,
  localSessionId,
  type LocalSessionId,
  type Message1,
  networkOf,
  readHandshakeMessage,
  readHandshakePayload,
  readMessage1,
  readMessage1Head,
  RESET_TOKEN_BYTES,
  sessionIdBytes,
  writeAddressed,
  writeHandshakeMessage,
  writeHandshakePayload,
} from "#wire";

import { type Agreement } from "./agreement.ts";
import { CallQueue, type WaitingCall } from "./call-queue.ts";
import { HANDSHAKE_FIRST_REPEAT_MS, type Purpose, SUITE, VERSIONS } from "./constants.ts";
import { CookieJar } from "./cookie-jar.ts";
import { HalfOpenTable, type Place } from "./half-open-table.ts";
import { Mac1 } from "./mac1.ts";
import { hasSameVersions } from "./opening.ts";
import { type Datagram } from "./outgoing.ts";
import { prologue } from "./prologue.ts";
import { type SessionStart } from "./session-start.ts";
import { TokenBucket, TokenBuckets } from "./token-bucket.ts";

/** Handshakes a second, of 0.6 ms each, that nobody has to prove an address for; beyond it a cookie is asked for. */
const BUSY_HANDSHAKES_PER_SECOND = 100;
const BUSY_HANDSHAKE_BURST = 50;
/** What one network may cost once its cookie proved it, handshakes a second and burst. */
const NETWORK_PER_SECOND = 500;
const NETWORK_BURST = 1000;
const MOST_NETWORKS = 4096;
/** Calls whose cookie, and calls whose mac1, is looked at: with the answer 65 µs each (measured), so an eighth of a core.
 * More are dropped unseen, as sessions must not wait for what strangers make us do; whoever means it calls again. */
const LOOKS_PER_SECOND = 2000;
const LOOK_BURST = 256;
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

interface HalfOpen extends Place {
  readonly purpose: Purpose;
  readonly from: Address;
  readonly initiatorId: Uint8Array;
  readonly handshake: NoiseHandshake;
  readonly message2: Uint8Array;
  readonly resetToken: Uint8Array;
  isRepeated: boolean;
}

/** What is known of a caller before its handshake begins. */
type Caller = Pick<HalfOpen, "key" | "network" | "purpose" | "from" | "createdAt">;

/** Half-open handshakes and all that guards their table. Times in monotonic ms. */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #dice: Dice;
  readonly #ownMac1: Mac1;
  readonly #strangerMac1 = new Mac1(undefined);
  readonly #cookies: CookieJar;
  readonly #busy: TokenBucket;
  readonly #cookieLooks: TokenBucket;
  readonly #mac1Looks: TokenBucket;
  readonly #calls = new CallQueue();
  readonly #networks = new TokenBuckets<string>(NETWORK_PER_SECOND, NETWORK_BURST, MOST_NETWORKS);
  readonly #table: HalfOpenTable<HalfOpen>;

  constructor(options: AdmissionOptions, dice: Dice, now: number) {
    this.#options = options;
    this.#dice = dice;
    this.#ownMac1 = new Mac1(options.staticKey.publicKey);
    this.#table = new HalfOpenTable(options.mostHalfOpen);
    this.#cookies = new CookieJar(dice, now);
    this.#busy = new TokenBucket(BUSY_HANDSHAKES_PER_SECOND, BUSY_HANDSHAKE_BURST, now);
    this.#cookieLooks = new TokenBucket(LOOKS_PER_SECOND, LOOK_BURST, now);
    this.#mac1Looks = new TokenBucket(LOOKS_PER_SECOND, LOOK_BURST, now);
  }

  /** Half-open handshakes remembered. */
  get size(): number {
    return this.#table.size;
  }

  /** Whether an id is taken by a half-open handshake. */
  has(id: LocalSessionId): boolean {
    return this.#table.withId(id) !== undefined;
  }

  /** Callers that wait for their turn. */
  get waiting(): number {
    return this.#calls.length;
  }

  /** Takes a message 1, to be answered in its turn; what is none of ours costs a look at its length and mac1. */
  receiveMessage1(datagram: Uint8Array, from: Address, now: number): void {
    if (!hasMessage1Length(datagram)) return;
    const isProven = this.#isProven(datagram, from, now);
    if (this.#calls.isFull(isProven) || (!isProven && !this.#mac1Looks.take(1, now))) return;
    if (this.#isForUs(datagram)) this.#calls.add(datagram, from, isProven);
  }

  /** The next answer: message 2, a cookie or our versions; undefined when nobody waits, or enough had their turn. */
  nextAnswer(now: number): Datagram | undefined {
    for (let call = this.#calls.take(now); call !== undefined; call = this.#calls.take(now)) {
      const answer = this.#answer(call, now);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }

  /** Forgets a half-open handshake: its caller has a newer session already. */
  forget(sessionId: Uint8Array): void {
    const entry = this.#named(sessionId);
    if (entry !== undefined) this.#table.remove(entry);
  }

  /** Takes message 3 for a half-open handshake; undefined for forgeries, which change nothing. */
  receiveMessage3(datagram: Uint8Array, now: number): Agreement | undefined {
    this.#table.removeOld(now);
    const message = readHandshakeMessage(datagram);
    const entry = message && this.#named(message.sessionId);
    const bytes = message && entry?.handshake.readMessage(message.body);
    if (entry === undefined || bytes === undefined) return undefined;
    this.#table.remove(entry);
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

  #named(sessionId: Uint8Array): HalfOpen | undefined {
    const id = localSessionId(sessionId);
    return id === undefined ? undefined : this.#table.withId(id);
  }

  #isForUs(datagram: Uint8Array): boolean {
    return this.#ownMac1.isOn(datagram) || (this.#options.answersStrangers && this.#strangerMac1.isOn(datagram));
  }

  /** Whether a call carries a cookie that we gave to its address. */
  #isProven(datagram: Uint8Array, from: Address, now: number): boolean {
    const message = readMessage1(datagram);
    if (message === undefined || message.cookie.every((byte) => byte === 0)) return false;
    return this.#cookieLooks.take(1, now) && this.#cookies.isValid(message, from, now);
  }

  #answer({ bytes: datagram, from, isProven }: WaitingCall, now: number): Datagram | undefined {
    const head = readMessage1Head(datagram);
    if (head === undefined) return undefined;
    if (!VERSIONS.includes(head.version) || head.suite !== SUITE) {
      return { to: from, bytes: writeAddressed(DatagramType.versions, head.initiatorId, Uint8Array.from(VERSIONS)) };
    }
    const message = readMessage1(datagram);
    const purpose = this.#options.purposes.find((known) => known === head.purpose);
    if (message === undefined || purpose === undefined || message.noise.length < NOISE_E_BYTES) return undefined;
    this.#table.removeOld(now);
    const key = `${addressKey(from)}|${toHex(message.initiatorId)}|${toHex(message.noise.subarray(0, NOISE_E_BYTES))}`;
    const known = this.#table.withKey(key);
    if (known !== undefined) {
      known.isRepeated = true;
      return { to: from, bytes: known.message2 };
    }
    const isUnderLoad = this.#isUnderLoad(now);
    if (isUnderLoad && !isProven) return this.#cookie(message, from, now);
    const network = isUnderLoad ? networkOf(from) : undefined;
    if (!this.#table.hasPlaceFor(network)) return undefined;
    if (network !== undefined && !this.#networks.take(network, 1, now)) return undefined;
    return this.#begin({ key, network, purpose, from, createdAt: now }, message);
  }

  #isUnderLoad(now: number): boolean {
    return this.#table.isBusy || !this.#busy.take(1, now);
  }

  #cookie(message: Message1, from: Address, now: number): Datagram {
    return {
      to: from,
      bytes: writeAddressed(DatagramType.cookie, message.initiatorId, this.#cookies.make(message, from, now)),
    };
  }

  #begin(caller: Caller, message: Message1): Datagram | undefined {
    const { purpose, from } = caller;
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
    this.#table.add({ ...caller, id, initiatorId, handshake, message2, resetToken, isRepeated: false });
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
      roundTripMs: roundTripOf(entry, now),
      message3: undefined,
    };
  }
}

/** What the time from message 2 to message 3 says of the path. On one that takes longer than a caller waits, message 1 is
 * seen twice; longer, and seen once, message 3 was lost and left again: undefined, as nobody can say when (Karn). */
function roundTripOf({ createdAt, isRepeated }: HalfOpen, now: number): number | undefined {
  const elapsed = now - createdAt;
  return isRepeated || elapsed > HANDSHAKE_FIRST_REPEAT_MS ? undefined : elapsed;
}
