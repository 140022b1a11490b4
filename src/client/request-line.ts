// What our user asks of the server about groups and posts: in the order asked, a few at once, each with one answer. Pure.
// PROTOCOL §9.10.

import { type ReplyBody, type RequestBody } from "#chat";

import { type EventQueue } from "./event-queue.ts";
import { type ClientEvent } from "./events.ts";
import { type Journal } from "./journal.ts";

/** Errands that the server has not answered; … */
export const MOST_UNANSWERED = 32;
/** … and about so many bytes of them: what it costs to pass them on to the largest group must fit the time of an answer. */
export const MOST_UNANSWERED_BYTES = 65_536;

const OFFLINE = "you are offline";

/** Something that our user wants of the server. */
export interface Errand {
  /** It changes which group we are in: all before it are answered first, and all after it wait for it. */
  readonly isAlone: boolean;
  /** About what it weighs. */
  readonly bytes: number;
  /** Of a post. */
  readonly messageId: Uint8Array | undefined;
  /** What to ask, now that it is its turn; or why that is no use. */
  body(): RequestBody | { readonly kind: "useless"; readonly reason: string };
  /** Takes the answer, unless it is a refusal that is nothing more; gives what else is to be asked, if anything. */
  answered(reply: ReplyBody, now: number): RequestBody | undefined;
}

export interface RequestLineParts {
  readonly journal: Pick<Journal, "afterwards">;
  readonly events: Pick<EventQueue, "push">;
  readonly isOnline: () => boolean;
  /** Asks the server; whoever forgets what was asked does not call `answer`. */
  readonly request: (body: RequestBody, now: number, answer: (reply: ReplyBody, now: number) => void) => void;
}

/** Times in monotonic ms. What waits here is our own user's. */
export class RequestLine {
  readonly #parts: RequestLineParts;
  #waiting: Errand[] = [];
  #unanswered = new Set<Errand>();
  #untold = 0;
  #isGoing = false;

  constructor(parts: RequestLineParts) {
    this.#parts = parts;
  }

  /** Errands whose end was not told. */
  get pending(): number {
    return this.#waiting.length + this.#unanswered.size + this.#untold;
  }

  ask(errand: Errand, now: number): void {
    if (!this.#parts.isOnline()) return this.refuse(OFFLINE, errand.messageId, now);
    this.#waiting.push(errand);
    this.#goOn(now);
  }

  /** Tells of something once all is told that happened before it, and so is safe. */
  tell(event: ClientEvent, now: number): void {
    this.#untold++;
    this.#parts.journal.afterwards(() => {
      this.#untold--;
      this.#parts.events.push(event);
    }, now);
  }

  /** The server, or we, would not have it; an answer that makes no sense is none. */
  refuse(why: string | ReplyBody, messageId: Uint8Array | undefined, now: number): void {
    this.tell({ kind: "requestRefused", reason: reasonOf(why), messageId }, now);
  }

  /** Nobody will answer what was asked, and nothing that waits will be asked. */
  forget(): void {
    this.#unanswered = new Set();
    this.#waiting = [];
  }

  /** As `forget`, and says so of each, as we are offline. */
  stop(now: number): void {
    const dropped = [...this.#unanswered, ...this.#waiting];
    this.forget();
    for (const { messageId } of dropped) this.refuse(OFFLINE, messageId, now);
  }

  #goOn(now: number): void {
    // Where an answer comes at once, the loop that asked goes on.
    if (this.#isGoing) return;
    this.#isGoing = true;
    for (let next = this.#waiting[0]; next !== undefined && this.#mayGo(next); next = this.#waiting[0]) {
      this.#waiting.shift();
      const body = next.body();
      if (body.kind === "useless") {
        this.refuse(body.reason, next.messageId, now);
        continue;
      }
      this.#unanswered.add(next);
      this.#request(next, body, now);
    }
    this.#isGoing = false;
  }

  #mayGo(next: Errand): boolean {
    const [first, ...others] = this.#unanswered;
    if (first === undefined) return true;
    if (next.isAlone || first.isAlone || others.length + 2 > MOST_UNANSWERED) return false;
    return others.reduce((sum, { bytes }) => sum + bytes, first.bytes + next.bytes) <= MOST_UNANSWERED_BYTES;
  }

  #request(errand: Errand, body: RequestBody, now: number): void {
    const unanswered = this.#unanswered;
    this.#parts.request(body, now, (reply, at) => {
      if (unanswered !== this.#unanswered) return;
      const more = errand.answered(reply, at);
      if (more !== undefined) return this.#request(errand, more, at);
      unanswered.delete(errand);
      this.#goOn(at);
    });
  }
}

function reasonOf(why: string | ReplyBody): string {
  if (typeof why === "string") return why;
  return why.kind === "refused" ? why.text : "the server gave no answer that is one";
}
