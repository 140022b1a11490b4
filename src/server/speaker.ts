// How the server says something to a client: on lane control, and never more than waits for it already. Pure.
// PROTOCOL §8.2, §8.6.

import { encode } from "#bytes";
import { fromServerCodec, type NoticeBody, RefusalCode, type ReplyBody } from "#chat";
import { type Endpoint, Lane } from "#transport";

import { type Visitor } from "./visitor.ts";

export type Refusal = keyof typeof RefusalCode;

const reasons: Readonly<Record<Refusal, string>> = {
  nameTaken: "the name is taken",
  unusableName: "not a usable name",
  invalidProof: "the proof is not valid",
  directoryFull: "the directory is full",
  tooMany: "too many, try again later",
  notRegistered: "not registered",
  storeFailed: "the server cannot write its books",
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

  reply(visitor: Visitor, id: number, body: ReplyBody, now: number): void {
    this.post(visitor, [encode(fromServerCodec, { kind: "reply", id, body })], now);
  }

  refuse(visitor: Visitor, id: number, refusal: Refusal, now: number): void {
    this.reply(visitor, id, { kind: "refused", code: RefusalCode[refusal], text: reasons[refusal] }, now);
  }

  notify(visitor: Visitor, body: NoticeBody, now: number): void {
    this.post(visitor, [encode(fromServerCodec, { kind: "notice", body })], now);
  }

  /** Sends encoded messages, all or none of them; what is one table leaves whole, however long. */
  post(visitor: Visitor, messages: readonly Uint8Array[], now: number): void {
    const view = this.#endpoint.view(visitor.session);
    if (view === undefined) return;
    if (view.queuedBytes > this.#mostQueued) return this.#onTooSlow(visitor, now);
    for (const message of messages) this.#endpoint.send(visitor.session, Lane.control, message);
  }
}
