// What became of each message of ours since we started, try by try, for a user who asks why. Pure. PROTOCOL §9.11.
// Told what others decide; decides nothing. Knows no text.

import { toHex } from "#bytes";
import { nameKey } from "#chat";
import { type Departure } from "#transport";
import { type Address, isSameAddress } from "#wire";

import { type ClientEvent } from "./events.ts";

/** Messages that are remembered; of more, the oldest are forgotten. */
export const MOST_REMEMBERED = 1000;
/** Tries of a message that are remembered one by one, and times of leaving of each. */
export const MOST_TRIES = 16;
export const MOST_TIMES = 8;
/** People whose last call is remembered. */
const MOST_CALLED = 1000;
/** A call goes on while it is repeated within so long, ms. */
const CALL_PAUSE_MS = 4000;

/** Where a message is: here; here until a changed key is trusted; on its way to its recipient, to the server; with the server, who keeps it, hands it over to
 * somebody who is there, or has passed a post on; with its recipient; or nowhere. */
export type Whereabout =
  | "kept"
  | "held"
  | "sent"
  | "asked"
  | "saved"
  | "handedOver"
  | "taken"
  | "delivered"
  | "notDelivered"
  | "refused"
  | "nobody";

/** One try; times in ms since the message was said. */
export type Try =
  /** Its recipient was called there, before any of it could leave. */
  | { readonly kind: "called"; readonly address: Address; readonly atMs: number }
  /** So many datagrams with it, or a part of it, left for there: the first MOST_TIMES times, and the last. */
  | {
      readonly kind: "left";
      readonly address: Address;
      readonly datagrams: number;
      readonly timesMs: readonly number[];
      readonly lastMs: number;
    }
  /** The server was asked to keep it. */
  | { readonly kind: "asked"; readonly atMs: number }
  /** What then was told of it. */
  | { readonly kind: "told"; readonly is: Whereabout; readonly reason: string | undefined; readonly atMs: number };

/** A message of ours. */
export interface SentMessage {
  /** Counts up from 1, over messages and posts. */
  readonly number: number;
  /** Whom it was said to, as typed; a post has none. */
  readonly to: string | undefined;
  /** The group of a post; undefined for one to everybody. */
  readonly group: string | undefined;
  readonly bytes: number;
  readonly is: Whereabout;
  readonly tries: readonly Try[];
}

interface Leaving {
  readonly address: Address;
  datagrams: number;
  lastMs: number;
  readonly times: number[];
}

interface Remembered extends Omit<SentMessage, "tries" | "is"> {
  readonly saidAt: number;
  readonly tries: (Try | Leaving)[];
  is: Whereabout;
  hasLeft: boolean;
  endedAt: number;
}

interface Call {
  readonly address: Address;
  readonly from: number;
  until: number;
}

/** Times in monotonic ms. */
export class Tries {
  readonly #messages = new Map<string, Remembered>();
  readonly #ids = new Map<number, string>();
  readonly #calls = new Map<string, Call>();
  #count = 0;

  /** How many messages there were. */
  get count(): number {
    return this.#count;
  }

  /** Something was accepted, for a person or as a post. */
  said(messageId: Uint8Array, message: Pick<SentMessage, "to" | "group" | "bytes">, now: number): void {
    const id = toHex(messageId);
    const number = ++this.#count;
    const fresh = { hasLeft: false, endedAt: Number.POSITIVE_INFINITY };
    this.#messages.set(id, { ...message, ...fresh, number, saidAt: now, tries: [], is: "kept" });
    this.#ids.set(number, id);
    const forgotten = this.#ids.get(number - MOST_REMEMBERED);
    if (forgotten === undefined) return;
    this.#messages.delete(forgotten);
    this.#ids.delete(number - MOST_REMEMBERED);
  }

  /** Somebody of that name is being called. */
  called(name: string, address: Address, now: number): void {
    const key = nameKey(name);
    const call = this.#calls.get(key);
    if (call !== undefined && isSameAddress(call.address, address) && now - call.until < CALL_PAUSE_MS) {
      call.until = now;
      return;
    }
    this.#calls.delete(key);
    this.#calls.set(key, { address, from: now, until: now });
    for (const oldest of this.#calls.keys()) {
      if (this.#calls.size <= MOST_CALLED) return;
      this.#calls.delete(oldest);
    }
  }

  /** A message is handed to a session: what is to be told of each part of it that leaves. */
  leaving(messageId: Uint8Array): Departure | undefined {
    const message = this.#messages.get(toHex(messageId));
    if (message === undefined) return undefined;
    let leaving: Leaving | undefined;
    return (address, _, now) => {
      if (message.is === "kept" || message.is === "held") message.is = "sent";
      message.hasLeft = true;
      if (leaving === undefined || !isSameAddress(leaving.address, address)) {
        leaving = { address, datagrams: 0, lastMs: 0, times: [] };
        this.#note(message, leaving);
      }
      leaving.datagrams++;
      leaving.lastMs = now - message.saidAt;
      if (leaving.times.length < MOST_TIMES) leaving.times.push(leaving.lastMs);
    };
  }

  /** The server is asked to keep a message. */
  asked(messageId: Uint8Array, now: number): void {
    const message = this.#messages.get(toHex(messageId));
    if (message === undefined) return;
    message.is = "asked";
    this.#note(message, { kind: "asked", atMs: now - message.saidAt });
  }

  /** Our user is told something. */
  told(event: ClientEvent, now: number): void {
    switch (event.kind) {
      case "messageEnded":
        return this.#told(event.messageId, ends[event.end], event.reason, now);
      case "mailCollected":
        return this.#told(event.messageId, "delivered", undefined, now);
      case "postTaken":
        return this.#told(event.messageId, "taken", undefined, now);
      case "requestRefused":
        return this.#told(event.messageId, "refused", event.reason, now);
      case "keyChanged":
        return this.#told(event.messageId, "held", undefined, now);
      case "unknownName":
        return this.#told(event.messageId, "nobody", undefined, now);
      default:
    }
  }

  /** The message of that number, or the last; undefined for none, and for one that is forgotten. */
  of(number = this.#count): SentMessage | undefined {
    const message = this.#messages.get(this.#ids.get(number) ?? "");
    if (message === undefined) return undefined;
    const { bytes, group, is, to } = message;
    return { number, to, group, bytes, is, tries: [...this.#callOf(message), ...message.tries.map(shown)] };
  }

  /** The call that the message waited for: a path that stands needs none. */
  #callOf({ endedAt, hasLeft, saidAt, to }: Remembered): readonly Try[] {
    const call = to === undefined || hasLeft ? undefined : this.#calls.get(nameKey(to));
    if (call === undefined || call.until < saidAt || call.from > endedAt) return [];
    return [{ kind: "called", address: call.address, atMs: Math.max(0, call.from - saidAt) }];
  }

  #told(messageId: Uint8Array | undefined, is: Whereabout, reason: string | undefined, now: number): void {
    const message = messageId && this.#messages.get(toHex(messageId));
    if (message === undefined) return;
    message.is = is;
    if (is !== "held") message.endedAt = Math.min(message.endedAt, now);
    this.#note(message, { kind: "told", is, reason, atMs: now - message.saidAt });
  }

  /** The last are worth more than those in the middle. */
  #note({ tries }: Remembered, next: Try | Leaving): void {
    if (tries.length >= MOST_TRIES) tries.pop();
    tries.push(next);
  }
}

const ends = {
  received: "delivered",
  notDelivered: "notDelivered",
  saved: "saved",
  exists: "handedOver",
  refused: "refused",
} as const;

function shown(each: Try | Leaving): Try {
  if ("kind" in each) return each;
  const { address, datagrams, lastMs, times } = each;
  return { kind: "left", address, datagrams, timesMs: times, lastMs };
}
