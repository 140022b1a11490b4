// Messages waiting to leave, lane by lane. Pure. PROTOCOL §5.1–5.3.

import { type CreditClass, LANES, LONGEST_MESSAGE, partOverhead } from "#wire";

import { FIRST_CREDIT, LONGEST_CONTROL_MESSAGE, messageCost } from "./credit.ts";
import { creditClass, mayPassWindow } from "./lanes.ts";
import { OutgoingMessage, type Part } from "./outgoing-message.ts";

/** A part smaller than this is not cut off just to fill a packet. */
const SMALLEST_CUT = 128;

interface SendLane {
  readonly lane: number;
  next: number;
  /** Begun or not, in order; the head moves on when all of it has left. */
  readonly waiting: OutgoingMessage[];
  readonly again: Set<OutgoingMessage>;
}

/** The sender's side of all lanes. Its length is the application's to bound, by `queuedBytes`. */
export class SendLanes {
  readonly #lanes: readonly SendLane[];
  readonly #spent: Record<CreditClass, number> = { control: 0, data: 0 };
  readonly #limits: Record<CreditClass, number> = { ...FIRST_CREDIT };
  readonly #blocked = new Set<CreditClass>();
  #queuedBytes = 0;

  constructor() {
    this.#lanes = Array.from({ length: LANES }, (_, lane) => ({ lane, next: 0, waiting: [], again: new Set() }));
  }

  /** Bytes of messages not yet wholly acknowledged. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Takes a message of 1 to LONGEST_MESSAGE bytes (16 KiB on a lane of class control) and owns its bytes. */
  enqueue(lane: number, bytes: Uint8Array): void {
    const target = this.#lanes[lane];
    const longest = creditClass(lane) === "control" ? LONGEST_CONTROL_MESSAGE : LONGEST_MESSAGE;
    if (target === undefined || bytes.length === 0 || bytes.length > longest) {
      throw new RangeError(`no message of ${bytes.length} bytes on lane ${lane}`);
    }
    target.waiting.push(new OutgoingMessage(lane, target.next++, bytes));
    this.#queuedBytes += bytes.length;
  }

  /** Whether anything could leave with `isPastWindow` (only what may pass a full window) or without. */
  hasReady(isPastWindow: boolean): boolean {
    return this.#lanes.some((lane) => (!isPastWindow || mayPassWindow(lane.lane)) && this.#next(lane) !== undefined);
  }

  /** The most urgent part that fits `space` bytes of frames, header included. */
  take(space: number, isPastWindow: boolean): Part | undefined {
    for (const lane of this.#lanes) {
      if (isPastWindow && !mayPassWindow(lane.lane)) continue;
      const message = this.#next(lane);
      if (message === undefined) continue;
      const room = space - partOverhead(message.number, message.bytes.length);
      if (room < Math.min(message.nextLength, SMALLEST_CUT)) return undefined;
      return this.#takeFrom(lane, message, room);
    }
    return undefined;
  }

  /** A part must leave again: its packet was lost, or is taken to be. */
  lose(part: Part): void {
    if (part.message.lose(part.start, part.end)) this.#lanes[part.message.lane]?.again.add(part.message);
  }

  acknowledge(part: Part): void {
    const { message } = part;
    if (message.acknowledge(part.start, part.end)) this.#queuedBytes -= message.bytes.length;
    if (!message.hasLost) this.#lanes[message.lane]?.again.delete(message);
  }

  /** The receiver promises more; limits never shrink. */
  raise(credit: CreditClass, limit: number): void {
    if (limit <= this.#limits[credit]) return;
    this.#limits[credit] = limit;
    this.#blocked.delete(credit);
  }

  /** A class whose next message waits for credit, of which the receiver has not been told. */
  get untoldBlock(): CreditClass | undefined {
    for (const lane of this.#lanes) {
      const [head] = lane.waiting;
      const credit = creditClass(lane.lane);
      if (head !== undefined && !head.isStarted && !this.#canPay(lane, head) && !this.#blocked.has(credit)) return credit;
    }
    return undefined;
  }

  /** The receiver is being told; the limit that holds us up. */
  tellBlocked(credit: CreditClass): number {
    this.#blocked.add(credit);
    return this.#limits[credit];
  }

  /** The news of being blocked was lost; tells again if it is still so. */
  loseBlocked(credit: CreditClass): void {
    this.#blocked.delete(credit);
  }

  #next(lane: SendLane): OutgoingMessage | undefined {
    const [again] = lane.again;
    if (again !== undefined) return again;
    const [head] = lane.waiting;
    return head !== undefined && (head.isStarted || this.#canPay(lane, head)) ? head : undefined;
  }

  #canPay(lane: SendLane, message: OutgoingMessage): boolean {
    const credit = creditClass(lane.lane);
    return this.#spent[credit] + messageCost(message.bytes.length) <= this.#limits[credit];
  }

  #takeFrom(lane: SendLane, message: OutgoingMessage, room: number): Part {
    const isAgain = lane.again.has(message);
    if (!isAgain && !message.isStarted) this.#spent[creditClass(lane.lane)] += messageCost(message.bytes.length);
    const part = message.take(room);
    if (isAgain && !message.hasLost) lane.again.delete(message);
    if (!isAgain && message.isSent) lane.waiting.shift();
    return part;
  }
}
