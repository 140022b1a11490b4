// Who may make us work: `mac1` shows that a caller knows whom it calls (WireGuard §5.4.4). Pure. PROTOCOL §3.3.

import { equalBytes, utf8 } from "#bytes";
import { hmacSha256, sha256 } from "#crypto";
import { splitMac1 } from "#wire";

const MAC1_BYTES = 16;
/** In place of a key that the caller cannot know yet. */
const UNKNOWN_KEY = new Uint8Array(32);

/** The code over message 1 up to itself; `responderKey` undefined where the caller does not know it. */
export class Mac1 {
  readonly #key: Uint8Array;

  constructor(responderKey: Uint8Array | undefined) {
    this.#key = sha256(utf8("udpchat mac1"), responderKey ?? UNKNOWN_KEY);
  }

  over(covered: Uint8Array): Uint8Array {
    return hmacSha256(this.#key, covered).subarray(0, MAC1_BYTES);
  }

  /** Whether a message-1 datagram carries this code. */
  isOn(datagram: Uint8Array): boolean {
    const { covered, mac1 } = splitMac1(datagram);
    return equalBytes(this.over(covered), mac1);
  }
}
