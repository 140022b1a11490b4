// After a restart: every address with which the server that was had a session is told that it is forgotten, so that its
// client comes back at once. Pure. PROTOCOL §3.8, §8.5.

import { type Endpoint } from "#transport";
import { numericAddress } from "#wire";

import { type Books, type SessionRecord } from "./store.ts";

/** Sessions of a server that was last alive longer ago than this are over, ms. */
const RESET_AFTER_MS = 60_000;
const RESETS_A_TURN = 20;
const TURN_MS = 10;

/** The sessions that a server had when it died, as far as they can still matter: none if that was too long ago. */
export function sessionsLeft(books: Books, wallMs: number): readonly SessionRecord[] {
  return Math.abs(wallMs - books.aliveMs) <= RESET_AFTER_MS ? books.sessions : [];
}

/** One datagram an address, RESETS_A_TURN in TURN_MS. Times in monotonic ms. */
export class Resets {
  readonly #endpoint: Endpoint;
  readonly #waiting: SessionRecord[];
  #dueAt: number;

  constructor(endpoint: Endpoint, sessions: readonly SessionRecord[], now: number) {
    this.#endpoint = endpoint;
    this.#waiting = [...sessions];
    this.#dueAt = now;
  }

  get deadline(): number {
    return this.#waiting.length === 0 ? Number.POSITIVE_INFINITY : this.#dueAt;
  }

  wake(now: number): void {
    if (now < this.deadline) return;
    this.#dueAt = now + TURN_MS;
    for (const { host, port, clientSessionId, resetToken } of this.#waiting.splice(-RESETS_A_TURN)) {
      const to = numericAddress(host, port);
      if (to !== undefined) this.#endpoint.sendReset(to, clientSessionId, resetToken);
    }
  }
}
