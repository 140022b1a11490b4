// Passing posts on to the members of groups, and finding out who does not take them. Pure. PROTOCOL §8.8.
// So much is under way to each member and no more; the rest waits in the log, so that nobody waits for whoever is slow.
// Who does not acknowledge is asked, and put out by presence.ts alone; who answers and never acknowledges is dismissed.

import { verdictMs } from "#chat";
import { type Endpoint, Lane } from "#transport";

import { ServerCloseCode } from "./close-code.ts";
import { type GroupLog, type LoggedPost } from "./group-log.ts";
import { type Member } from "./groups.ts";
import { type Limits } from "./limits.ts";
import { type Presence } from "./presence.ts";
import { type Speaker } from "./speaker.ts";
import { type Visitor } from "./visitor.ts";

/** A member is asked after that share of a verdict's time without an acknowledgement. */
const SHARE_OF_VERDICT = 0.1;
/** Members are not looked through more often, ms. */
const LOOK_EVERY_MS = 10;

/** What goes to one member. */
interface Delivery {
  readonly member: Member;
  /** Where the member registered with its group: what was sent elsewhere is sent again. */
  via: Visitor | undefined;
  /** What was not sent on that session, from `head` on. */
  waiting: LoggedPost[];
  head: number;
  /** Numbers sent on it and not acknowledged, and what they weigh. */
  readonly underWay: Set<number>;
  underWayBytes: number;
  /** Since when nothing was acknowledged that is owed. */
  progressAt: number;
  queuedBytes: number;
  /** When the member is asked; +∞ while it owes nothing, is being asked, or has no session. */
  askAt: number;
}

export interface FanOutOptions {
  readonly endpoint: Pick<Endpoint, "view">;
  readonly presence: Pick<Presence, "ask">;
  readonly speaker: Pick<Speaker, "post">;
  readonly log: GroupLog;
  readonly limits: Pick<Limits, "groupLogBytes" | "memberBehindBytes" | "memberBehindMs">;
  readonly dismiss: (visitor: Visitor, code: number, reason: string, now: number) => void;
}

/** Times in monotonic ms. */
export class FanOut {
  readonly #options: FanOutOptions;
  /** By person key: members that owe something, or did. */
  readonly #deliveries = new Map<string, Delivery>();
  #lookAt = Number.POSITIVE_INFINITY;

  constructor(options: FanOutOptions) {
    this.#options = options;
  }

  /** When somebody may have to be asked. */
  get deadline(): number {
    return this.#lookAt;
  }

  /** Members that something was sent to. */
  get size(): number {
    return this.#deliveries.size;
  }

  /** The member has registered on that session with its group: what it owes is sent there, from the first on. */
  begin(member: Member, via: Visitor, now: number): void {
    const delivery = this.#deliveries.get(member.person.key) ?? this.#start(member);
    if (delivery.via === via) return;
    delivery.via = via;
    delivery.waiting = [...this.#options.log.owedBy(member.person.key)];
    delivery.head = 0;
    delivery.underWay.clear();
    delivery.underWayBytes = 0;
    delivery.queuedBytes = 0;
    delivery.progressAt = now;
    this.#push(delivery, now);
    this.#askLater(delivery, now);
  }

  /** A post that these owe goes out. */
  send(post: LoggedPost, members: readonly Member[], now: number): void {
    for (const member of members) {
      const { key } = member.person;
      const delivery = this.#deliveries.get(key);
      // Whoever is expected, or between two sessions, is sent what it owes when it registers.
      if (delivery?.via === undefined) continue;
      delivery.waiting.push(post);
      const isFirst = delivery.askAt === Number.POSITIVE_INFINITY && delivery.underWay.size === 0;
      if (isFirst) delivery.progressAt = now;
      this.#push(delivery, now);
      if (isFirst) this.#askLater(delivery, now);
    }
  }

  /** The person acknowledges numbers; gives those of nothing that was sent to it and is owed. */
  acknowledge(key: string, numbers: readonly number[], now: number): readonly number[] {
    const others: number[] = [];
    const delivery = this.#deliveries.get(key);
    if (delivery === undefined) return numbers;
    for (const number of numbers) {
      const post = delivery.underWay.delete(number) ? this.#options.log.acknowledge(key, number, now) : undefined;
      if (post === undefined) others.push(number);
      else delivery.underWayBytes -= weightOf(post);
    }
    if (others.length === numbers.length) return others;
    delivery.progressAt = now;
    this.#push(delivery, now);
    this.#askLater(delivery, now);
    return others;
  }

  /** Whether what the member owes goes to that session already. */
  serves({ person }: Member, via: Visitor): boolean {
    return this.#deliveries.get(person.key)?.via === via;
  }

  /** The member is one no more. */
  forget({ person }: Member): void {
    this.#deliveries.delete(person.key);
  }

  /** Whether so much more of a group fits the log. If need be, room is made in the group that takes up the most: whoever
   * owes the most there goes, in the group's own favour only if that is more than may be under way. */
  makeRoom(group: string, bytes: number, now: number): boolean {
    const { limits, log } = this.#options;
    for (;;) {
      if (log.bytes + bytes <= limits.groupLogBytes) return true;
      const heaviest = log.heaviestGroup;
      const last = this.#furthestBehind(heaviest, heaviest === group ? limits.memberBehindBytes : 0);
      if (last === undefined) return false;
      this.#dismiss(last, now);
    }
  }

  wake(now: number): void {
    if (now < this.#lookAt) return;
    this.#lookAt = Number.POSITIVE_INFINITY;
    for (const delivery of this.#deliveries.values()) if (now >= delivery.askAt) this.#look(delivery, now);
    let earliest = Number.POSITIVE_INFINITY;
    for (const { askAt } of this.#deliveries.values()) earliest = Math.min(earliest, askAt);
    this.#lookAt = Math.max(earliest, now + LOOK_EVERY_MS);
  }

  #start(member: Member): Delivery {
    const delivery: Delivery = {
      member,
      via: undefined,
      waiting: [],
      head: 0,
      underWay: new Set(),
      underWayBytes: 0,
      progressAt: 0,
      queuedBytes: 0,
      askAt: Number.POSITIVE_INFINITY,
    };
    this.#deliveries.set(member.person.key, delivery);
    return delivery;
  }

  #push(delivery: Delivery, now: number): void {
    const { limits, speaker } = this.#options;
    const { via } = delivery;
    for (let post = delivery.waiting[delivery.head]; post !== undefined; post = delivery.waiting[delivery.head]) {
      if (via === undefined || delivery.underWayBytes >= limits.memberBehindBytes) return;
      dropHead(delivery);
      delivery.underWay.add(post.number);
      delivery.underWayBytes += weightOf(post);
      speaker.post(via, Lane.chat, [post.notice], now);
    }
  }

  #askLater(delivery: Delivery, now: number): void {
    const view = delivery.via && this.#options.endpoint.view(delivery.via.session);
    const isOwing = this.#options.log.owes(delivery.member.person.key);
    const waitMs = SHARE_OF_VERDICT * verdictMs(view?.probeTimeoutMs ?? 0);
    delivery.askAt = isOwing && view !== undefined ? now + waitMs : Number.POSITIVE_INFINITY;
    this.#lookAt = Math.min(this.#lookAt, delivery.askAt);
  }

  #look(delivery: Delivery, now: number): void {
    const { endpoint, limits, presence } = this.#options;
    const { via } = delivery;
    const view = via && endpoint.view(via.session);
    delivery.askAt = Number.POSITIVE_INFINITY;
    if (via === undefined || view === undefined) return;
    // Something long on a slow link is progress, too.
    if (view.queuedBytes < delivery.queuedBytes) delivery.progressAt = now;
    delivery.queuedBytes = view.queuedBytes;
    if (now - delivery.progressAt >= limits.memberBehindMs) return this.#dismiss(via, now);
    presence.ask(via, true, now, (_isPresent, at) => {
      if (this.#isCurrent(delivery, via)) this.#askLater(delivery, at);
    });
  }

  #isCurrent(delivery: Delivery, via: Visitor): boolean {
    return this.#deliveries.get(delivery.member.person.key) === delivery && delivery.via === via;
  }

  /** Who of a group's members that are here owes the most, if more than that. */
  #furthestBehind(group: string | undefined, bytes: number): Visitor | undefined {
    let [last, most] = [undefined as Visitor | undefined, bytes];
    for (const { member } of this.#deliveries.values()) {
      const { key, visitor } = member.person;
      const owed = visitor === undefined || member.group.key !== group ? 0 : this.#options.log.bytesOwedBy(key);
      if (owed > most) [last, most] = [visitor, owed];
    }
    return last;
  }

  #dismiss(visitor: Visitor, now: number): void {
    this.#options.dismiss(visitor, ServerCloseCode.tooSlow, "posts are not acknowledged", now);
  }
}

function dropHead(delivery: Delivery): void {
  delivery.head++;
  // Only now and then, as taking the first of a long array away costs its length.
  if (2 * delivery.head < delivery.waiting.length) return;
  delivery.waiting = delivery.waiting.slice(delivery.head);
  delivery.head = 0;
}

function weightOf({ notice }: LoggedPost): number {
  return notice.length;
}
