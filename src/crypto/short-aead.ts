// ChaCha20-Poly1305 for short messages, in libsodium's WebAssembly: a seal and an opening of 100 bytes take 2.4 µs together
// where node:crypto, which makes an object for each, takes 9; of 16 KiB it is the other way round (decisions/0009).
// Deterministic. The machine code is there some ms after the start, or never; what it is not there for goes another way, to
// the same bytes.

import instantiate, { type Libsodium } from "libsodium";

/** Plain bytes and associated bytes for which it is there. */
export const MOST_SHORT_BYTES = 1500;
export const MOST_ASSOCIATED_BYTES = 64;

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Seals and opens with whatever key it is given. Lengths are the caller's to keep. */
export class ShortAead {
  readonly #sodium: Libsodium;
  readonly #key: number;
  readonly #nonce: number;
  readonly #associated: number;
  readonly #plain: number;
  readonly #sealed: number;

  constructor(sodium: Libsodium) {
    this.#sodium = sodium;
    this.#key = sodium._malloc(KEY_BYTES);
    this.#nonce = sodium._malloc(NONCE_BYTES);
    this.#associated = sodium._malloc(MOST_ASSOCIATED_BYTES);
    this.#plain = sodium._malloc(MOST_SHORT_BYTES);
    this.#sealed = sodium._malloc(MOST_SHORT_BYTES + TAG_BYTES);
    const places = [this.#key, this.#nonce, this.#associated, this.#plain, this.#sealed];
    if (places.includes(0)) throw new RangeError("no memory for short messages");
  }

  /** Puts ciphertext and tag into `target`, from `at` on. */
  sealInto(
    target: Uint8Array,
    at: number,
    key: Uint8Array,
    nonce: Uint8Array,
    associated: Uint8Array,
    plain: Uint8Array,
  ): void {
    const { HEAPU8: heap } = this.#sodium;
    this.#put(heap, key, nonce, associated);
    heap.set(plain, this.#plain);
    this.#sodium._crypto_aead_chacha20poly1305_ietf_encrypt(
      this.#sealed,
      0,
      this.#plain,
      plain.length,
      0,
      this.#associated,
      associated.length,
      0,
      0,
      this.#nonce,
      this.#key,
    );
    target.set(heap.subarray(this.#sealed, this.#sealed + plain.length + TAG_BYTES), at);
  }

  /** Plain bytes in memory of their own; undefined where the tag is wrong. */
  open(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    const { HEAPU8: heap } = this.#sodium;
    this.#put(heap, key, nonce, associated);
    heap.set(sealed, this.#sealed);
    const wrong = this.#sodium._crypto_aead_chacha20poly1305_ietf_decrypt(
      this.#plain,
      0,
      0,
      this.#sealed,
      sealed.length,
      0,
      this.#associated,
      associated.length,
      0,
      this.#nonce,
      this.#key,
    );
    return wrong === 0 ? heap.slice(this.#plain, this.#plain + sealed.length - TAG_BYTES) : undefined;
  }

  #put(heap: Uint8Array, key: Uint8Array, nonce: Uint8Array, associated: Uint8Array): void {
    heap.set(key, this.#key);
    heap.set(nonce, this.#nonce);
    heap.set(associated, this.#associated);
  }
}

let ready: ShortAead | undefined;

/** Undefined until it is there. */
export function shortAead(): ShortAead | undefined {
  return ready;
}

/** Resolves when `shortAead` gives one, or never will: without WebAssembly (`--jitless`), or memory for it, all goes the other
 * way, which is slower and else the same. */
export const shortAeadIsReady = load().catch(() => {});

async function load(): Promise<void> {
  ready = new ShortAead(await instantiate());
}
