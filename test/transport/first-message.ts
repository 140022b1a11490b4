// First messages of handshakes made by hand, one by one, for tests of who is answered.

import { utf8 } from "#bytes";
import { hmacSha256, sha256, x25519KeyPair } from "#crypto";
import { type Random } from "#sim";
import { Purpose } from "#transport";
import { writeMessage1 } from "#wire";

/** A padded message 1 with a fresh key, for whoever has that key or answers strangers. */
export function message1(
  random: Random,
  changes: { version?: number; key?: Uint8Array; cookie?: Uint8Array; secret?: Uint8Array } = {},
): Uint8Array {
  const { version = 1, key = new Uint8Array(32), cookie = new Uint8Array(16), secret = random.dice(32) } = changes;
  const noise = Uint8Array.from([...x25519KeyPair(secret).publicKey, 1, 1, 1]);
  const mac1Key = sha256(utf8("udpchat mac1"), key);
  const message = { version, suite: 1, purpose: Purpose.peer, initiatorId: Uint8Array.of(9, 9, 9, 9), cookie, noise };
  return writeMessage1(message, (covered) => hmacSha256(mac1Key, covered).subarray(0, 16));
}
