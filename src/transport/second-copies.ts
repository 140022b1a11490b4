// Small messages that leave again before anybody can know whether they are lost, so that most losses cost a few ms and
// no round trip. Pure. PROTOCOL §5.7.

import { COPY_AFTER_MS, COPY_ALONE_MS, COPY_BYTES_PER_S, MAX_ACK_DELAY_MS, MOST_COPIES } from "./constants.ts";
import { Lane } from "./lanes.ts";
import { type Part } from "./outgoing-message.ts";
import { type RoundTrip } from "./round-trip.ts";
import { TokenBucket } from "./token-bucket.ts";

/** A message longer than this is not small, bytes. */
const SMALL_MESSAGE_BYTES = 400;
/** Messages kept in view; more than that under way are a stream, whose acknowledgements tell of losses soon enough. */
const MOST_WAITING = 64;
/** What may be copied at once after a quiet time, bytes. */
const COPY_BURST_BYTES = 8 * 1024;
/** What a copy costs beside the message: its share of a packet at the most, bytes. */
const COPY_OVERHEAD = 64;
/** The chance that a message has been lost every time it left, at which no more copies of it leave. */
const ACCEPTED_LOSS = 0.001;

const none: readonly never[] = [];

interface Waiting {
  readonly part: Part;
  /** How long after it last left it may leave again, ms. */
  readonly afterMs: number;
  readonly leftAt: number;
  readonly tries: number;
}

/** Of one session: which messages may leave again, and when. Times in monotonic ms. */
export class SecondCopies {
  /** In the order in which they last left. */
  #waiting: readonly Waiting[] = none;
  #budget: TokenBucket | undefined;

  /** When the next copy is due in a packet of its own; +∞ for none. The loss is that of the path, from 0 to 1. */
  dueAt(loss: number): number {
    this.#settle(loss);
    let due = Number.POSITIVE_INFINITY;
    for (const { leftAt, afterMs, tries } of this.#waiting)
      due = Math.min(due, leftAt + (tries === 1 ? afterMs : Math.max(afterMs, COPY_ALONE_MS)));
    return due;
  }

  /** A part left that is no copy. Only whole small messages are kept in view. */
  left(part: Part, roundTrip: RoundTrip, now: number): void {
    const { lane, bytes } = part.message;
    if (lane > Lane.receipts || bytes.length > SMALL_MESSAGE_BYTES || part.end - part.start < bytes.length) return;
    if (this.#waiting.length >= MOST_WAITING) return;
    const afterMs = copyAfter(lane, roundTrip);
    if (afterMs !== undefined) this.#waiting = [...this.#waiting, { part, afterMs, leftAt: now, tries: 1 }];
  }

  /** The next message that may leave again in a packet with so much room; `overhead` is what it takes beside its bytes. */
  take(space: number, overhead: (part: Part) => number, loss: number, now: number): Part | undefined {
    this.#settle(loss);
    const index = this.#waiting.findIndex(({ leftAt, afterMs }) => leftAt + afterMs <= now);
    const next = this.#waiting[index];
    if (next === undefined || next.part.message.bytes.length + overhead(next.part) > space) return undefined;
    this.#budget ??= new TokenBucket(COPY_BYTES_PER_S, COPY_BURST_BYTES, now);
    this.#waiting = this.#waiting.filter((each) => each !== next);
    // What there is no room for in the budget is not copied at all: it is a stream.
    if (!this.#budget.take(next.part.message.bytes.length + COPY_OVERHEAD, now)) return undefined;
    this.#waiting = [...this.#waiting, { ...next, leftAt: now, tries: next.tries + 1 }];
    return next.part;
  }

  /** Drops what has arrived, and what has left often enough. */
  #settle(loss: number): void {
    if (this.#waiting.length === 0) return;
    const most = triesFor(loss);
    if (!this.#waiting.some(({ part, tries }) => part.message.isDone || tries >= most)) return;
    this.#waiting = this.#waiting.filter(({ part, tries }) => !part.message.isDone && tries < most);
  }
}

/** How often a message should leave on a path that loses so much. */
function triesFor(loss: number): number {
  let tries = 1;
  for (let lost = loss; lost >= ACCEPTED_LOSS && tries <= MOST_COPIES; lost *= loss) tries++;
  return tries;
}

/** Where an acknowledgement comes sooner than a copy would leave, copies wait until it is overdue; and what does not ask
 * for one at once is not copied there, because nobody knows when it is overdue. */
function copyAfter(lane: number, roundTrip: RoundTrip): number | undefined {
  if (!roundTrip.isMeasured || roundTrip.least >= COPY_AFTER_MS) return COPY_AFTER_MS;
  if (lane !== Lane.chat) return undefined;
  return Math.max(COPY_AFTER_MS, roundTrip.probeTimeout - MAX_ACK_DELAY_MS);
}
