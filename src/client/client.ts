// A client: told what arrives, what time it is and what its user wants; asked what to send, to write and to tell. Pure.
// PROTOCOL §9. What our user wants is here and in addressing.ts, what the server says in membership.ts and
// server-notices.ts, what peers say in peer-talk.ts.

import { utf8 } from "#bytes";
import { LONGEST_TEXT } from "#envelope";
import { type Datagram, type Endpoint, type Machine, type PathView } from "#transport";
import { type Address } from "#wire";

import { type ClientOptions, type PostResult, type SendResult, type TrustResult } from "./client-options.ts";
import { type ClientParts, clientParts } from "./client-parts.ts";
import { type ConversationTally } from "./conversation.ts";
import { type ClientEvent, type TableEntry } from "./events.ts";
import { type InboxTally } from "./inbox.ts";
import { type Peers } from "./peers.ts";
import { type Posts, type PostsTally } from "./posts.ts";
import { type ProfileOperation, type ProfileResult } from "./profile.ts";
import { type SentMessage } from "./tries.ts";

/** The paths in use. */
export interface Paths {
  /** Undefined while there is no session with the server. */
  readonly server: PathView | undefined;
  readonly people: readonly (PathView & { readonly name: string })[];
}

/** One client of one server. `now` is monotonic ms throughout. */
export class ClientMachine implements Machine {
  readonly name: string;
  readonly #parts: ClientParts;

  constructor(options: ClientOptions, now: number) {
    this.name = options.name;
    this.#parts = clientParts(options, now);
    const { inbox, journal, link, membership, posts, trust } = this.#parts;
    // Nobody is told of a mail key that a crash could take from us.
    journal.afterwards((at) => {
      if (membership.isHere) link.start(at);
    }, now);
    trust.holdKept(now);
    inbox.start(now);
    posts.start();
  }

  /** Messages and posts accepted and without a verdict, those held for trust left out; each wish to trust somebody who is
   * being looked up; and whatever was asked about groups. */
  get pending(): number {
    const { line, lookUps, outbox } = this.#parts;
    return outbox.pending + lookUps.wishes + line.pending;
  }

  get isOnline(): boolean {
    return this.#parts.membership.isOnline;
  }

  get deadline(): number {
    const { chores, collector, endpoint, fetcher, inbox, link, membership, news, outbox, peers } = this.#parts;
    const { deadline } = endpoint;
    if (deadline === Number.NEGATIVE_INFINITY) return deadline;
    return Math.min(
      deadline,
      membership.isOnline ? news.deadline : Number.POSITIVE_INFINITY,
      link.deadline,
      peers.deadline,
      outbox.deadline,
      inbox.deadline,
      fetcher.deadline,
      collector.deadline,
      chores.deadline,
    );
  }

  /** Sizes that must stay bounded, for checkers. */
  get sizes(): Endpoint["sizes"] & Peers["sizes"] & Posts["sizes"] {
    const { endpoint, peers, posts } = this.#parts;
    return { ...endpoint.sizes, ...peers.sizes, ...posts.sizes };
  }

  /** How often something happened, for checkers. */
  get tally(): InboxTally & Readonly<ConversationTally> & PostsTally & { readonly lettersRejected: number } {
    const { inbox, letters, outbox, posts } = this.#parts;
    return { ...inbox.tally, ...outbox.tally, ...posts.tally, lettersRejected: letters.rejected };
  }

  receive(bytes: Uint8Array, from: Address, now: number): void {
    const { clock, endpoint, notices } = this.#parts;
    clock.now = now;
    endpoint.receive(bytes, from, now);
    this.#dispatch(now);
    notices.tellTable(now);
  }

  wake(now: number): void {
    const { chores, clock, endpoint, fetcher, inbox, link, notices, outbox, peers } = this.#parts;
    clock.now = now;
    endpoint.wake(now);
    this.#dispatch(now);
    link.wake(now);
    peers.wake(now);
    outbox.wake(now);
    inbox.wake(now);
    fetcher.wake(now);
    chores.wake(now);
    notices.tellTable(now);
  }

  nextDatagram(now: number): Datagram | undefined {
    this.#parts.inbox.flush();
    this.#parts.collector.flush(now);
    return this.#parts.endpoint.nextDatagram(now);
  }

  /** What happened, in its order. An application that does not ask is not told more than MOST_UNTOLD_BYTES. */
  nextEvent(): ClientEvent | undefined {
    const { clock, events, tries } = this.#parts;
    const event = events.shift();
    if (event !== undefined) tries.told(event, clock.now);
    return event;
  }

  /** What is to be written to the profile next; its results come back by `batchApplied`. */
  takeBatch(): readonly ProfileOperation[] | undefined {
    return this.#parts.journal.take();
  }

  batchApplied(results: readonly ProfileResult[], now: number): void {
    this.#parts.clock.now = now;
    this.#parts.journal.applied(results, now);
  }

  /** The profile cannot be written any more: nothing can be promised, so the client ends. */
  batchFailed(reason: string): void {
    const { clock, events, journal, membership } = this.#parts;
    journal.failed();
    membership.end(clock.now);
    events.push({ kind: "profileFailed", reason });
  }

  /** Accepts a text for the person of that name. */
  send(to: string, text: string, now: number): SendResult {
    const bytes = utf8(text).length;
    if (bytes > LONGEST_TEXT) return { kind: "tooLong", bytes };
    if (!this.isOnline) return { kind: "offline" };
    const { addressing, tries } = this.#parts;
    const result = addressing.send(to, text, now);
    if (result.kind === "accepted") tries.said(result.messageId, { to, group: undefined, bytes }, now);
    return result;
  }

  /** Messages and posts accepted since the start. */
  get sentCount(): number {
    return this.#parts.tries.count;
  }

  /** What became of one of them, by its number from 1 on, or of the last; undefined for one that is not remembered. */
  sentMessage(number?: number): SentMessage | undefined {
    return this.#parts.tries.of(number);
  }

  /** The path to the server, and those to people with whom a session is open, in the order of their names. */
  paths(): Paths {
    const { endpoint, link, peers, table } = this.#parts;
    const people = peers.inUse.flatMap(({ personKey, session }) => {
      const path = endpoint.path(session);
      const name = table.byPerson(personKey)?.name ?? peers.personOf(session)?.name;
      return path === undefined || name === undefined ? [] : [{ ...path, name }];
    });
    const server = link.session === undefined ? undefined : endpoint.path(link.session);
    return { server, people: people.toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
  }

  /** The group we are in, as it was made. */
  get group(): string | undefined {
    return this.#parts.groupLife.group;
  }

  /** Makes a group, without entering it: `groupCreated`, `groupExists` or `requestRefused`. RangeError, here and below, for
   * a name that no group can have. Whatever is asked about groups may end in `serverSilent`, too. */
  createGroup(group: string, now: number): void {
    this.#parts.groupLife.create(group, now);
  }

  /** Ends in `groupsListed` or `requestRefused`. */
  listGroups(now: number): void {
    this.#parts.groupLife.list(now);
  }

  /** Enters a group: `groupEntered`, `groupMissing` or `requestRefused`. */
  joinGroup(group: string, now: number): void {
    this.#parts.groupLife.join(group, now);
  }

  /** Ends in `groupLeft`; does nothing outside of groups. */
  leaveGroup(now: number): void {
    this.#parts.groupLife.leave(now);
  }

  /** Ends in `membersListed` or `requestRefused`; does nothing outside of groups. */
  listMembers(now: number): void {
    this.#parts.groupLife.listMembers(now);
  }

  /** Says something to everybody in our group: `postTaken` or `requestRefused`. */
  sendGroup(text: string, now: number): PostResult {
    const { group } = this;
    return group === undefined ? { kind: "notInGroup" } : this.#post(group, text, now);
  }

  /** Says something to everybody, also to those who are away: `postTaken` or `requestRefused`. */
  sendAll(text: string, now: number): PostResult {
    return this.#post(undefined, text, now);
  }

  /** The rows of the table, ourselves included, in the order of names. */
  table(): readonly TableEntry[] {
    const { credentials, table } = this.#parts;
    const entries = table.rows.map(({ name, address, isOnline, personKey }) => ({
      name,
      address,
      isOnline,
      isSelf: credentials.isSelf(personKey),
    }));
    return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Whether the name stands in the table or among the pins. */
  knows(name: string): boolean {
    return this.#parts.table.byName(name) !== undefined || this.#parts.pins.has(name);
  }

  /** Accepts the changed key of a name: what was held goes out, what came is shown. */
  trust(name: string, now: number): TrustResult {
    return this.isOnline ? this.#parts.addressing.accept(name, now) : "offline";
  }

  /** Goes offline with the server's word for it; ends in `deregistered` or `serverSilent`, after which we are still
   * registered as far as anybody knows. */
  deregister(now: number): void {
    this.#parts.membership.deregister(now);
  }

  /** Comes back after `deregister`; ends in `registered`, `nameTaken`, `refused` or `serverSilent`. */
  register(now: number): void {
    this.#parts.membership.register(now);
  }

  /** Says goodbye to server and peers; what it queues leaves with the next datagrams. */
  goodbye(): void {
    this.#parts.membership.end(this.#parts.clock.now);
  }

  /** The machine slept, or the network changed. */
  resume(wallOffsetMs: number, now: number): void {
    const { clock, link, membership, peers } = this.#parts;
    clock.wallOffsetMs = wallOffsetMs;
    if (!membership.isHere) return;
    link.resume(now);
    peers.resume();
  }

  #post(group: string | undefined, text: string, now: number): PostResult {
    const bytes = utf8(text).length;
    if (bytes > LONGEST_TEXT) return { kind: "tooLong", bytes };
    if (!this.isOnline) return { kind: "offline" };
    const { clock, ownPosts, tries } = this.#parts;
    const messageId = ownPosts.say(group, text, clock.wallMs(now), now);
    tries.said(messageId, { to: undefined, group, bytes }, now);
    return { kind: "accepted", messageId };
  }

  #dispatch(now: number): void {
    const { endpoint, link, peerTalk } = this.#parts;
    for (let event = endpoint.nextEvent(); event !== undefined; event = endpoint.nextEvent()) {
      if (!link.receive(event, now)) peerTalk.receive(event, now);
    }
  }
}
