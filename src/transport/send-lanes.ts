// Messages waiting to leave, lane by lane. Pure. PROTOCOL §5.1–5.3.

import { type CreditClass, LANES, LONGEST_MESSAGE, partOverhead } from "#wire";

import { OVERDUE_PART_MS, SMALLEST_CUT } from "./constants.ts";
import { FIRST_CREDIT, LONGEST_CONTROL_MESSAGE, messageCost } from "./credit.ts";
import { creditClass, mayPassWindow } from "./lanes.ts";
import { type Departure, OutgoingMessage, type Part } from "./outgoing-message.ts";

interface SendLane {
  readonly lane: number;
  next: number;
  /** Begun or not, in order, from `head` on; the head moves on when all of it has left. */
  waiting: (OutgoingMessage | undefined)[];
  head: number;
  again: Set<OutgoingMessage> | undefined;
  /** When something of the lane last left. */
  sentAt: number;
}

/** The sender's side of all lanes; a lane takes memory from its first message on. Their length is the application's to
 * bound, by `queuedBytes`. */
export class SendLanes {
  /** In the order of priority. */
  #lanes: SendLane[] = [];
  readonly #spent: Record<CreditClass, number> = { control: 0, data: 0 };
  readonly #limits: Record<CreditClass, number> = { ...FIRST_CREDIT };
  readonly #isBlockTold: Record<CreditClass, boolean> = { control: false, data: false };
  #queuedBytes = 0;
  #isClosed = false;

  /** Bytes of messages not yet wholly acknowledged. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Takes a message of 1 to LONGEST_MESSAGE bytes (16 KiB on a lane of class control) and owns its bytes. */
  enqueue(lane: number, bytes: Uint8Array, onLeft?: Departure): void {
    const longest = creditClass(lane) === "control" ? LONGEST_CONTROL_MESSAGE : LONGEST_MESSAGE;
    if (!(lane >= 0 && lane < LANES) || bytes.length === 0 || bytes.length > longest) {
      throw new RangeError(`no message of ${bytes.length} bytes on lane ${lane}`);
    }
    if (this.#isClosed) return;
    const target = this.#lane(lane);
    target.waiting.push(new OutgoingMessage(lane, target.next++, bytes, onLeft));
    this.#queuedBytes += bytes.length;
  }

  /** No message leaves any more, not even what was begun. */
  close(): void {
    this.#isClosed = true;
    this.#lanes = [];
    this.#queuedBytes = 0;
  }

  /** Whether anything could leave with `isPastWindow` (only what may pass a full window) or without. */
  hasReady(isPastWindow: boolean): boolean {
    return this.#mostUrgent(isPastWindow) !== undefined;
  }

  /** The most urgent part that fits `space` bytes of frames, header included. */
  take(space: number, isPastWindow: boolean, now: number): Part | undefined {
    const lane = (isPastWindow ? undefined : this.#overdue(now)) ?? this.#mostUrgent(isPastWindow);
    const message = lane && nextOf(lane);
    if (lane === undefined || message === undefined) return undefined;
    const room = space - partOverhead(message.number, message.bytes.length);
    if (room < Math.min(message.nextLength, SMALLEST_CUT)) return undefined;
    lane.sentAt = now;
    return this.#takeFrom(lane, message, room);
  }

  /** A part must leave again: its packet was lost, or is taken to be. */
  lose(part: Part): void {
    if (this.#isClosed || !part.message.lose(part.start, part.end)) return;
    const lane = this.#lane(part.message.lane);
    lane.again ??= new Set();
    lane.again.add(part.message);
  }

  acknowledge(part: Part): void {
    if (this.#isClosed) return;
    const { message } = part;
    if (message.acknowledge(part.start, part.end)) this.#queuedBytes -= message.bytes.length;
    if (!message.hasLost) this.#lane(message.lane).again?.delete(message);
  }

  /** The receiver promises more; limits never shrink. */
  raise(credit: CreditClass, limit: number): void {
    if (limit <= this.#limits[credit]) return;
    this.#limits[credit] = limit;
    this.#isBlockTold[credit] = false;
  }

  /** A class whose next message waits for credit, of which the receiver has not been told. */
  get untoldBlock(): CreditClass | undefined {
    for (const lane of this.#lanes) {
      const credit = creditClass(lane.lane);
      if (!this.#isBlockTold[credit] && this.#waitsForCredit(lane)) return credit;
    }
    return undefined;
  }

  /** Whether a message of that class waits for credit. */
  isBlocked(credit: CreditClass): boolean {
    return this.#lanes.some((lane) => creditClass(lane.lane) === credit && this.#waitsForCredit(lane));
  }

  /** The receiver is being told; the limit that holds us up. */
  tellBlocked(credit: CreditClass): number {
    this.#isBlockTold[credit] = true;
    return this.#limits[credit];
  }

  /** The news of being blocked was lost; tells again if it is still so. */
  loseBlocked(credit: CreditClass): void {
    this.#isBlockTold[credit] = false;
  }

  /** A lane further down may not begin what a more urgent one of its class saves credit for. */
  #mostUrgent(isPastWindow: boolean): SendLane | undefined {
    const isSaving = { control: false, data: false };
    for (const lane of this.#lanes) {
      if (isPastWindow && !mayPassWindow(lane.lane)) return undefined;
      const credit = creditClass(lane.lane);
      if (isUnderWay(lane)) return lane;
      if (lane.head === lane.waiting.length) continue;
      if (!isSaving[credit] && !this.#waitsForCredit(lane)) return lane;
      isSaving[credit] = true;
    }
    return undefined;
  }

  /** A lane that has kept the receiver waiting for the rest of a message for too long, however urgent the others are:
   * it would take the message for stalled. */
  #overdue(now: number): SendLane | undefined {
    return this.#lanes.find((lane) => now - lane.sentAt >= OVERDUE_PART_MS && isUnderWay(lane));
  }

  #waitsForCredit(lane: SendLane): boolean {
    const head = lane.waiting[lane.head];
    if (head === undefined || head.isStarted) return false;
    const credit = creditClass(lane.lane);
    return this.#spent[credit] + messageCost(head.bytes.length) > this.#limits[credit];
  }

  #takeFrom(lane: SendLane, message: OutgoingMessage, room: number): Part {
    const isAgain = lane.again?.has(message) === true;
    if (!isAgain && !message.isStarted) this.#spent[creditClass(lane.lane)] += messageCost(message.bytes.length);
    const part = message.take(room);
    if (isAgain && !message.hasLost) lane.again?.delete(message);
    if (!isAgain && message.isSent) dropHead(lane);
    return part;
  }

  #lane(number: number): SendLane {
    const known = this.#lanes.find(({ lane }) => lane === number);
    if (known !== undefined) return known;
    const lane: SendLane = { lane: number, next: 0, waiting: [], head: 0, again: undefined, sentAt: 0 };
    this.#lanes = [...this.#lanes, lane].toSorted((a, b) => a.lane - b.lane);
    return lane;
  }
}

/** What the lane sends next: what was lost, else its head. */
function nextOf(lane: SendLane): OutgoingMessage | undefined {
  if (lane.again !== undefined) for (const message of lane.again) return message;
  return lane.waiting[lane.head];
}

/** Whether a message was begun of which something must leave. */
function isUnderWay(lane: SendLane): boolean {
  return (lane.again !== undefined && lane.again.size > 0) || lane.waiting[lane.head]?.isStarted === true;
}

function dropHead(lane: SendLane): void {
  lane.waiting[lane.head++] = undefined;
  // Only now and then, as taking the first of a long array away costs its length.
  if (2 * lane.head < lane.waiting.length) return;
  lane.waiting = lane.waiting.slice(lane.head);
  lane.head = 0;
}
