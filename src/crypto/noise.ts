// A Noise handshake over 25519 and ChaChaPoly (The Noise Protocol Framework, revision 34, §5.3). Deterministic: both
// secrets come in as bytes. Made for UDP: what a stranger sends never throws and never spoils a handshake, and the keys
// come out bare, because there the packet number is the nonce.

import { concatBytes, equalBytes } from "#bytes";

import { TAG_BYTES } from "./aead.ts";
import type { HandshakeOptions } from "./handshake-options.ts";
import { checkKeys } from "./handshake-options.ts";
import type { Agreement, Token } from "./noise-patterns.ts";
import { patterns } from "./noise-patterns.ts";
import { SymmetricState } from "./symmetric-state.ts";
import type { KeyPair } from "./x25519.ts";
import { KEY_BYTES, isUsablePublicKey, x25519KeyPair } from "./x25519.ts";

/** 32-byte keys, one a direction. After a one-way pattern (X, N) only the initiator may send. */
export interface SessionKeys {
  readonly sendKey: Uint8Array;
  readonly receiveKey: Uint8Array;
}

/** Noise §3. */
const MAX_MESSAGE_BYTES = 65_535;
/** What fits beside the most that a message carries of its own: two keys and two tags. */
const MAX_PAYLOAD_BYTES = MAX_MESSAGE_BYTES - 2 * KEY_BYTES - 2 * TAG_BYTES;

const nothing = new Uint8Array(0);

/** One side of one handshake. Constructing it with a key missing, unasked for or malformed throws RangeError. */
export class NoiseHandshake {
  readonly #initiator: boolean;
  readonly #messages: readonly (readonly Token[])[];
  readonly #symmetric: SymmetricState;
  readonly #staticKey: KeyPair | undefined;
  readonly #ephemeralSecret: Uint8Array | undefined;
  readonly #expectedStatic: Uint8Array | undefined;
  #ephemeralKey: KeyPair | undefined;
  #remote: { readonly e?: Uint8Array; readonly s?: Uint8Array } = {};
  /** How everything was before the message that was read last. */
  #before: (() => void) | undefined;
  #turn = 0;

  constructor(options: HandshakeOptions) {
    const { pattern, initiator, prologue, staticKey, remoteStatic, hash = "SHA256" } = options;
    checkKeys(options);
    const { responderIsKnown, messages } = patterns[pattern];
    this.#initiator = initiator;
    this.#messages = messages;
    this.#staticKey = staticKey;
    this.#ephemeralSecret = options.ephemeralSecret;
    this.#expectedStatic = remoteStatic;
    this.#symmetric = new SymmetricState(`Noise_${pattern}_25519_ChaChaPoly_${hash}`, hash);
    this.#symmetric.mixHash(prologue);
    if (!responderIsKnown) return;
    const responderStatic = initiator ? remoteStatic : staticKey?.publicKey;
    if (initiator && remoteStatic !== undefined) this.#remote = { s: remoteStatic };
    this.#symmetric.mixHash(responderStatic ?? nothing);
  }

  /** Whether every message was written and read. */
  get isFinished(): boolean {
    return this.#turn === this.#messages.length;
  }

  /** The other side's static key: from the start where the pattern needs it, else once a message proved it. */
  get remoteStatic(): Uint8Array | undefined {
    return this.#remote.s;
  }

  /** The transcript of a finished handshake, 32 bytes, the same on both sides and in no other handshake (Noise §11.2). */
  get handshakeHash(): Uint8Array {
    this.#mustBeFinished();
    return this.#symmetric.handshakeHash;
  }

  /** Our next message. Throws out of turn, and RangeError for a payload over 65,439 bytes; both change nothing. */
  writeMessage(payload: Uint8Array): Uint8Array {
    const tokens = this.#tokens(true);
    if (payload.length > MAX_PAYLOAD_BYTES) throw new RangeError(`a payload of ${payload.length} bytes`);
    const parts = tokens.map((token) => this.#writeToken(token));
    const message = concatBytes(...parts, this.#symmetric.encryptAndHash(payload));
    this.#turn += 1;
    this.#before = undefined;
    return message;
  }

  /**
   * The payload of their next message, in memory of its own; undefined for bytes that are not it. A failure leaves the
   * handshake as it was, so that the true message can still be read after any number of forged ones. Throws only out of
   * turn, whatever the bytes.
   */
  readMessage(message: Uint8Array): Uint8Array | undefined {
    const tokens = this.#tokens(false);
    if (message.length > MAX_MESSAGE_BYTES) return undefined;
    const symmetric = this.#symmetric.save();
    const remote = this.#remote;
    const payload = this.#readTokens(tokens, message);
    const restore = (): void => {
      this.#symmetric.restore(symmetric);
      this.#remote = remote;
    };
    if (payload === undefined) {
      restore();
      return undefined;
    }
    this.#turn += 1;
    this.#before = restore;
    return payload;
  }

  /** Takes back the message that was read last, as if it had never come: its sender is not whom we want. Throws if we
   * have read none, or have written since. */
  unread(): void {
    if (this.#before === undefined) throw new Error("nothing to take back");
    this.#before();
    this.#before = undefined;
    this.#turn -= 1;
  }

  /** The session's keys as our side uses them (Split). Throws before the handshake is finished. */
  split(): SessionKeys {
    this.#mustBeFinished();
    const [there, back] = this.#symmetric.split();
    return this.#initiator ? { sendKey: there, receiveKey: back } : { sendKey: back, receiveKey: there };
  }

  #writeToken(token: Token): Uint8Array {
    if (token === "e") {
      this.#ephemeralKey = x25519KeyPair(this.#ephemeralSecret ?? nothing);
      this.#symmetric.mixHash(this.#ephemeralKey.publicKey);
      return this.#ephemeralKey.publicKey;
    }
    if (token === "s") return this.#symmetric.encryptAndHash(this.#staticKey?.publicKey ?? nothing);
    this.#mixAgreement(token);
    return nothing;
  }

  #readTokens(tokens: readonly Token[], message: Uint8Array): Uint8Array | undefined {
    let rest = message;
    for (const token of tokens) {
      if (token === "e" || token === "s") {
        const length = token === "e" ? KEY_BYTES : KEY_BYTES + this.#symmetric.overhead;
        const bytes = rest.subarray(0, length);
        if (!(token === "e" ? this.#readEphemeral(bytes) : this.#readStatic(bytes))) return undefined;
        rest = rest.subarray(length);
      } else this.#mixAgreement(token);
    }
    return this.#symmetric.decryptAndHash(rest);
  }

  #readEphemeral(bytes: Uint8Array): boolean {
    if (!isUsablePublicKey(bytes)) return false;
    this.#remote = { ...this.#remote, e: bytes.slice() };
    this.#symmetric.mixHash(bytes);
    return true;
  }

  #readStatic(bytes: Uint8Array): boolean {
    const key = this.#symmetric.decryptAndHash(bytes);
    if (key === undefined || !isUsablePublicKey(key)) return false;
    if (this.#expectedStatic !== undefined && !equalBytes(key, this.#expectedStatic)) return false;
    this.#remote = { ...this.#remote, s: key };
    return true;
  }

  #mixAgreement(token: Agreement): void {
    const [first, second] = token;
    const ours = (this.#initiator ? first : second) === "e" ? this.#ephemeralKey : this.#staticKey;
    const theirs = (this.#initiator ? second : first) === "e" ? this.#remote.e : this.#remote.s;
    const secret = theirs === undefined ? undefined : token === "ss" ? ours?.agreeAgain(theirs) : ours?.agree(theirs);
    // Not for strangers' bytes: their keys were found usable when they were read, ours when we were constructed.
    if (secret === undefined) throw new Error(`no keys for ${token}`);
    this.#symmetric.mixKey(secret);
  }

  #tokens(writing: boolean): readonly Token[] {
    const tokens = this.#messages[this.#turn];
    if (tokens === undefined) throw new Error("the handshake is finished");
    if (writing !== (this.#turn % 2 === (this.#initiator ? 0 : 1))) throw new Error("it is the other side's turn");
    return tokens;
  }

  #mustBeFinished(): void {
    if (!this.isFinished) throw new Error("the handshake is not finished");
  }
}
