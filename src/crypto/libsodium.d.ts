// What this room uses of the package libsodium, which has no types of its own: the C functions as WebAssembly exports them.
// Pointers and lengths are offsets and bytes in its memory; a 64-bit length is given in two halves, the low one first.

declare module "libsodium" {
  export interface Libsodium {
    /** Its memory; another object after it has grown. */
    readonly HEAPU8: Uint8Array;
    _malloc(bytes: number): number;
    _crypto_aead_chacha20poly1305_ietf_encrypt(
      sealed: number,
      sealedLength: 0,
      plain: number,
      plainLow: number,
      plainHigh: 0,
      associated: number,
      associatedLow: number,
      associatedHigh: 0,
      unused: 0,
      nonce: number,
      key: number,
    ): number;
    /** 0 if the tag is right. */
    _crypto_aead_chacha20poly1305_ietf_decrypt(
      plain: number,
      plainLength: 0,
      unused: 0,
      sealed: number,
      sealedLow: number,
      sealedHigh: 0,
      associated: number,
      associatedLow: number,
      associatedHigh: 0,
      nonce: number,
      key: number,
    ): number;
  }
  export default function instantiate(): Promise<Libsodium>;
}
