// What was said to groups and to everybody in a soak run, and whether it was shown as promised. As the simulator's ledger
// (PROTOCOL §11), but without a view of the server's books: a post binds when its sender is told that it was taken, or when
// somebody is shown it. Of what has settled it keeps a number only, so that it does not grow with the run.

import { toHex } from "#bytes";
import { type ClientEvent, EVERYBODY, type ProfileOperation } from "#client";

import { type Findings } from "./findings.ts";
import { readHead, writeText } from "./said-text.ts";

type EventOf<Kind extends ClientEvent["kind"]> = Extract<ClientEvent, { readonly kind: Kind }>;

/** Why a client that goes offline takes back what it has asked; the server may have heard it. */
const OFFLINE = "you are offline";

interface Post {
  readonly channel: Channel;
  readonly author: string;
  readonly number: number;
  readonly id: string;
  /** Who was there when it was said and is there still, and was not shown it. */
  readonly owed: Set<string>;
  answer: "taken" | "refused" | "excused" | undefined;
  /** Its place in the order in which posts were first shown; undefined before. */
  place: number | undefined;
  /** Others were shown to people who were not owed this one before anybody was shown it: its place is unknown. */
  hasNoPlace: boolean;
}

/** A group, or everybody. */
interface Channel {
  readonly name: string;
  places: number;
  /** By author: how many it has said. */
  readonly said: Map<string, number>;
  readonly open: Map<string, Post>;
  /** By member and author: the last number shown. */
  readonly lastNumber: Map<string, number>;
  /** By member that is there: the last place shown. */
  readonly lastPlace: Map<string, number>;
}

/** Numbers of a run. */
export interface PostCounts {
  said: number;
  taken: number;
  shown: number;
  /** Their sender was told that they were not taken, as it was out of its group. */
  refused: number;
  /** Their sender was killed or went offline, or the server was silent: nobody said what became of them. */
  unanswered: number;
  interrupted: number;
}

export class PostLedger {
  readonly counts: PostCounts = { said: 0, taken: 0, shown: 0, refused: 0, unanswered: 0, interrupted: 0 };
  readonly #findings: Findings;
  readonly #channels = new Map<string, Channel>();
  /** Those without an answer. */
  readonly #unanswered = new Map<string, Post>();
  /** By client that is in a group. */
  readonly #groups = new Map<string, Channel>();

  /** All `names` are owed what is said to everybody. */
  constructor(names: readonly string[], findings: Findings) {
    this.#findings = findings;
    for (const name of names) this.#channel(EVERYBODY).lastPlace.set(name, 0);
  }

  /** Posts that bind and that somebody is owed, and those without an answer. */
  get open(): number {
    return this.#posts().reduce((sum, post) => sum + (isDue(post) ? 1 : 0), 0);
  }

  nextText(author: string, channel: string, padding: number): string {
    const number = (this.#channel(channel).said.get(author) ?? 0) + 1;
    return writeText({ to: channel, from: author, number }, padding);
  }

  /** That text was accepted. */
  said(author: string, name: string, messageId: Uint8Array): void {
    const channel = this.#channel(name);
    const number = (channel.said.get(author) ?? 0) + 1;
    channel.said.set(author, number);
    const owed = new Set(channel.lastPlace.keys());
    owed.delete(author);
    const id = toHex(messageId);
    const post: Post = { channel, author, number, id, owed, answer: undefined, place: undefined, hasNoPlace: false };
    channel.open.set(keyOf(author, number), post);
    this.#unanswered.set(id, post);
    this.counts.said++;
  }

  /** Something is safe in the profile of `name` that its machine did not come to know. */
  writtenUnheard(name: string, operation: ProfileOperation): void {
    if (operation.kind === "putSent") this.#answer(toHex(operation.message.messageId), "taken");
    if (operation.kind !== "putIncoming" || operation.message.channel === undefined) return;
    const { channel, text } = operation.message;
    this.counts.interrupted++;
    this.#sight(name, channel, text, true);
  }

  /** A client is told something. */
  told(name: string, event: ClientEvent): void {
    switch (event.kind) {
      case "postTaken":
        return this.#answer(toHex(event.messageId), "taken");
      case "requestRefused":
        return this.#refused(event);
      case "postReceived":
        this.counts.shown++;
        return this.#sight(name, event.group ?? EVERYBODY, event.text, false);
      case "groupEntered":
        this.#leave(name);
        this.#groups.set(name, this.#channel(event.group));
        this.#channel(event.group).lastPlace.set(name, 0);
        return;
      case "groupLeft":
      case "removedFromGroup":
      case "deregistered":
        return this.#leave(name);
      case "serverSilent":
        return this.#excuse(name);
      default:
    }
  }

  /** A client ended, or was killed. */
  ended(name: string): void {
    this.#leave(name);
    this.#excuse(name);
  }

  /** Judges what has not settled, once there was time enough. */
  judge(): void {
    for (const post of this.#posts()) {
      if (!isDue(post)) continue;
      if (post.answer === undefined) this.#findings.note("no answer", describe(post));
      for (const name of post.owed) this.#findings.note("post lost", `${describe(post)} to ${name}`);
    }
  }

  *#posts(): Generator<Post> {
    for (const { open } of this.#channels.values()) yield* open.values();
  }

  #channel(name: string): Channel {
    const channel = this.#channels.get(name) ?? {
      name,
      places: 0,
      said: new Map<string, number>(),
      open: new Map<string, Post>(),
      lastNumber: new Map<string, number>(),
      lastPlace: new Map<string, number>(),
    };
    this.#channels.set(name, channel);
    return channel;
  }

  /** Somebody is shown a post, or was about to be when it was killed. */
  #sight(name: string, channelName: string, text: string, isInterrupted: boolean): void {
    const head = readHead(text);
    const what = `${name} in ${channelName}: ${text.slice(0, 40)}`;
    if (head?.to !== channelName) return this.#findings.note("cut short, or to another group", what);
    const channel = this.#channel(channelName);
    if (!channel.lastPlace.has(name)) return this.#findings.note("shown outside of its group", what);
    const post = channel.open.get(keyOf(head.from, head.number));
    this.#checkNumber(channel, name, head, post?.owed.has(name) === true, what);
    // Said before it entered, and settled meanwhile.
    if (post === undefined) return;
    if (post.answer === "refused") this.#findings.note("shown, and its sender was told that it was not taken", what);
    if (post.place === undefined) this.#place(post, name);
    post.owed.delete(name);
    const last = channel.lastPlace.get(name) ?? 0;
    if (!post.hasNoPlace && (post.place ?? 0) < last && !isInterrupted) this.#findings.note("post reordered", what);
    if (!post.hasNoPlace) channel.lastPlace.set(name, Math.max(last, post.place ?? 0));
    this.#settle(post);
  }

  /** What one author says to a channel comes in its order, whatever happens between. */
  #checkNumber(
    channel: Channel,
    name: string,
    head: { readonly from: string; readonly number: number },
    isOwed: boolean,
    what: string,
  ): void {
    const key = `${name} ${head.from}`;
    const last = channel.lastNumber.get(key) ?? 0;
    if (head.number <= last) this.#findings.note(isOwed ? "post reordered" : "post doubled", what);
    channel.lastNumber.set(key, Math.max(last, head.number));
  }

  /** The first to be shown a post has been shown all that it was owed before it. */
  #place(post: Post, name: string): void {
    const { channel } = post;
    post.place = ++channel.places;
    for (const other of channel.open.values())
      if (other.place === undefined && !other.owed.has(name)) other.hasNoPlace = true;
  }

  #leave(name: string): void {
    const channel = this.#groups.get(name);
    if (channel === undefined) return;
    const last = channel.lastPlace.get(name) ?? 0;
    for (const post of channel.open.values()) {
      if (!post.owed.delete(name)) continue;
      if (post.place !== undefined && post.place < last && !post.hasNoPlace)
        this.#findings.note("post lost", `${describe(post)} to ${name}, who was shown a later one and left`);
      this.#settle(post);
    }
    channel.lastPlace.delete(name);
    this.#groups.delete(name);
  }

  #refused({ messageId, reason }: EventOf<"requestRefused">): void {
    if (messageId === undefined) return;
    this.#answer(toHex(messageId), reason === OFFLINE ? "excused" : "refused");
  }

  #answer(id: string, answer: NonNullable<Post["answer"]>): void {
    const post = this.#unanswered.get(id);
    if (post === undefined) return this.#findings.note("answered twice", answer);
    this.#unanswered.delete(id);
    post.answer = answer;
    if (answer === "refused") {
      if (post.place !== undefined) this.#findings.note("shown, and its sender was told otherwise", describe(post));
      post.owed.clear();
    }
    this.counts[answer === "excused" ? "unanswered" : answer]++;
    this.#settle(post);
  }

  /** Nobody answers what this client has asked. */
  #excuse(author: string): void {
    for (const [id, post] of this.#unanswered) if (post.author === author) this.#answer(id, "excused");
  }

  /** A refused one stays, so that it is known when it is shown all the same: there are few. */
  #settle(post: Post): void {
    if (post.owed.size > 0 || post.answer === undefined || post.answer === "refused") return;
    post.channel.open.delete(keyOf(post.author, post.number));
  }
}

function isDue({ answer, owed, place }: Post): boolean {
  return answer === undefined || (owed.size > 0 && (answer === "taken" || place !== undefined));
}

function keyOf(author: string, number: number): string {
  return `${author} ${number}`;
}

function describe({ author, channel, number }: Post): string {
  return `number ${number} of ${author} in ${channel.name}`;
}
