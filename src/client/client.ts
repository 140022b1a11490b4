// A client: told what arrives, what time it is and what its user wants; asked what to send, to write and to tell. Pure.
// PROTOCOL §9. It puts the pieces together: the link to the server, the table, peers, outbox, inbox.

import { decode, encode, utf8 } from "#bytes";
import { nameKey, type NoticeBody, RefusalCode, type ReplyBody } from "#chat";
import { isUsablePublicKey } from "#crypto";
import { LONGEST_TEXT, type PeerMessage, peerMessageCodec } from "#envelope";
import {
  CloseCode,
  type ConnectFailure,
  type Datagram,
  Endpoint,
  Lane,
  type Machine,
  Purpose,
  type Remote,
  type TransportEvent,
} from "#transport";
import { type Address, type LocalSessionId, scopeOf } from "#wire";

import { type ClientOptions, type SendResult } from "./client-options.ts";
import { ClientTable } from "./client-table.ts";
import { Credentials } from "./credentials.ts";
import { EventQueue } from "./event-queue.ts";
import { type ClientEvent, type TableEntry } from "./events.ts";
import { Inbox } from "./inbox.ts";
import { Journal } from "./journal.ts";
import { Outbox } from "./outbox.ts";
import { Peers, type Whereabouts } from "./peers.ts";
import { Pins } from "./pins.ts";
import { type ProfileOperation, type ProfileResult } from "./profile.ts";
import { SelfTalk } from "./self-talk.ts";
import { ServerLink } from "./server-link.ts";
import { TableNews } from "./table-news.ts";

const MOST_SESSIONS = 4096;
const MOST_HALF_OPEN = 256;
const CREDIT_BYTES = 64 * 1024 * 1024;
/** Bytes that wait for the disk or for the application; with more, texts are not taken in, and so not acknowledged. */
const MOST_UNTOLD_BYTES = 16 * 1024 * 1024;
/** Bytes in a session beyond which receipts are dropped: who sends again what has none gets it again. */
const MOST_QUEUED_BYTES = 1024 * 1024;

type Phase = "starting" | "online" | "leaving" | "offline" | "ended";

/** One client of one server. `now` is monotonic ms throughout. */
export class ClientMachine implements Machine {
  readonly #options: ClientOptions;
  readonly #endpoint: Endpoint;
  readonly #journal = new Journal();
  readonly #pins: Pins;
  readonly #table = new ClientTable();
  readonly #credentials: Credentials;
  readonly #peers: Peers;
  readonly #outbox: Outbox;
  readonly #inbox: Inbox;
  readonly #link: ServerLink;
  readonly #selfTalk: SelfTalk;
  readonly #events = new EventQueue();
  readonly #news = new TableNews(this.#events);
  /** Names whose changed key was told of; all of them are pinned. */
  readonly #changedTold = new Set<string>();
  #phase: Phase = "starting";
  /** The event that tells of our registration, until the table is here, too. */
  #welcome: ClientEvent | undefined;
  #isResyncing = false;
  #isUnusableTold = false;
  #wallOffsetMs: number;
  #lastNow: number;

  constructor(options: ClientOptions, now: number) {
    const { profile, dice, server, ackTimeoutMs } = options;
    this.#options = options;
    this.#wallOffsetMs = options.wallOffsetMs;
    this.#lastNow = now;
    this.#pins = new Pins(profile.personPins, this.#journal);
    this.#credentials = new Credentials(options, this.#table, this.#journal, this.#wall(now));
    this.#endpoint = new Endpoint(
      {
        staticKey: this.#credentials.staticKey,
        purposes: [Purpose.peer],
        answersStrangers: false,
        mostSessions: MOST_SESSIONS,
        mostHalfOpen: MOST_HALF_OPEN,
        creditBytes: CREDIT_BYTES,
        application: (purpose) => this.#credentials.hello(purpose),
        accepts: (remote) => this.#accepts(remote),
      },
      dice,
      now,
    );
    this.#peers = new Peers({
      endpoint: this.#endpoint,
      dice,
      isOnLoopback: scopeOf(server) === "loopback",
      introduce: (personKey, token, at) => this.#introduce(personKey, token, at),
    });
    this.#link = new ServerLink(this.#endpoint, server, (dice(1)[0] ?? 0) / 255, {
      registration: (hash) => this.#credentials.registerRequest(hash, this.#table.mark),
      registered: (reply) => this.#registered(reply),
      notice: (notice, at) => this.#notice(notice, at),
      refused: (reply, at) => this.#refused(reply, at),
      unusable: (why) => this.#unusable(why),
      silent: () => this.#silent(),
    });
    const parts = { endpoint: this.#endpoint, peers: this.#peers, journal: this.#journal, dice, ackTimeoutMs };
    this.#outbox = new Outbox(parts, profile, {
      whereabouts: (personKey) => this.#whereabouts(personKey),
      serverProbeTimeoutMs: () => this.#link.probeTimeoutMs,
      wallMs: (at) => this.#wall(at),
      ended: ({ toName, messageId }, end) => this.#events.push({ kind: "messageEnded", to: toName, messageId, end }),
      silent: (personKey, at) => this.#report(personKey, at),
    });
    this.#inbox = new Inbox(this.#journal, profile, {
      isChanged: (name, personKey) => this.#pins.isChanged(name, personKey),
      hasRoom: () => this.#journal.bytes + this.#events.bytes < MOST_UNTOLD_BYTES,
      show: ({ fromName, fromKey, messageId, text, sentAtMs }, isLate) => {
        const from = this.#table.byPerson(fromKey)?.name ?? fromName;
        this.#events.push({ kind: "messageReceived", from, messageId, text, sentAtMs, isLate });
      },
      missing: (fromKey, epoch, from) => this.#answer(fromKey, { kind: "resend", epoch, from }),
      receipts: (fromKey, messageIds) => this.#answer(fromKey, { kind: "receipts", messageIds }),
    });
    this.#selfTalk = new SelfTalk(options.name, this.#credentials.personKey, profile, this.#journal, this.#events);
    for (const { name, key } of this.#outbox.recipients) {
      if (this.#pins.isChanged(name, key)) this.#outbox.setHeld(key, true, now);
    }
    this.#inbox.start(now);
    this.#link.start(now);
  }

  get name(): string {
    return this.#options.name;
  }

  /** Messages accepted and without a verdict, those held for trust left out. */
  get pending(): number {
    return this.#outbox.pending;
  }

  get isOnline(): boolean {
    return this.#phase === "online";
  }

  get deadline(): number {
    const tableAt = this.#phase === "online" ? this.#news.deadline : Number.POSITIVE_INFINITY;
    const { deadline } = this.#endpoint;
    return Math.min(
      deadline,
      this.#link.deadline,
      this.#peers.deadline,
      this.#outbox.deadline,
      this.#inbox.deadline,
      tableAt,
    );
  }

  /** Sizes that must stay bounded, for checkers. */
  get sizes(): Endpoint["sizes"] & Peers["sizes"] {
    return { ...this.#endpoint.sizes, ...this.#peers.sizes };
  }

  receive(bytes: Uint8Array, from: Address, now: number): void {
    this.#lastNow = now;
    this.#endpoint.receive(bytes, from, now);
    this.#dispatch(now);
  }

  wake(now: number): void {
    this.#lastNow = now;
    this.#endpoint.wake(now);
    this.#dispatch(now);
    this.#link.wake(now);
    this.#peers.wake(now);
    this.#outbox.wake(now);
    this.#inbox.wake(now);
    this.#tellTable(now);
  }

  nextDatagram(now: number): Datagram | undefined {
    this.#inbox.flush();
    return this.#endpoint.nextDatagram(now);
  }

  /** What happened, in its order. An application that does not ask is not told more than MOST_UNTOLD_BYTES. */
  nextEvent(): ClientEvent | undefined {
    return this.#events.shift();
  }

  /** What is to be written to the profile next; its results come back by `batchApplied`. */
  takeBatch(): readonly ProfileOperation[] | undefined {
    return this.#journal.take();
  }

  batchApplied(results: readonly ProfileResult[], now: number): void {
    this.#lastNow = now;
    this.#journal.applied(results, now);
  }

  /** The profile cannot be written any more: nothing can be promised, so the client ends. */
  batchFailed(reason: string): void {
    this.#journal.failed();
    if (this.#phase !== "ended") this.#leave("ended", this.#lastNow);
    this.#events.push({ kind: "profileFailed", reason });
  }

  /** Accepts a text for the person of that name. */
  send(to: string, text: string, now: number): SendResult {
    const bytes = utf8(text).length;
    if (bytes > LONGEST_TEXT) return { kind: "tooLong", bytes };
    if (this.#phase !== "online") return { kind: "offline" };
    if (this.#credentials.isOwnName(to)) {
      return { kind: "accepted", messageId: this.#selfTalk.say(text, this.#options.dice, this.#wall(now)) };
    }
    const row = this.#table.byName(to);
    if (row === undefined || this.#credentials.isSelf(row.personKey)) return { kind: "noSuchClient" };
    const { name, personKey } = row;
    if (!this.#pins.has(name)) this.#pins.trust(name, personKey);
    const messageId = this.#outbox.send(name, personKey, text, this.#wall(now));
    if (this.#isChanged(name, personKey)) {
      this.#outbox.setHeld(personKey, true, now);
      this.#events.push({ kind: "keyChanged", name, messageId });
    }
    return { kind: "accepted", messageId };
  }

  /** The rows of the table, ourselves included, in the order of names. */
  table(): readonly TableEntry[] {
    const entries = this.#table.rows.map(({ name, address, isOnline, personKey }) => ({
      name,
      address,
      isOnline,
      isSelf: this.#credentials.isSelf(personKey),
    }));
    return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Whether the name stands in the table or among the pins. */
  knows(name: string): boolean {
    return this.#table.byName(name) !== undefined || this.#pins.has(name);
  }

  /** Accepts the changed key of a name: what was held goes out, what came is shown. False if none is known. */
  trust(name: string, now: number): boolean {
    const row = this.#table.byName(name);
    if (row === undefined || !this.#isChanged(row.name, row.personKey)) return false;
    this.#pins.trust(row.name, row.personKey);
    this.#changedTold.delete(nameKey(row.name));
    this.#outbox.setHeld(row.personKey, false, now);
    this.#inbox.trust(row.personKey, now);
    return true;
  }

  /** Goes offline with the server's word for it; ends in `deregistered` or `serverSilent`, after which we are still
   * registered as far as anybody knows. */
  deregister(now: number): void {
    if (this.#phase !== "online") return;
    this.#phase = "leaving";
    this.#link.request({ kind: "deregister" }, now, (_, at) => {
      this.#leave("offline", at);
      this.#events.push({ kind: "deregistered" });
    });
  }

  /** Comes back after `deregister`; ends in `registered`, `nameTaken`, `refused` or `serverSilent`. */
  register(now: number): void {
    if (this.#phase !== "offline") return;
    this.#phase = "starting";
    this.#isUnusableTold = false;
    this.#link.start(now);
  }

  /** Says goodbye to server and peers; what it queues leaves with the next datagrams. */
  goodbye(): void {
    if (this.#phase !== "ended") this.#leave("ended", this.#lastNow);
  }

  /** The machine slept, or the network changed. */
  resume(wallOffsetMs: number, now: number): void {
    this.#wallOffsetMs = wallOffsetMs;
    if (this.#phase === "offline" || this.#phase === "ended") return;
    this.#link.resume(now);
    this.#peers.resume();
  }

  #wall(now: number): number {
    return Math.max(0, Math.floor(now + this.#wallOffsetMs));
  }

  #leave(phase: "offline" | "ended", now: number): void {
    this.#phase = phase;
    this.#welcome = undefined;
    this.#isResyncing = false;
    this.#outbox.setActive(false, now);
    this.#peers.closeAll();
    this.#link.stop();
  }

  #dispatch(now: number): void {
    for (let event = this.#endpoint.nextEvent(); event !== undefined; event = this.#endpoint.nextEvent()) {
      this.#dispatchOne(event, now);
    }
  }

  #dispatchOne(event: TransportEvent, now: number): void {
    if (this.#link.receive(event, now)) return;
    if (event.kind === "sessionOpened") return this.#peerOpened(event, now);
    if (event.kind === "messageReceived") return this.#peerSaid(event.session, event.bytes, now);
    const outcome = this.#peers.receive(event, now);
    if (outcome.kind === "unanswered") this.#outbox.unanswered(outcome.personKey, now);
    if (outcome.kind === "opened" || outcome.kind === "closed") this.#outbox.transmit(outcome.personKey, now);
  }

  #peerOpened(event: Extract<TransportEvent, { readonly kind: "sessionOpened" }>, now: number): void {
    const wallMs = this.#wall(now);
    const hello = this.#credentials.peer({ application: event.application, key: event.remoteKey }, wallMs);
    if (hello === undefined || !this.#isHere) return this.#endpoint.abandon(event.session);
    const outcome = this.#peers.opened(event, hello, this.#credentials.nameOf(hello, wallMs), now);
    if (outcome.kind === "opened") this.#outbox.transmit(outcome.personKey, now);
  }

  #peerSaid(session: LocalSessionId, bytes: Uint8Array, now: number): void {
    const peer = this.#peers.personOf(session);
    if (peer === undefined) return;
    const { personKey } = peer;
    const message = decode(peerMessageCodec, bytes);
    if (message === undefined) return this.#endpoint.close(session, CloseCode.malformed, "malformed message");
    switch (message.kind) {
      case "text": {
        const name = this.#table.byPerson(personKey)?.name ?? peer.name;
        // Nobody else has our name, whatever a table says, and without a name and a pin nobody is shown.
        if (name === undefined || this.#credentials.isOwnName(name) || !this.#pins.meet(name, personKey)) return;
        this.#peers.talk(session, now);
        const from = { key: personKey, name, isHeld: this.#mustHold(name, personKey) };
        return this.#inbox.receive(from, message, this.#wall(now), now);
      }
      case "receipts":
        return this.#outbox.received(personKey, message.messageIds, now);
      case "resend":
        return this.#outbox.resend(personKey, message.epoch, message.from, now);
      default:
        message satisfies never;
    }
  }

  /** Whether what comes from a key must wait for `trust`; tells so once. */
  #mustHold(name: string, personKey: Uint8Array): boolean {
    const isChanged = this.#isChanged(name, personKey);
    if (isChanged) this.#tellChanged(name);
    return isChanged;
  }

  /** Whether the name is pinned to another key, or that key waits for trust since it had another name. */
  #isChanged(name: string, personKey: Uint8Array): boolean {
    return this.#pins.isChanged(name, personKey) || this.#inbox.isHeld(personKey) || this.#outbox.isHeld(personKey);
  }

  #tellChanged(name: string): void {
    const key = nameKey(name);
    if (this.#changedTold.has(key)) return;
    this.#changedTold.add(key);
    this.#events.push({ kind: "keyChanged", name, messageId: undefined });
  }

  /** Receipts and wishes to a person; without a session, or with a full one, they are dropped, as whoever has no receipt
   * sends again on its next session. */
  #answer(personKey: Uint8Array, message: PeerMessage): void {
    const session = this.#peers.sessionWith(personKey);
    if (session === undefined || (this.#endpoint.view(session)?.queuedBytes ?? 0) > MOST_QUEUED_BYTES) return;
    this.#endpoint.send(session, Lane.receipts, encode(peerMessageCodec, message));
  }

  #whereabouts(personKey: Uint8Array): Whereabouts | undefined {
    const row = this.#table.byPerson(personKey);
    if (row?.isOnline !== true || row.address === undefined || scopeOf(row.address) === "none") return undefined;
    if (!isUsablePublicKey(row.staticKey)) return undefined;
    return { personKey: row.personKey, staticKey: row.staticKey, address: row.address };
  }

  #introduce(personKey: Uint8Array, token: Uint8Array, now: number): void {
    if (this.#link.isRegistered) this.#link.mention({ kind: "introduce", personKey, token }, now);
  }

  #report(personKey: Uint8Array, now: number): void {
    if (this.#link.isRegistered) this.#link.mention({ kind: "reportSilent", personKey }, now);
  }

  #registered(reply: Extract<ReplyBody, { readonly kind: "registered" }>): void {
    this.#credentials.registered(reply.registration);
    this.#table.forgetUpdate();
    this.#isResyncing = false;
    if (this.#phase === "starting") this.#welcome = { kind: "registered", hasMailbox: reply.hasMailbox };
  }

  #notice(notice: NoticeBody, now: number): void {
    if (!this.#isHere) return;
    if (notice.kind === "introduction") {
      if (!this.#credentials.isSelf(notice.personKey)) this.#peers.introduced(notice, now);
      return;
    }
    const outcome = this.#table.apply(notice);
    if (outcome === "mismatch") this.#resync(now);
    if (outcome !== "updated") return;
    this.#news.change();
    this.#greet(now);
    this.#outbox.transmitAll(now);
    this.#tellTable(now);
  }

  /** One at a time, however many parts do not fit. */
  #resync(now: number): void {
    if (this.#isResyncing) return;
    this.#isResyncing = true;
    const answered = (): void => {
      this.#isResyncing = false;
    };
    this.#link.request({ kind: "resync" }, now, answered);
  }

  /** We are online once we are registered and the table that follows is here: before, nobody could be sent anything. */
  #greet(now: number): void {
    if (this.#welcome === undefined) return;
    this.#phase = "online";
    this.#events.push(this.#welcome);
    this.#welcome = undefined;
    this.#news.begin();
    this.#tellTable(now);
    for (const name of this.#inbox.heldNames) this.#tellChanged(name);
    for (const { name, key } of this.#outbox.recipients) if (this.#outbox.isHeld(key)) this.#tellChanged(name);
    this.#outbox.setActive(true, now);
  }

  #tellTable(now: number): void {
    if (this.#phase === "online") this.#news.tell(now);
  }

  #refused(reply: Extract<ReplyBody, { readonly kind: "refused" }>, now: number): void {
    this.#leave("offline", now);
    const isName = reply.code === RefusalCode.nameTaken;
    this.#events.push(isName ? { kind: "nameTaken", name: this.name } : { kind: "refused", reason: reply.text });
  }

  /** Whoever asked to leave and was not heard has not left: the link goes on, and so do we. */
  #silent(): void {
    if (this.#phase === "leaving") this.#phase = "online";
    this.#isResyncing = false;
    this.#events.push({ kind: "serverSilent", kept: this.#outbox.kept });
  }

  #unusable(why: Exclude<ConnectFailure, { readonly kind: "silence" }>): void {
    if (this.#phase !== "starting" || this.#isUnusableTold) return;
    const event: ClientEvent | undefined =
      why.kind === "versions"
        ? { kind: "versionUnknown", theirs: why.theirs }
        : this.#credentials.unexpectedServer(why.application, why.remoteKey);
    if (event === undefined) return;
    this.#isUnusableTold = true;
    this.#events.push(event);
  }

  get #isHere(): boolean {
    return this.#phase !== "offline" && this.#phase !== "ended";
  }

  #accepts(remote: Remote): boolean {
    if (remote.purpose === Purpose.directory) return this.#credentials.acceptsServer(remote);
    if (!this.#isHere) return false;
    const hello = this.#credentials.peer(remote, this.#wall(this.#lastNow));
    if (hello === undefined) return false;
    // Whoever answers a call must be the person who was called, not only have the key that a table says.
    return remote.opener === "them" || this.#peers.isCalled(hello.device.personKey, remote.key);
  }
}
