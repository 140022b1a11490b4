// The keys of a session, told apart by two bits in each packet. Pure. PROTOCOL §4.2, §6.1.

import { type Aead, chachaPoly, type SessionKeys } from "#crypto";

/** Up to three generations of receiving keys: the previous, the current, the next. Packet numbers run on over all. */
export class KeyRing {
  readonly #receive = new Map<number, Aead>();
  #send: Aead;
  #nextSend: Aead | undefined;
  #generation = 0;

  constructor(keys: SessionKeys) {
    this.#send = chachaPoly(keys.sendKey);
    this.#receive.set(0, chachaPoly(keys.receiveKey));
  }

  /** The generation now sealed with; its two low bits go into the header. */
  get generation(): number {
    return this.#generation;
  }

  /** Whether newer keys are here that packets are not yet sealed with. */
  get hasNext(): boolean {
    return this.#nextSend !== undefined;
  }

  seal(number: number, header: Uint8Array, frames: Uint8Array): Uint8Array {
    return this.#send.seal(number, header, frames);
  }

  /** Opens a packet and says with which generation; undefined if it is not authentic. */
  open(epoch: number, number: number, header: Uint8Array, sealed: Uint8Array): { readonly frames: Uint8Array; readonly generation: number } | undefined {
    for (const [generation, aead] of this.#receive) {
      if ((generation & 3) !== epoch) continue;
      const frames = aead.open(number, header, sealed);
      return frames === undefined ? undefined : { frames, generation };
    }
    return undefined;
  }

  /** Newer keys: opened from now on, sealed with from `switchSend` on. */
  install(keys: SessionKeys): void {
    this.#receive.set(this.#generation + 1, chachaPoly(keys.receiveKey));
    this.#nextSend = chachaPoly(keys.sendKey);
  }

  /** The other side has the newer keys: seals with them. */
  switchSend(): void {
    if (this.#nextSend === undefined) return;
    this.#send = this.#nextSend;
    this.#nextSend = undefined;
    this.#generation++;
  }

  /** Forgets receiving keys older than the generation now sealed with. */
  forgetOld(): void {
    for (const generation of this.#receive.keys()) if (generation < this.#generation) this.#receive.delete(generation);
  }
}
