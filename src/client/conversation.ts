// What we said to one person and has no verdict yet, in the order of the sends. Pure. PROTOCOL §9.6.
// Messages leave in that order, so three places in it say all there is to say: told up to here, left up to here, on the
// session in use up to here. Each moves past a message once, however many wait.

import { toHex } from "#bytes";
import { type LocalSessionId } from "#wire";

import { type OutgoingEnd, type OutgoingRecord } from "./profile.ts";

export interface Outgoing {
  readonly record: OutgoingRecord;
  readonly epochId: string;
  /** Safe in the profile; the ones before it are, too. */
  isSafe: boolean;
  /** When it first left, or would have if anybody had answered. */
  leftAt: number | undefined;
  end: OutgoingEnd | undefined;
}

export class Conversation {
  readonly toKey: Uint8Array;
  /** Highest number given out in the current epoch. */
  lastNumber = 0;
  /** Nothing leaves until the changed key is trusted. */
  isHeld = false;
  /** When the other side last showed that it takes messages in. */
  progressAt = Number.NEGATIVE_INFINITY;
  heardAt = Number.NEGATIVE_INFINITY;
  queuedBytes = 0;
  /** When the other side last had messages sent again. */
  resentAt = Number.NEGATIVE_INFINITY;
  readonly #messages = new Map<number, Outgoing>();
  /** The oldest message whose verdict is not told. */
  #first = 0;
  /** The oldest that has not left. */
  #toLeave = 0;
  /** The oldest that has not been sent on `#session`. */
  #toSend = 0;
  #end = 0;
  #open = 0;
  #session: LocalSessionId | undefined;
  /** By epoch, where the oldest open message of it may be. */
  readonly #floors = new Map<string, number>();

  constructor(toKey: Uint8Array) {
    this.toKey = toKey.slice();
  }

  /** Messages without an end. */
  get open(): number {
    return this.#open;
  }

  /** The oldest message whose verdict is not told: without an end, once `settle` was called. */
  get first(): Outgoing | undefined {
    return this.#messages.get(this.#first);
  }

  add(record: OutgoingRecord, isSafe: boolean): Outgoing {
    const message = { record, epochId: toHex(record.epoch), isSafe, leftAt: undefined, end: undefined };
    this.#messages.set(this.#end++, message);
    this.#open++;
    return message;
  }

  end(message: Outgoing, end: OutgoingEnd): void {
    if (message.end === undefined) this.#open--;
    message.end ??= end;
  }

  /** The next message for a session; undefined where nothing is ready. */
  nextFor(session: LocalSessionId): Outgoing | undefined {
    if (session !== this.#session) this.sendAgain();
    this.#session = session;
    for (; this.#toSend < this.#end; this.#toSend++) {
      const message = this.#messages.get(this.#toSend);
      if (message?.end === undefined) return message?.isSafe === true ? message : undefined;
    }
    return undefined;
  }

  /** The one that `nextFor` gave is on its way. */
  sent(now: number): void {
    const message = this.#messages.get(this.#toSend++);
    if (message !== undefined) message.leftAt ??= now;
  }

  /** All that is ready would leave now, if anybody answered. */
  leave(now: number): void {
    for (this.#toLeave = Math.max(this.#toLeave, this.#first); this.#toLeave < this.#end; this.#toLeave++) {
      const message = this.#messages.get(this.#toLeave);
      if (message?.isSafe !== true) return;
      message.leftAt ??= now;
    }
  }

  /** Open messages that have left, the oldest first. */
  *left(): Iterable<Outgoing> {
    for (let at = this.#first; at < this.#end; at++) {
      const message = this.#messages.get(at);
      if (message?.leftAt === undefined) return;
      if (message.end === undefined) yield message;
    }
  }

  /** All open messages are sent once more, on whatever session is next. */
  sendAgain(): void {
    this.#session = undefined;
    this.#toSend = this.#first;
  }

  /** Open messages of an epoch are sent once more, from a number on. */
  sendAgainFrom(epochId: string, number: number): void {
    for (let at = this.#first; at < this.#toSend; at++) {
      const message = this.#messages.get(at);
      if (message?.epochId === epochId && message.record.number >= number) this.#toSend = at;
    }
  }

  /** As if nothing had left. */
  pause(): void {
    this.sendAgain();
    for (const message of this.left()) message.leftAt = undefined;
    this.#toLeave = this.#first;
  }

  /** The lowest number of the message's epoch that is still to come. */
  floorOf({ epochId, record }: Outgoing): number {
    let at = Math.max(this.#floors.get(epochId) ?? 0, this.#first);
    for (; at < this.#toSend; at++) {
      const message = this.#messages.get(at);
      if (message?.end === undefined && message?.epochId === epochId) break;
    }
    this.#floors.set(epochId, at);
    return this.#messages.get(at)?.record.number ?? record.number;
  }

  /** Takes out the messages whose verdicts are next in order. */
  settle(): readonly Outgoing[] {
    const settled: Outgoing[] = [];
    for (let message = this.first; message?.end !== undefined; message = this.first) {
      settled.push(message);
      this.#messages.delete(this.#first++);
    }
    this.#toSend = Math.max(this.#toSend, this.#first);
    if (this.#messages.size === 0) this.#floors.clear();
    return settled;
  }
}
