// Requests on their way in: read, bounded, and handed on in their order at the rate that a person has. Pure.
// PROTOCOL §8.2, §8.6. Over its rate a person's requests wait, they are not refused. Each has its lane.

import { decode } from "#bytes";
import { type Request, requestCodec, requestLane } from "#chat";
import { CloseCode, Lane, TokenBuckets } from "#transport";

import { ServerCloseCode } from "./close-code.ts";
import { type Limits } from "./limits.ts";
import { type Visitor } from "./visitor.ts";

/** How often those who wait for a token are looked after, ms. */
const RETRY_MS = 20;
/** What a request weighs beside its bytes. */
const OVERHEAD_BYTES = 512;

/** A request that waits for its turn. */
export interface WaitingRequest {
  readonly request: Request;
  readonly lane: number;
  readonly bytes: number;
}

export interface RequestDeskOptions {
  readonly limits: Limits;
  /** How many requests' worth a request is; above the burst counts as the burst. */
  readonly costOf: (visitor: Visitor, request: Request) => number;
  readonly answer: (visitor: Visitor, request: Request, lane: number, now: number) => void;
  readonly dismiss: (visitor: Visitor, code: number, reason: string, now: number) => void;
}

/** Times in monotonic ms. */
export class RequestDesk {
  readonly #options: RequestDeskOptions;
  readonly #rates: TokenBuckets<string>;
  /** Visitors some of whose requests wait. */
  readonly #waiting = new Set<Visitor>();
  #waitingBytes = 0;
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

  /** What waits weighs, bytes. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Takes a message; what is no request of that lane ends the session. */
  receive(visitor: Visitor, lane: number, bytes: Uint8Array, now: number): void {
    const { limits, dismiss } = this.#options;
    const request = decode(requestCodec, bytes);
    if (request === undefined || lane !== Lane[requestLane(request.body)])
      return dismiss(visitor, CloseCode.malformed, "malformed request", now);
    this.#queue(visitor, { request, lane, bytes: bytes.length + OVERHEAD_BYTES });
    this.serve(visitor, now);
    const isTooMuch = visitor.waiting.length > limits.waitingRequests || visitor.waitingBytes > limits.waitingBytes;
    const isTooMuchInAll = this.#waitingBytes > limits.allWaitingBytes;
    const heaviest = isTooMuch ? visitor : isTooMuchInAll ? this.#heaviest : undefined;
    if (heaviest !== undefined) dismiss(heaviest, ServerCloseCode.tooManyRequests, "too many requests wait", now);
  }

  /** Answers what may be answered now; while a registration is being decided, or something else that later requests
   * must not overtake, nothing. */
  serve(visitor: Visitor, now: number): void {
    const mayGoOn = (): boolean => !visitor.isRegistering && !visitor.isBusy;
    for (let next = visitor.waiting[0]; next !== undefined && mayGoOn(); next = visitor.waiting[0]) {
      const { request, lane } = next;
      const cost = Math.min(this.#options.costOf(visitor, request), this.#options.limits.requestBurst);
      if (!this.#rates.take(visitor.key, cost, now)) {
        this.#retryAt = Math.min(this.#retryAt, now + RETRY_MS);
        return;
      }
      visitor.waiting.shift();
      this.#weigh(visitor, -next.bytes);
      if (visitor.waiting.length === 0) this.#waiting.delete(visitor);
      this.#options.answer(visitor, request, lane, now);
    }
  }

  /** The session has ended: what waited is not answered. */
  forget(visitor: Visitor): void {
    visitor.waiting.length = 0;
    this.#weigh(visitor, -visitor.waitingBytes);
    this.#waiting.delete(visitor);
  }

  wake(now: number): void {
    if (now < this.#retryAt) return;
    this.#retryAt = Number.POSITIVE_INFINITY;
    for (const visitor of this.#waiting) this.serve(visitor, now);
  }

  /** Whose requests weigh the most: whoever waits for a moment is not put out for those who pile up theirs. */
  get #heaviest(): Visitor | undefined {
    let heaviest: Visitor | undefined;
    for (const visitor of this.#waiting)
      if (heaviest === undefined || visitor.waitingBytes > heaviest.waitingBytes) heaviest = visitor;
    return heaviest;
  }

  #queue(visitor: Visitor, waiting: WaitingRequest): void {
    visitor.waiting.push(waiting);
    this.#waiting.add(visitor);
    this.#weigh(visitor, waiting.bytes);
  }

  #weigh(visitor: Visitor, bytes: number): void {
    visitor.waitingBytes += bytes;
    this.#waitingBytes += bytes;
  }
}
