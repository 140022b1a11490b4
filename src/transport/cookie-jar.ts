// Cookies: proof of an address without state (RFC 9147 §5.1, WireGuard §5.4.7). Pure. PROTOCOL §3.7.

import { ByteWriter, equalBytes } from "#bytes";
import { type Dice, hmacSha256 } from "#crypto";
import { type Address, addressCodec, COOKIE_BYTES, type Message1 } from "#wire";

const ROTATE_MS = 120_000;

/** Makes and checks cookies with two secrets, the current and the one before; a cookie lives 120 to 240 s. */
export class CookieJar {
  readonly #dice: Dice;
  #secrets: readonly [Uint8Array, Uint8Array];
  #rotatedAt: number;

  constructor(dice: Dice, now: number) {
    this.#dice = dice;
    this.#secrets = [dice(32), dice(32)];
    this.#rotatedAt = now;
  }

  make(message: Message1, from: Address, now: number): Uint8Array {
    this.#rotate(now);
    return cookie(this.#secrets[0], message, from);
  }

  isValid(message: Message1, from: Address, now: number): boolean {
    this.#rotate(now);
    return this.#secrets.some((secret) => equalBytes(cookie(secret, message, from), message.cookie));
  }

  #rotate(now: number): void {
    const age = now - this.#rotatedAt;
    if (age < ROTATE_MS) return;
    this.#secrets = [this.#dice(32), age < 2 * ROTATE_MS ? this.#secrets[0] : this.#dice(32)];
    this.#rotatedAt = now;
  }
}

function cookie(secret: Uint8Array, message: Message1, from: Address): Uint8Array {
  const writer = new ByteWriter(128);
  addressCodec.write(writer, from);
  writer.bytes(message.initiatorId).bytes(message.noise);
  return hmacSha256(secret, writer.finish()).subarray(0, COOKIE_BYTES);
}
