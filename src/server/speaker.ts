// How the server says something to a client: in the lane it was asked in, and not while too much waits already. Pure.
// PROTOCOL §8.2, §8.6.

import { encode } from "#bytes";
import { fromServerCodec, type NoticeBody, RefusalCode, type ReplyBody } from "#chat";
import { type Endpoint } from "#transport";

import { type Visitor } from "./visitor.ts";

export type Refusal = keyof typeof RefusalCode;

/** Who asked something, under which id, and in which lane the answer goes. */
export interface Asker {
  readonly visitor: Visitor;
  readonly id: number;
  readonly lane: number;
}

const reasons: Readonly<Record<Refusal, string>> = {
  nameTaken: "the name is taken",
  unusableName: "not a usable name",
  invalidProof: "the proof is not valid",
  directoryFull: "the directory is full",
  tooMany: "too many, try again later",
  notRegistered: "not registered",
  storeFailed: "the server cannot write its books",
  noSuchPerson: "nobody here has that key",
  mailboxFull: "the mailbox is full",
  noMailbox: "the server keeps no mail",
  noSuchGroup: "there is no such group",
  notInGroup: "you are in no group",
  tooManyGroups: "there are too many groups",
  groupFull: "the group is full",
  tooMuchWaits: "too much waits to be passed on, try again later",
};

/** Speaks to visitors; `onTooSlow` is told whom too much waits for already, and nothing is sent. */
export class Speaker {
  readonly #endpoint: Endpoint;
  readonly #mostQueued: number;
  readonly #onTooSlow: (visitor: Visitor, now: number) => void;

  constructor(endpoint: Endpoint, mostQueuedBytes: number, onTooSlow: (visitor: Visitor, now: number) => void) {
    this.#endpoint = endpoint;
    this.#mostQueued = mostQueuedBytes;
    this.#onTooSlow = onTooSlow;
  }

  reply({ visitor, id, lane }: Asker, body: ReplyBody, now: number): void {
    this.post(visitor, lane, [encode(fromServerCodec, { kind: "reply", id, body })], now);
  }

  refuse(asker: Asker, refusal: Refusal, now: number): void {
    this.reply(asker, { kind: "refused", code: RefusalCode[refusal], text: reasons[refusal] }, now);
  }

  notify(visitor: Visitor, lane: number, body: NoticeBody, now: number): void {
    this.post(visitor, lane, [encode(fromServerCodec, { kind: "notice", body })], now);
  }

  /** Sends encoded messages, all or none of them; what is one table leaves whole, however long. */
  post(visitor: Visitor, lane: number, messages: readonly Uint8Array[], now: number): void {
    const view = this.#endpoint.view(visitor.session);
    if (visitor.isGone || view === undefined) return;
    if (view.queuedBytes > this.#mostQueued) return this.#onTooSlow(visitor, now);
    for (const message of messages) this.#endpoint.send(visitor.session, lane, message);
  }
}
