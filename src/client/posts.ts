// Posts of others, to our group or to everybody: stored, acknowledged to the server, and shown once each, in its order.
// Pure. PROTOCOL §8.8, §9.10. Who wrote one is the server's word, so nobody is pinned by it.

import { ByteReader, toHex, utf8 } from "#bytes";
import { OPEN_SCHEME, type Post, POST_ID_BYTES, usableName } from "#chat";
import { sha256 } from "#crypto";

import { type Journal } from "./journal.ts";
import { mailTimeMs } from "./mail-time.ts";
import { EVERYBODY, type IncomingRecord } from "./profile.ts";

/** Posts, and their characters, that wait for trust in their senders; more are not kept. */
export const MOST_HELD = 512;
const MOST_HELD_LENGTH = 4 * 1024 * 1024;

const noEpoch = new Uint8Array(8);

export interface PostsOwner {
  /** The group we are in. */
  group(): string | undefined;
  /** Whether there is room for more to tell; without it no group's post is taken in. */
  hasRoom(): boolean;
  wallMs(now: number): number;
  /** The name that the table has for a person. */
  nameOf(personKey: Uint8Array): string | undefined;
  /** Whether that is us, or somebody who goes by our name. */
  isOurs(name: string, personKey: Uint8Array): boolean;
  /** Whether what comes from a key under that name must wait for trust; told of where the name is pinned. */
  mustHold(name: string, personKey: Uint8Array): boolean;
  /** Whether what a person of that name left in the profile must. */
  isChanged(name: string, personKey: Uint8Array): boolean;
  /** What has that number is safe here, or not worth keeping. */
  collected(number: number): void;
  show(post: IncomingRecord): void;
}

/** How often something happened, for checkers. */
export interface PostsTally {
  readonly postsDuplicate: number;
  /** Not text, or of nobody whose name can be shown, or more than is held. */
  readonly postsDropped: number;
}

/** Times in monotonic ms. */
export class Posts {
  readonly #journal: Journal;
  readonly #owner: PostsOwner;
  /** By person, in the order stored. All are in the profile, or on their way there. */
  readonly #held = new Map<string, Set<IncomingRecord>>();
  #heldCount = 0;
  #heldLength = 0;
  /** A post was not taken in: nor are those after it, until the server sends again what it has no acknowledgement of. */
  #isBehind = false;
  readonly #tally = { postsDuplicate: 0, postsDropped: 0 };

  constructor(journal: Journal, unshown: readonly IncomingRecord[], owner: PostsOwner) {
    this.#journal = journal;
    this.#owner = owner;
    for (const record of unshown) if (record.channel !== undefined) this.#hold(record);
  }

  get tally(): PostsTally {
    return { ...this.#tally };
  }

  /** Sizes that must stay bounded, for checkers. */
  get sizes(): { readonly heldPosts: number } {
    return { heldPosts: this.#heldCount };
  }

  /** Names with a post that waits for trust. */
  get heldNames(): ReadonlySet<string> {
    return new Set([...this.#held.values()].flatMap((records) => [...records].map(({ fromName }) => fromName)));
  }

  isHeld(fromKey: Uint8Array): boolean {
    return this.#held.has(toHex(fromKey));
  }

  /** What a profile kept back is shown, or goes on waiting. */
  start(): void {
    for (const records of this.#held.values()) {
      const all = [...records];
      const [first] = all;
      if (first === undefined || all.some(({ fromName, fromKey }) => this.#owner.isChanged(fromName, fromKey)))
        continue;
      this.trust(first.fromKey);
    }
  }

  /** The person's changed key is accepted: what was held is shown. */
  trust(fromKey: Uint8Array): void {
    for (const record of this.#held.get(toHex(fromKey)) ?? []) {
      this.#letGo(record);
      this.#journal.write({ kind: "markShown", fromKey, messageId: record.messageId }, (result) => {
        if (result === "done") this.#owner.show(record);
      });
    }
  }

  /** We are registered on another session: what is owed comes again. */
  beginAnew(): void {
    this.#isBehind = false;
  }

  /** Takes a post to a group, or to everybody. Those of other groups than ours are not for us. */
  receive(post: Post, group: string | undefined, now: number): void {
    const owner = this.#owner;
    if (group !== undefined && group !== owner.group()) return;
    this.#isBehind ||= group !== undefined && !owner.hasRoom();
    if (group !== undefined && this.#isBehind) return;
    const record = this.#recordOf(post, group, now);
    const isHeld = record !== undefined && owner.mustHold(record.fromName, record.fromKey);
    if (record === undefined || (isHeld && !this.#fits(record))) {
      this.#tally.postsDropped++;
      return owner.collected(post.number);
    }
    if (isHeld) this.#hold(record);
    const messageId = post.messageId.slice();
    this.#journal.write({ kind: "putIncoming", message: record, isShown: !isHeld }, (result) => {
      owner.collected(post.number);
      if (result === "done" && !isHeld) owner.show({ ...record, messageId });
      if (result === "done") return;
      this.#tally.postsDuplicate++;
      this.#letGo(record);
    });
  }

  /** What is stored of a post; undefined where there is nothing that can be shown. */
  #recordOf(post: Post, group: string | undefined, now: number): IncomingRecord | undefined {
    const { arrivedMs, content, fromKey, isLive, messageId, scheme, sentAtMs } = post;
    if (scheme !== OPEN_SCHEME) return undefined;
    const reader = new ByteReader(content);
    const text = reader.text(content.length);
    const fromName = this.#owner.nameOf(fromKey) ?? usableName(post.fromName)?.shown;
    if (reader.failed || fromName === undefined || this.#owner.isOurs(fromName, fromKey)) return undefined;
    return {
      channel: group ?? EVERYBODY,
      mailedAtMs: group !== undefined || isLive ? undefined : mailTimeMs(sentAtMs, arrivedMs),
      messageId: storedId(messageId),
      fromName,
      fromKey: fromKey.slice(),
      epoch: noEpoch,
      number: 0,
      sentAtMs,
      receivedAtMs: this.#owner.wallMs(now),
      text,
    };
  }

  #fits({ text }: IncomingRecord): boolean {
    return this.#heldCount < MOST_HELD && this.#heldLength + text.length <= MOST_HELD_LENGTH;
  }

  #hold(record: IncomingRecord): void {
    const key = toHex(record.fromKey);
    const records = this.#held.get(key);
    if (records === undefined) this.#held.set(key, new Set([record]));
    else records.add(record);
    this.#heldCount++;
    this.#heldLength += record.text.length;
  }

  #letGo(record: IncomingRecord): void {
    const key = toHex(record.fromKey);
    const records = this.#held.get(key);
    if (records?.delete(record) !== true) return;
    if (records.size === 0) this.#held.delete(key);
    this.#heldCount--;
    this.#heldLength -= record.text.length;
  }
}

/** Ids of posts have nothing to do with those of texts: otherwise a server, which sees both, could put a post of its own
 * in the place of a text, which would then be taken for a second copy, acknowledged and not shown. */
function storedId(messageId: Uint8Array): Uint8Array {
  return sha256(utf8("udpchat post\0"), messageId).subarray(0, POST_ID_BYTES);
}
