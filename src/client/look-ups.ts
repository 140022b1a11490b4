// Names that our table lacks while it is not the whole one: asked of the server, with what waits for the answer. Pure.
// PROTOCOL §8.3, §9.3. One request a name is under way, and what waits for a name goes on in the order it was asked for.

import { nameKey, type ReplyBody, type RequestBody, type TableRow } from "#chat";

/** Names asked for at once; a server lets four times as many requests wait (PROTOCOL §8.6). */
export const MOST_ASKED = 64;
/** Wishes of our user that wait, for all names together. */
export const MOST_WISHES = 1024;

/** What our user wants of somebody who is being looked up; `name` as it was typed. */
export type Wish =
  | {
      readonly kind: "text";
      readonly name: string;
      readonly messageId: Uint8Array;
      readonly text: string;
      readonly sentAtMs: number;
    }
  | { readonly kind: "trust"; readonly name: string };

/** What came of a look-up. */
export type LookUpEnd =
  | { readonly kind: "found"; readonly row: TableRow }
  | { readonly kind: "nobody" }
  | { readonly kind: "refused"; readonly reason: string }
  /** The server was silent, or we left it. */
  | { readonly kind: "unanswered" };

export interface LookUpsOwner {
  request(body: RequestBody, now: number, answer: (reply: ReplyBody, now: number) => void): void;
  /** Asks something that our user did not ask for; `ended` is called with or without an answer. */
  mention(body: RequestBody, now: number, ended: () => void): void;
  /** Told once for each look-up. */
  ended(name: string, wishes: readonly Wish[], end: LookUpEnd, now: number): void;
}

interface LookUp {
  readonly name: string;
  readonly wishes: Wish[];
}

/** Times in monotonic ms. */
export class LookUps {
  readonly #owner: LookUpsOwner;
  /** By name key, the longest known first. */
  readonly #asked = new Map<string, LookUp>();
  /** … and those whose turn has not come. */
  readonly #waiting = new Map<string, LookUp>();
  /** Name keys of those whom we mention. */
  readonly #mentioned = new Set<string>();
  #wishes = 0;

  constructor(owner: LookUpsOwner) {
    this.#owner = owner;
  }

  /** Wishes that wait. */
  get wishes(): number {
    return this.#wishes;
  }

  /** Whether that name is being looked up: then whatever is wanted of it waits behind what was wanted before. */
  has(name: string): boolean {
    return this.#find(nameKey(name)) !== undefined;
  }

  /** Looks up a usable name for a wish; false where too many wait. */
  want(wish: Wish, now: number): boolean {
    if (this.#wishes >= MOST_WISHES) return false;
    this.#wishes++;
    this.#lookUp(wish.name).wishes.push(wish);
    this.#ask(now);
    return true;
  }

  /** Looks up a usable name for whatever may be waiting elsewhere. */
  seek(name: string, now: number): void {
    this.#lookUp(name);
    this.#ask(now);
  }

  /** Has the server keep us up to date about somebody with whom we talk anyway: its row comes with the table. */
  mention(name: string, now: number): void {
    const key = nameKey(name);
    if (this.#mentioned.has(key) || this.#mentioned.size >= MOST_ASKED) return;
    this.#mentioned.add(key);
    this.#owner.mention({ kind: "lookUp", name }, now, () => this.#mentioned.delete(key));
  }

  /** Nobody will answer what is being asked. */
  giveUp(now: number): void {
    const all = [...this.#asked, ...this.#waiting];
    this.#mentioned.clear();
    this.#asked.clear();
    this.#waiting.clear();
    for (const [, lookUp] of all) this.#end(lookUp, { kind: "unanswered" }, now);
  }

  #find(key: string): LookUp | undefined {
    return this.#asked.get(key) ?? this.#waiting.get(key);
  }

  #lookUp(name: string): LookUp {
    const key = nameKey(name);
    const found = this.#find(key);
    if (found !== undefined) return found;
    const lookUp = { name, wishes: [] };
    this.#waiting.set(key, lookUp);
    return lookUp;
  }

  #ask(now: number): void {
    for (const [key, lookUp] of this.#waiting) {
      if (this.#asked.size >= MOST_ASKED) return;
      this.#waiting.delete(key);
      this.#asked.set(key, lookUp);
      const { name } = lookUp;
      this.#owner.request({ kind: "lookUp", name }, now, (reply, at) => {
        if (this.#asked.get(key) !== lookUp) return;
        this.#asked.delete(key);
        this.#end(lookUp, endOf(name, reply), at);
        this.#ask(at);
      });
    }
  }

  #end({ name, wishes }: LookUp, end: LookUpEnd, now: number): void {
    this.#wishes -= wishes.length;
    this.#owner.ended(name, wishes, end, now);
  }
}

function endOf(name: string, reply: ReplyBody): LookUpEnd {
  if (reply.kind === "refused") return { kind: "refused", reason: reply.text };
  if (reply.kind !== "found" || reply.row === undefined) return { kind: "nobody" };
  // Whoever else a server names is not the one who was asked for.
  return nameKey(reply.row.name) === nameKey(name) ? { kind: "found", row: reply.row } : { kind: "nobody" };
}
