// The symmetric half of a Noise handshake: chaining key, transcript hash and cipher (Noise §5.1, §5.2). Deterministic.
// Its values are replaced and never changed in place, so that `save` is one reference.

import { utf8 } from "#bytes";

import type { Aead } from "./aead.ts";
import { TAG_BYTES, chachaPoly } from "./aead.ts";
import type { HashName } from "./hash.ts";
import { digest, hashes, hkdf } from "./hash.ts";

/** A moment of a SymmetricState, to return to. */
export interface SymmetricMoment {
  readonly chainingKey: Uint8Array;
  readonly transcript: Uint8Array;
  /** Undefined until the first key agreement; until then nothing is encrypted. */
  readonly cipher: Aead | undefined;
  /** Nonce of the next message under `cipher`. */
  readonly counter: number;
}

const nothing = new Uint8Array(0);

/** What both sides have mixed so far. Method names are the specification's. */
export class SymmetricState {
  readonly #hash: HashName;
  #now: SymmetricMoment;

  /** InitializeSymmetric. */
  constructor(protocolName: string, hash: HashName) {
    this.#hash = hash;
    const name = utf8(protocolName);
    const start = new Uint8Array(hashes[hash].bytes);
    if (name.length <= start.length) start.set(name);
    else start.set(digest(hash, name));
    this.#now = { chainingKey: start, transcript: start, cipher: undefined, counter: 0 };
  }

  /** The transcript hash: 32 bytes with SHA256. */
  get handshakeHash(): Uint8Array {
    return this.#now.transcript;
  }

  /** Bytes that `encryptAndHash` adds at this moment: 0 before the first key, then a tag. */
  get overhead(): number {
    return this.#now.cipher === undefined ? 0 : TAG_BYTES;
  }

  save(): SymmetricMoment {
    return this.#now;
  }

  restore(moment: SymmetricMoment): void {
    this.#now = moment;
  }

  mixKey(inputKeyMaterial: Uint8Array): void {
    const [chainingKey, key] = this.#twoKeys(inputKeyMaterial);
    this.#now = { ...this.#now, chainingKey, cipher: chachaPoly(key.subarray(0, 32)), counter: 0 };
  }

  mixHash(data: Uint8Array): void {
    this.#now = { ...this.#now, transcript: digest(this.#hash, this.#now.transcript, data) };
  }

  encryptAndHash(plain: Uint8Array): Uint8Array {
    const { cipher, counter, transcript } = this.#now;
    const sealed = cipher === undefined ? plain : cipher.seal(counter, transcript, plain);
    this.#pass(sealed);
    return sealed;
  }

  /** Undefined for bytes that are not authentic; then nothing has changed. Before the first key, a copy of the bytes. */
  decryptAndHash(sealed: Uint8Array): Uint8Array | undefined {
    const { cipher, counter, transcript } = this.#now;
    const plain = cipher === undefined ? sealed.slice() : cipher.open(counter, transcript, sealed);
    if (plain !== undefined) this.#pass(sealed);
    return plain;
  }

  /** Two 32-byte keys: from initiator to responder, and back. */
  split(): readonly [Uint8Array, Uint8Array] {
    const [there, back] = this.#twoKeys(nothing);
    return [there.subarray(0, 32), back.subarray(0, 32)];
  }

  #pass(sealed: Uint8Array): void {
    this.mixHash(sealed);
    this.#now = { ...this.#now, counter: this.#now.counter + 1 };
  }

  #twoKeys(inputKeyMaterial: Uint8Array): readonly [Uint8Array, Uint8Array] {
    const [first = nothing, second = nothing] = hkdf(this.#hash, this.#now.chainingKey, inputKeyMaterial, 2);
    return [first, second];
  }
}
