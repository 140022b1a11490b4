// What was said to groups and to everybody in a simulated world, and whether it was shown as promised. Pure.
// PROTOCOL §11. What the server has durable binds; times are virtual ms.

import { ByteReader, toHex } from "#bytes";
import { type ClientEvent, type ProfileOperation, type ProfileResult } from "#client";
import { type StoreOperation, type StoreResult } from "#server";

type EventOf<Kind extends ClientEvent["kind"]> = Extract<ClientEvent, { readonly kind: Kind }>;

/** The key of posts to everybody among those to groups. */
const EVERYBODY = "*";

interface Post {
  readonly from: string;
  readonly channel: string;
  readonly saidAt: number;
  /** The server's, once it is durable there. */
  number: number | undefined;
  answers: number;
  /** Its sender ended, or the server was silent: it may get no answer. */
  isExcused: boolean;
  /** By client: how often it was shown. */
  readonly shown: Map<string, number>;
  /** By client: stored as shown; `isHeard` where the client lived to show it. */
  readonly stored: Map<string, { readonly isHeard: boolean }>;
}

/** A client's time in a group, as it was told. */
interface Stay {
  readonly name: string;
  readonly group: string;
  readonly from: number;
  isOver: boolean;
  /** Numbers of the posts shown in it. */
  readonly shown: number[];
}

export interface PostTally {
  readonly posts: number;
  readonly postsShown: number;
  readonly privateKept: number;
}

export class PostLedger {
  readonly violations: string[] = [];
  readonly #names: readonly string[];
  readonly #hasMailbox: boolean;
  readonly #posts = new Map<string, Post>();
  readonly #texts = new Map<string, string>();
  readonly #stays: Stay[] = [];
  /** By client. */
  readonly #current = new Map<string, Stay>();
  /** By client: the last post to everybody that it was shown. */
  readonly #lastToAll = new Map<string, number>();
  /** By client: texts to it alone, shown while it was in a group; a silent server's word must follow. */
  readonly #early = new Map<string, string>();
  #count = 0;
  #kept = 0;

  constructor(names: readonly string[], hasMailbox: boolean) {
    this.#names = names;
    this.#hasMailbox = hasMailbox;
  }

  get tally(): PostTally {
    const posts = [...this.#posts.values()];
    const shown = posts.reduce((sum, post) => sum + post.shown.size, 0);
    return { posts: posts.length, postsShown: shown, privateKept: this.#kept };
  }

  /** The text of the next post, unique in the run. */
  nextText(from: string): string {
    return `${from} post ${++this.#count}`;
  }

  said(from: string, group: string | undefined, text: string, messageId: Uint8Array, now: number): void {
    this.#texts.set(toHex(messageId), text);
    this.#posts.set(text, {
      from,
      channel: group ?? EVERYBODY,
      saidAt: now,
      number: undefined,
      answers: 0,
      isExcused: false,
      shown: new Map(),
      stored: new Map(),
    });
  }

  /** Something is durable at the server. */
  kept(operation: StoreOperation, result: StoreResult): void {
    if (operation.kind !== "putPost" || result !== "done") return;
    const { content, groupKey, number } = operation.post;
    const text = headOf(new ByteReader(content).text(content.length));
    const post = this.#posts.get(text);
    if (post === undefined || post.channel !== (groupKey ?? EVERYBODY))
      this.violations.push(`the server has a post that nobody said there: ${text} to ${groupKey}`);
    else if (post.number !== undefined) this.violations.push(`taken twice: ${text}`);
    else post.number = number;
  }

  /** Something is safe in a client's profile. */
  written(name: string, operation: ProfileOperation, result: ProfileResult, isHeard: boolean): void {
    if (operation.kind !== "putIncoming" || result !== "done" || operation.message.channel === undefined) return;
    this.#posts.get(headOf(operation.message.text))?.stored.set(name, { isHeard });
  }

  /** A client is told something. */
  told(name: string, event: ClientEvent, now: number): void {
    switch (event.kind) {
      case "postTaken":
        return this.#taken(event);
      case "requestRefused":
        return this.#refused(event);
      case "postReceived":
        return this.#shown(name, event);
      case "groupEntered":
        this.#leave(name);
        return this.#enter(name, event.group, now);
      case "groupLeft":
      case "removedFromGroup":
        if (this.#current.get(name)?.group !== event.group)
          this.violations.push(`${name} is out of ${event.group}, where it was not`);
        return this.#leave(name);
      case "privateKept":
        this.#kept++;
        if (!this.#current.has(name)) this.violations.push(`${name} keeps a text, and is in no group`);
        return;
      case "messageReceived":
        // What one says to oneself is shown at once.
        if (this.#current.has(name) && event.from !== name) this.#early.set(name, event.text);
        return;
      case "deregistered":
      case "serverSilent":
        return this.#excuse(name, event.kind === "deregistered");
      default:
    }
  }

  /** A client was stopped or killed. */
  ended(name: string): void {
    this.#excuse(name, true);
  }

  /** Judges the whole run, once everybody is back, and before anybody leaves its group. */
  judge(): void {
    for (const [text, post] of this.#posts) {
      if (post.answers === 0 && !post.isExcused) this.violations.push(`no answer: ${text}`);
      if (post.number === undefined && post.shown.size > 0)
        this.violations.push(`shown, and not durable at the server: ${text}`);
      if (post.channel === EVERYBODY && post.number !== undefined && this.#hasMailbox) this.#judgeToAll(text, post);
    }
    for (const stay of this.#stays) this.#judgeStay(stay);
    for (const [name, text] of this.#early) this.violations.push(`${name} was shown in its group: ${text}`);
  }

  /** Everybody but its sender has it, once. */
  #judgeToAll(text: string, post: Post): void {
    for (const name of this.#names) {
      const shown = post.shown.get(name) ?? 0;
      const isInterrupted = post.stored.get(name)?.isHeard === false;
      if (shown !== (name === post.from || isInterrupted ? 0 : 1))
        this.violations.push(`shown ${shown} times to ${name}: ${text}`);
    }
  }

  /** Nothing is missing before what was shown; nor after it, where the client is in the group still. */
  #judgeStay({ from, group, isOver, name, shown }: Stay): void {
    const last = isOver ? (shown.at(-1) ?? 0) : Number.POSITIVE_INFINITY;
    const numbers = new Set(shown);
    for (const [text, { channel, from: author, number, saidAt }] of this.#posts) {
      if (channel !== group || author === name || number === undefined || saidAt < from || number > last) continue;
      if (!numbers.has(number)) this.violations.push(`${name} was in ${group}, and never shown: ${text}`);
    }
  }

  #taken({ messageId }: EventOf<"postTaken">): void {
    const text = this.#texts.get(toHex(messageId)) ?? "";
    const post = this.#answered(messageId);
    if (post?.number === undefined) this.violations.push(`taken, and not durable: ${text}`);
  }

  #refused({ messageId, reason }: EventOf<"requestRefused">): void {
    if (messageId === undefined) return;
    const post = this.#answered(messageId);
    // Whoever goes offline does not wait for what the server makes of it.
    if (reason === "you are offline") return;
    if (post?.number !== undefined) this.violations.push(`refused (${reason}), and durable`);
  }

  #answered(messageId: Uint8Array): Post | undefined {
    const text = this.#texts.get(toHex(messageId)) ?? "";
    const post = this.#posts.get(text);
    if (post === undefined) return undefined;
    post.answers++;
    if (post.answers > 1) this.violations.push(`two answers: ${text}`);
    return post;
  }

  #shown(name: string, { from, group, text: whole }: EventOf<"postReceived">): void {
    const text = headOf(whole);
    const post = this.#posts.get(text);
    const channel = group ?? EVERYBODY;
    if (post === undefined || post.from !== from || post.channel !== channel || from === name) {
      this.violations.push(`${name} was shown a post that ${from} never said to it: ${text.slice(0, 80)}`);
      return;
    }
    const count = (post.shown.get(name) ?? 0) + 1;
    post.shown.set(name, count);
    if (count > 1) this.violations.push(`shown twice to ${name}: ${text}`);
    if (!post.stored.has(name)) this.violations.push(`shown before it was stored: ${text}`);
    const number = post.number ?? 0;
    if (channel === EVERYBODY) {
      this.#inOrder(name, text, this.#lastToAll.get(name), number);
      this.#lastToAll.set(name, number);
      return;
    }
    const stay = this.#current.get(name);
    if (stay?.group !== channel) this.violations.push(`${name} was shown what is for a group it is not in: ${text}`);
    this.#inOrder(name, text, stay?.shown.at(-1), number);
    stay?.shown.push(number);
  }

  #inOrder(name: string, text: string, last: number | undefined, number: number): void {
    if (number < (last ?? 0)) this.violations.push(`out of order to ${name}: ${text}`);
  }

  #enter(name: string, group: string, now: number): void {
    const stay = { name, group, from: now, isOver: false, shown: [] };
    this.#stays.push(stay);
    this.#current.set(name, stay);
  }

  #leave(name: string): void {
    const early = this.#early.get(name);
    if (early !== undefined) this.violations.push(`${name} was shown in its group: ${early}`);
    this.#early.delete(name);
    const stay = this.#current.get(name);
    if (stay !== undefined) stay.isOver = true;
    this.#current.delete(name);
  }

  /** Nobody answers what this client has asked. */
  #excuse(name: string, isOut: boolean): void {
    this.#early.delete(name);
    if (isOut) this.#leave(name);
    for (const post of this.#posts.values()) if (post.from === name && post.answers === 0) post.isExcused = true;
  }
}

/** What stands before the first `|` is what tells a text from all others. */
function headOf(text: string): string {
  return text.split("|")[0] ?? text;
}
