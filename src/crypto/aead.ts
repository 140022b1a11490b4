// Sealing with a key and a counter: ChaCha20-Poly1305 (RFC 8439) with the nonce of Noise §12.3. Deterministic, over
// node:crypto, and over libsodium for what is short. The hot path of every packet.
//
//   nonce   |0 0 0 0| counter, 64 bit, little-endian |
//   sealed  | ciphertext, as long as the plain bytes | tag, 16 |

import type { KeyObject } from "node:crypto";
import { createCipheriv, createDecipheriv, createSecretKey } from "node:crypto";

import { plainBytes } from "./plain-bytes.ts";
import { MOST_ASSOCIATED_BYTES, MOST_SHORT_BYTES, type ShortAead, shortAead } from "./short-aead.ts";

/** Bytes by which sealed is longer than plain. */
export const TAG_BYTES = 16;

/** One key's sealing and opening. Counters are chosen by the caller, who seals at most once under each. */
export interface Aead {
  /** Sealed bytes in memory of their own. A counter that is no integer from 0 to 2^53 - 1 throws RangeError. */
  seal(counter: number, associated: Uint8Array, plain: Uint8Array): Uint8Array;
  /** The associated bytes and behind them what `seal` gives, in one piece of memory: a packet from its header on. */
  sealBehind(counter: number, associated: Uint8Array, plain: Uint8Array): Uint8Array;
  /** Plain bytes in memory of their own; undefined where key, counter, associated or sealed bytes are not the same. */
  open(counter: number, associated: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
}

const algorithm = "chacha20-poly1305";
const tagOption = { authTagLength: TAG_BYTES } as const;

// One for all keys: it is filled and used inside one call, and node:crypto copies it.
const nonce = new Uint8Array(12);
const nonceView = new DataView(nonce.buffer);

/** Sealing under a 32-byte key; another length throws RangeError. */
export function chachaPoly(key: Uint8Array): Aead {
  if (key.length !== 32) throw new RangeError(`a key of ${key.length} bytes where 32 belong`);
  return new ChachaPoly(key);
}

class ChachaPoly implements Aead {
  readonly #key: Uint8Array;
  // Made once, and only for those who say something long: a cipher from bare bytes costs four times one from a key object.
  #keyObject: KeyObject | undefined;

  constructor(key: Uint8Array) {
    // A Buffer's slice would be the same memory.
    this.#key = new Uint8Array(key);
  }

  seal(counter: number, associated: Uint8Array, plain: Uint8Array): Uint8Array {
    const sealed = new Uint8Array(plain.length + TAG_BYTES);
    this.#sealInto(sealed, 0, counter, associated, plain);
    return sealed;
  }

  sealBehind(counter: number, associated: Uint8Array, plain: Uint8Array): Uint8Array {
    const packet = new Uint8Array(associated.length + plain.length + TAG_BYTES);
    packet.set(associated);
    this.#sealInto(packet, associated.length, counter, associated, plain);
    return packet;
  }

  open(counter: number, associated: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    const length = sealed.length - TAG_BYTES;
    if (length < 0 || !isCounter(counter)) return undefined;
    const short = shortFor(length, associated);
    if (short !== undefined) return short.open(this.#key, nonceOf(counter), associated, sealed);
    const decipher = createDecipheriv(algorithm, this.#object, nonceOf(counter), tagOption);
    decipher.setAAD(associated, { plaintextLength: length });
    decipher.setAuthTag(sealed.subarray(length));
    const plain = decipher.update(sealed.subarray(0, length));
    try {
      decipher.final();
    } catch {
      return undefined; // The only thing that `final` can find wrong is the tag.
    }
    return plainBytes(plain);
  }

  get #object(): KeyObject {
    this.#keyObject ??= createSecretKey(this.#key);
    return this.#keyObject;
  }

  #sealInto(target: Uint8Array, at: number, counter: number, associated: Uint8Array, plain: Uint8Array): void {
    if (!isCounter(counter)) throw new RangeError(`${counter} is no packet counter`);
    const short = shortFor(plain.length, associated);
    if (short !== undefined) return short.sealInto(target, at, this.#key, nonceOf(counter), associated, plain);
    const cipher = createCipheriv(algorithm, this.#object, nonceOf(counter), tagOption);
    cipher.setAAD(associated, { plaintextLength: plain.length });
    target.set(cipher.update(plain), at);
    cipher.final();
    target.set(cipher.getAuthTag(), at + plain.length);
  }
}

function shortFor(plainLength: number, associated: Uint8Array): ShortAead | undefined {
  return plainLength <= MOST_SHORT_BYTES && associated.length <= MOST_ASSOCIATED_BYTES ? shortAead() : undefined;
}

function isCounter(counter: number): boolean {
  return Number.isSafeInteger(counter) && counter >= 0;
}

function nonceOf(counter: number): Uint8Array {
  nonceView.setUint32(4, counter % 0x100000000, true);
  nonceView.setUint32(8, counter / 0x100000000, true);
  return nonce;
}
