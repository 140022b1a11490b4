// Tokens by which two that were introduced find out where they reach one another, before any handshake. Pure.
// PROTOCOL §2.2, §8. Who does not know one gets no answer.

import { toHex } from "#bytes";

const MOST_TOKENS = 256;

/** Tokens of 16 bytes and until when they count; beyond MOST_TOKENS the oldest go first. */
export class ProbeTokens {
  readonly #untilMs = new Map<string, number>();

  expect(token: Uint8Array, untilMs: number): void {
    const key = toHex(token);
    this.#untilMs.delete(key);
    this.#untilMs.set(key, untilMs);
    if (this.#untilMs.size <= MOST_TOKENS) return;
    const [oldest] = this.#untilMs.keys();
    if (oldest !== undefined) this.#untilMs.delete(oldest);
  }

  isExpected(token: Uint8Array, now: number): boolean {
    return (this.#untilMs.get(toHex(token)) ?? Number.NEGATIVE_INFINITY) > now;
  }
}
