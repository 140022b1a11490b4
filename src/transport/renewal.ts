// New keys for an open session: a Noise XX inside it, started by the session's opener only. Pure. PROTOCOL §6.1.

import { concatBytes, equalBytes } from "#bytes";
import { type Dice, type KeyPair, NoiseHandshake, type SessionKeys } from "#crypto";

import { CloseCode, PeerError } from "./errors.ts";
import { Purpose } from "./constants.ts";
import { prologue } from "./prologue.ts";
import { TokenBucket } from "./token-bucket.ts";

/** Renewals that the other side may ask for: each costs 0.6 ms, and one in two hours is due. */
const RENEWALS_PER_SECOND = 0.1;
const RENEWALS_BURST = 8;

/** What a step brings about: a message for the transport lane, and once keys. */
export interface RenewalStep {
  readonly reply: Uint8Array | undefined;
  readonly keys: SessionKeys | undefined;
  /** True where the other side has the keys already, so that they may be sealed with at once. */
  readonly isPeerReady: boolean;
}

/** One side's renewals, one after the other. */
export class Renewal {
  readonly #staticKey: KeyPair;
  readonly #remoteKey: Uint8Array;
  readonly #dice: Dice;
  #hash: Uint8Array;
  #handshake: NoiseHandshake | undefined;
  #asked: TokenBucket | undefined;

  constructor(staticKey: KeyPair, remoteKey: Uint8Array, handshakeHash: Uint8Array, dice: Dice) {
    this.#staticKey = staticKey;
    this.#remoteKey = remoteKey;
    this.#hash = handshakeHash;
    this.#dice = dice;
  }

  /** Whether a renewal is under way. */
  get isRunning(): boolean {
    return this.#handshake !== undefined;
  }

  /** The opener's first step: the message to send. */
  start(): Uint8Array {
    this.#handshake = this.#begin(true);
    return concatBytes(Uint8Array.of(1), this.#handshake.writeMessage(new Uint8Array(0)));
  }

  /** Takes a message of the transport lane; PeerError for anything but the next step, and for one too often. */
  receive(message: Uint8Array, isOpener: boolean, now: number): RenewalStep {
    const step = message[0];
    if (!isOpener && step === 1 && this.#handshake === undefined) this.#answer(now);
    const handshake = this.#handshake;
    const isExpected = isOpener ? step === 2 : step === 1 || step === 3;
    if (handshake === undefined || !isExpected || handshake.readMessage(message.subarray(1)) === undefined) {
      throw new PeerError(CloseCode.renewalFailed, "renewal out of step");
    }
    if (step === 1) return { reply: this.#write(2, handshake), keys: undefined, isPeerReady: false };
    if (handshake.remoteStatic === undefined || !equalBytes(handshake.remoteStatic, this.#remoteKey)) {
      throw new PeerError(CloseCode.renewalFailed, "renewal by another key");
    }
    const reply = step === 2 ? this.#write(3, handshake) : undefined;
    this.#hash = handshake.handshakeHash;
    this.#handshake = undefined;
    return { reply, keys: handshake.split(), isPeerReady: step === 3 };
  }

  #answer(now: number): void {
    this.#asked ??= new TokenBucket(RENEWALS_PER_SECOND, RENEWALS_BURST, now);
    if (!this.#asked.take(1, now)) throw new PeerError(CloseCode.renewalFailed, "renewed too often");
    this.#handshake = this.#begin(false);
  }

  #write(step: number, handshake: NoiseHandshake): Uint8Array {
    return concatBytes(Uint8Array.of(step), handshake.writeMessage(new Uint8Array(0)));
  }

  #begin(initiator: boolean): NoiseHandshake {
    return new NoiseHandshake({
      pattern: "XX",
      initiator,
      prologue: prologue(Purpose.renewal, this.#hash),
      staticKey: this.#staticKey,
      ephemeralSecret: this.#dice(32),
    });
  }
}
