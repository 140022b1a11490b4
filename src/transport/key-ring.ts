// The keys of a session, told apart by two bits in each packet. Pure. PROTOCOL §4.2, §6.1.

import { type Aead, chachaPoly, type SessionKeys } from "#crypto";

interface ReceivingKey {
  readonly generation: number;
  readonly aead: Aead;
}

/** Up to three generations of receiving keys: the previous, the current, the next; two bits tell no more than four apart.
 * Packet numbers run on over all. */
export class KeyRing {
  #receive: readonly ReceivingKey[];
  #send: Aead;
  #nextSend: Aead | undefined;
  #generation = 0;

  constructor(keys: SessionKeys) {
    this.#send = chachaPoly(keys.sendKey);
    this.#receive = [{ generation: 0, aead: chachaPoly(keys.receiveKey) }];
  }

  /** The generation now sealed with; its two low bits go into the header. */
  get generation(): number {
    return this.#generation;
  }

  /** Whether packets sealed with older keys are still opened. */
  get hasOld(): boolean {
    return this.#receive.some(({ generation }) => generation < this.#generation);
  }

  /** The whole packet, its header in front. */
  seal(number: number, header: Uint8Array, frames: Uint8Array): Uint8Array {
    return this.#send.sealBehind(number, header, frames);
  }

  /** Opens a packet and says with which generation; undefined if it is not authentic. */
  open(
    epoch: number,
    number: number,
    header: Uint8Array,
    sealed: Uint8Array,
  ): { readonly frames: Uint8Array; readonly generation: number } | undefined {
    const key = this.#receive.find(({ generation }) => (generation & 3) === epoch);
    const frames = key?.aead.open(number, header, sealed);
    return key === undefined || frames === undefined ? undefined : { frames, generation: key.generation };
  }

  /** Newer keys: opened from now on, sealed with from `switchSend` on. */
  install(keys: SessionKeys): void {
    const next = { generation: this.#generation + 1, aead: chachaPoly(keys.receiveKey) };
    // Three generations at most, whatever else is late: a fourth could share its two bits with one of them.
    this.#receive = [...this.#receive.filter(({ generation }) => generation >= this.#generation - 1), next];
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
    this.#receive = this.#receive.filter(({ generation }) => generation >= this.#generation);
  }
}
