// Requests on their way in: read, bounded, and handed on in their order at the rate that a person has. Pure.
// PROTOCOL §8.2, §8.6. Over its rate a person's requests wait, they are not refused.

import { decode } from "#bytes";
import { type Request, requestCodec } from "#chat";
import { CloseCode, TokenBuckets } from "#transport";

import { ServerCloseCode } from "./close-code.ts";
import { type Limits } from "./limits.ts";
import { type Visitor } from "./visitor.ts";

/** How often those who wait for a token are looked after, ms. */
const RETRY_MS = 20;

export interface RequestDeskOptions {
  readonly limits: Limits;
  /** How many requests' worth a request is; above the burst counts as the burst. */
  readonly costOf: (visitor: Visitor, request: Request) => number;
  readonly answer: (visitor: Visitor, request: Request, now: number) => void;
  readonly dismiss: (visitor: Visitor, code: number, reason: string, now: number) => void;
}

/** Times in monotonic ms. */
export class RequestDesk {
  readonly #options: RequestDeskOptions;
  readonly #rates: TokenBuckets<string>;
  #waiting = new Set<Visitor>();
  #retryAt = Number.POSITIVE_INFINITY;

  constructor(options: RequestDeskOptions) {
    this.#options = options;
    const { requestsPerSecond, requestBurst, sessions } = options.limits;
    this.#rates = new TokenBuckets(requestsPerSecond, requestBurst, sessions);
  }

  /** When those who wait are due; +∞ without any. */
  get deadline(): number {
    return this.#retryAt;
  }

  /** Takes a message; what is no request ends the session. */
  receive(visitor: Visitor, bytes: Uint8Array, now: number): void {
    const { limits, dismiss } = this.#options;
    const request = decode(requestCodec, bytes);
    if (request === undefined) return dismiss(visitor, CloseCode.malformed, "malformed request", now);
    if (visitor.waiting.length >= limits.waitingRequests) {
      return dismiss(visitor, ServerCloseCode.tooManyRequests, "too many requests wait", now);
    }
    visitor.waiting.push(request);
    this.serve(visitor, now);
  }

  /** Answers what may be answered now; while a registration is being decided, nothing. */
  serve(visitor: Visitor, now: number): void {
    for (let next = visitor.waiting[0]; next !== undefined && !visitor.isRegistering; next = visitor.waiting[0]) {
      const cost = Math.min(this.#options.costOf(visitor, next), this.#options.limits.requestBurst);
      if (!this.#rates.take(visitor.key, cost, now)) {
        this.#waiting.add(visitor);
        this.#retryAt = Math.min(this.#retryAt, now + RETRY_MS);
        return;
      }
      visitor.waiting.shift();
      this.#options.answer(visitor, next, now);
    }
  }

  wake(now: number): void {
    if (now < this.#retryAt) return;
    this.#retryAt = Number.POSITIVE_INFINITY;
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const visitor of waiting) this.serve(visitor, now);
  }
}
