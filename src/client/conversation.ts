// What we said to one person and has no verdict yet, in the order of the sends, and what the server keeps for it. Pure.
// PROTOCOL §9.6. Messages leave in that order, so a few places in it say all there is to say: told up to here, left up to
// here, on the session in use up to here. Each moves past a message once, however many wait.

import { toHex } from "#bytes";
import { type LocalSessionId } from "#wire";

import { KeptMessages } from "./kept-messages.ts";
import { type OutgoingEnd, type OutgoingRecord } from "./profile.ts";

export interface Outgoing {
  readonly record: OutgoingRecord;
  readonly epochId: string;
  /** Safe in the profile; the ones before it are, too. */
  isSafe: boolean;
  /** When it first left, or would have if anybody had answered. */
  leftAt: number | undefined;
  /** The server is asked to keep it: it leaves directly only when its recipient asks for it. Then those before it are
   * mailed, too, or have an end. */
  isMailed: boolean;
  /** The way it went last: a session, or by the server. */
  path: LocalSessionId | "server" | undefined;
  end: OutgoingEnd | undefined;
  /** Why the server refused it. */
  reason: string | undefined;
}

/** How often something happened in all conversations, for checkers. */
export interface ConversationTally {
  /** Messages that went over a session to their recipient after they had gone another way; … */
  switchesToSession: number;
  /** … and to the server after they had gone over one. */
  switchesToServer: number;
}

export class Conversation {
  readonly toKey: Uint8Array;
  /** What ended and waits for its receipt. */
  readonly kept = new KeptMessages();
  /** Highest number given out in the current epoch. */
  lastNumber = 0;
  /** Nothing leaves until the changed key is trusted. */
  isHeld = false;
  /** When the other side last showed that it takes messages in. */
  progressAt = Number.NEGATIVE_INFINITY;
  heardAt = Number.NEGATIVE_INFINITY;
  /** Bytes queued in the session in use when it was last looked at. */
  queuedBytes = 0;
  /** When the other side last had messages sent again. */
  resentAt = Number.NEGATIVE_INFINITY;
  /** How often it had since its last receipt. */
  resends = 0;
  /** Sessions since its last receipt on which what had left before was begun again. */
  restarts = 0;
  readonly #messages = new Map<number, Outgoing>();
  /** The oldest message whose verdict is not told. */
  #first = 0;
  /** The oldest that is neither mailed nor ended. */
  #direct = 0;
  /** The oldest that has not left. */
  #toLeave = 0;
  /** The oldest that has not been sent on `#session`. */
  #toSend = 0;
  #end = 0;
  #open = 0;
  #session: LocalSessionId | undefined;
  /** By epoch, where the oldest message of it may be that may still come. */
  readonly #floors = new Map<string, number>();
  /** Mailed and kept ones that the other side misses. */
  readonly #missed = new Set<Outgoing>();
  readonly #tally: ConversationTally;

  constructor(toKey: Uint8Array, tally: ConversationTally) {
    this.toKey = toKey.slice();
    this.#tally = tally;
  }

  /** Messages without an end. */
  get open(): number {
    return this.#open;
  }

  /** The oldest message whose verdict is not told: without an end, once `settle` was called. */
  get first(): Outgoing | undefined {
    return this.#messages.get(this.#first);
  }

  /** The oldest message that is to go directly. */
  get next(): Outgoing | undefined {
    for (; this.#direct < this.#end; this.#direct++) {
      const message = this.#messages.get(this.#direct);
      if (message !== undefined && isDirect(message)) return message;
    }
    return undefined;
  }

  add(record: OutgoingRecord, isSafe: boolean): Outgoing {
    const message = newOutgoing(record, isSafe);
    this.#messages.set(this.#end++, message);
    this.#open++;
    return message;
  }

  /** A message that the server has from before. */
  keep(record: OutgoingRecord, end: "saved" | "exists"): Outgoing {
    const message = newOutgoing(record, true);
    message.end = end;
    this.kept.add(message);
    return message;
  }

  end(message: Outgoing, end: OutgoingEnd, reason?: string): void {
    if (message.end === undefined) this.#open--;
    message.end = end;
    message.reason = reason;
    if (!mayCome(message)) this.#missed.delete(message);
  }

  /** Takes out a kept message. */
  forget(message: Outgoing): void {
    this.kept.remove(message);
    this.#missed.delete(message);
  }

  /** The next message for a session; undefined where nothing is ready. */
  nextFor(session: LocalSessionId): Outgoing | undefined {
    if (session !== this.#session) this.#begin(session);
    const [missed] = this.#missed;
    if (missed !== undefined) return missed;
    for (; this.#toSend < this.#end; this.#toSend++) {
      const message = this.#messages.get(this.#toSend);
      if (message === undefined || !isDirect(message)) continue;
      return message.isSafe && !this.#mustWait(message) ? message : undefined;
    }
    return undefined;
  }

  #begin(session: LocalSessionId): void {
    if (this.next?.leftAt !== undefined) this.restarts++;
    this.sendAgain();
    this.#session = session;
    this.queuedBytes = 0;
  }

  /** The one that `nextFor` gave is on its way. */
  sent(message: Outgoing, now: number): void {
    if (message.path !== undefined && message.path !== this.#session) this.#tally.switchesToSession++;
    message.path = this.#session;
    if (this.#missed.delete(message)) return;
    this.#toSend++;
    message.leftAt ??= now;
  }

  /** The server is asked to keep it. */
  mailed(message: Outgoing): void {
    message.isMailed = true;
    if (message.path !== undefined && message.path !== "server") this.#tally.switchesToServer++;
    message.path = "server";
  }

  /** All that is ready would leave now, if anybody answered. */
  leave(now: number): void {
    for (this.#toLeave = Math.max(this.#toLeave, this.#first); this.#toLeave < this.#end; this.#toLeave++) {
      const message = this.#messages.get(this.#toLeave);
      if (message?.isSafe !== true) return;
      message.leftAt ??= now;
    }
  }

  /** Messages that have left directly and are open, the oldest first. */
  *left(): Iterable<Outgoing> {
    if (this.next === undefined) return;
    for (let at = this.#direct; at < this.#end; at++) {
      const message = this.#messages.get(at);
      if (message === undefined || !isDirect(message)) continue;
      if (message.leftAt === undefined) return;
      yield message;
    }
  }

  /** All that goes directly is sent once more, on whatever session is next. */
  sendAgain(): void {
    this.#session = undefined;
    this.#toSend = this.#first;
  }

  /** What may still come of an epoch is sent once more, from a number on. */
  sendAgainFrom(epochId: string, number: number): void {
    for (const message of this.kept.from(epochId, number)) this.#missed.add(message);
    let again = this.#toSend;
    for (let at = this.#first; at < this.#end; at++) {
      const message = this.#messages.get(at);
      if (message === undefined || message.epochId !== epochId || message.record.number < number) continue;
      if (isDirect(message)) again = Math.min(again, at);
      else if (message.isSafe && mayCome(message)) this.#missed.add(message);
    }
    this.#toSend = again;
  }

  /** As if nothing had left, and the server had not been asked for anything. */
  pause(): void {
    this.sendAgain();
    this.#missed.clear();
    for (let at = this.#first; at < this.#end; at++) {
      const message = this.#messages.get(at);
      if (message === undefined || message.end !== undefined) continue;
      message.leftAt = undefined;
      message.isMailed = false;
    }
    this.#direct = this.#first;
    this.#toLeave = this.#first;
  }

  /** Of an earlier epoch something is on its way to the server: not before it is there can its recipient find it. */
  #mustWait({ epochId }: Outgoing): boolean {
    const { first } = this;
    return first !== undefined && first.isMailed && first.epochId !== epochId;
  }

  /** The lowest number of the message's epoch that is still to come. */
  floorOf({ epochId, record }: Outgoing): number {
    const kept = this.kept.lowest(epochId);
    if (kept !== undefined) return Math.min(kept, record.number);
    let at = Math.max(this.#floors.get(epochId) ?? 0, this.#first);
    for (; at < this.#end; at++) {
      const message = this.#messages.get(at);
      if (message?.epochId === epochId && mayCome(message)) break;
    }
    this.#floors.set(epochId, at);
    return Math.min(this.#messages.get(at)?.record.number ?? record.number, record.number);
  }

  /** Takes out the messages whose verdicts are next in order. */
  settle(): readonly Outgoing[] {
    const settled: Outgoing[] = [];
    for (let message = this.first; message?.end !== undefined; message = this.first) {
      settled.push(message);
      this.#messages.delete(this.#first++);
      if (mayCome(message)) this.kept.add(message);
    }
    this.#toSend = Math.max(this.#toSend, this.#first);
    this.#direct = Math.max(this.#direct, this.#first);
    if (this.#messages.size === 0) this.#floors.clear();
    return settled;
  }
}

function newOutgoing(record: OutgoingRecord, isSafe: boolean): Outgoing {
  const epochId = toHex(record.epoch);
  return {
    record,
    epochId,
    isSafe,
    leftAt: undefined,
    isMailed: false,
    path: undefined,
    end: undefined,
    reason: undefined,
  };
}

function isDirect({ end, isMailed }: Outgoing): boolean {
  return end === undefined && !isMailed;
}

/** Whether its recipient may still get it, from us or from the server. */
function mayCome({ end }: Outgoing): boolean {
  return end === undefined || end === "saved" || end === "exists";
}
