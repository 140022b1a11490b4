// A client: told what arrives, what time it is and what its user wants; asked what to send, to write and to tell. Pure.
// PROTOCOL §9. It puts the pieces together: the link to the server, the table, peers, outbox, inbox.

import { decode, encode, equalBytes, toHex, utf8 } from "#bytes";
import {
  certifyDevice,
  type ClientHello,
  clientHelloCodec,
  type DeviceCertificate,
  fingerprint,
  isValidRegistration,
  nameKey,
  type NoticeBody,
  provenClient,
  provenServer,
  RefusalCode,
  type Registration,
  registrationProof,
  type ReplyBody,
  type RequestBody,
  type ServerCertificate,
} from "#chat";
import { type Dice, type SigningKey, signingKey, x25519KeyPair } from "#crypto";
import { LONGEST_TEXT, type PeerMessage, peerMessageCodec } from "#envelope";
import { CloseCode, type Datagram, Endpoint, Lane, type Machine, Purpose, type Remote, type TransportEvent } from "#transport";
import { type Address } from "#wire";

import { ClientTable } from "./client-table.ts";
import { type ClientEvent, type TableEntry } from "./events.ts";
import { Inbox } from "./inbox.ts";
import { Journal } from "./journal.ts";
import { Outbox } from "./outbox.ts";
import { Peers, type Whereabouts } from "./peers.ts";
import { Pins } from "./pins.ts";
import { type ProfileOperation, type ProfileResult, type ProfileState } from "./profile.ts";
import { ServerLink } from "./server-link.ts";

/** Table lines a second at most: five. */
const TABLE_EVENT_MS = 200;
const MOST_SESSIONS = 4096;
const MOST_HALF_OPEN = 256;
const CREDIT_BYTES = 64 * 1024 * 1024;

export interface ClientOptions {
  /** As it is to be registered: a usable name. */
  readonly name: string;
  readonly server: Address;
  /** The server as its user typed it; what its identity is pinned to. */
  readonly serverName: string;
  readonly profile: ProfileState;
  readonly dice: Dice;
  /** Wall clock minus monotonic clock, ms. */
  readonly wallOffsetMs: number;
  /** Silence that makes a verdict, ms. */
  readonly ackTimeoutMs: number;
  /** Whether a server that is not the pinned one is accepted, and pinned. */
  readonly acceptsNewServer: boolean;
  /** The only fingerprint that a server may have. */
  readonly fingerprint?: string | undefined;
  /** Our own addresses that we tell the server of. */
  readonly claimed: readonly Address[];
}

/** What came of a wish to send. */
export type SendResult =
  | { readonly kind: "accepted"; readonly messageId: Uint8Array }
  | { readonly kind: "noSuchClient" }
  | { readonly kind: "tooLong"; readonly bytes: number }
  | { readonly kind: "offline" };

type Phase = "starting" | "online" | "leaving" | "offline" | "ended";

/** One client of one server. `now` is monotonic ms throughout. */
export class ClientMachine implements Machine {
  readonly #options: ClientOptions;
  readonly #person: SigningKey;
  readonly #device: DeviceCertificate;
  readonly #endpoint: Endpoint;
  readonly #journal = new Journal();
  readonly #pins: Pins;
  readonly #table = new ClientTable();
  readonly #peers: Peers;
  readonly #outbox: Outbox;
  readonly #inbox: Inbox;
  readonly #link: ServerLink;
  readonly #events: ClientEvent[] = [];
  /** Names whose changed key was told of. */
  readonly #changedTold = new Set<string>();
  #serverPin: ServerCertificate | undefined;
  #registration: Registration | undefined;
  #phase: Phase = "starting";
  /** The event that tells of our registration, until the table is here, too. */
  #welcome: ClientEvent | undefined;
  #tableToldAt = Number.NEGATIVE_INFINITY;
  #isTableNew = false;
  #isLoaded = false;
  /** Names that peers proved with a registration and that the table does not have. */
  readonly #names = new Map<string, string>();
  #selfNumber: number;
  #wallOffsetMs: number;
  #lastNow: number;

  constructor(options: ClientOptions, now: number) {
    const { profile, dice } = options;
    this.#options = options;
    this.#wallOffsetMs = options.wallOffsetMs;
    this.#lastNow = now;
    this.#person = signingKey(profile.identity.personSeed);
    const staticKey = x25519KeyPair(profile.identity.deviceSecret);
    this.#device = certifyDevice(this.#person, {
      deviceId: profile.identity.deviceId,
      staticKey: staticKey.publicKey,
      mailKey: x25519KeyPair(profile.identity.mailSecret).publicKey,
      issuedMs: Math.max(0, Math.floor(now + options.wallOffsetMs)),
    });
    this.#pins = new Pins(profile.personPins, this.#journal);
    this.#endpoint = new Endpoint(
      {
        staticKey,
        purposes: [Purpose.peer],
        answersStrangers: false,
        mostSessions: MOST_SESSIONS,
        mostHalfOpen: MOST_HALF_OPEN,
        creditBytes: CREDIT_BYTES,
        application: (purpose) => this.#hello(purpose),
        accepts: (remote) => this.#accepts(remote, this.#wall(this.#lastNow)),
      },
      dice,
      now,
    );
    this.#peers = new Peers(this.#endpoint, dice, (personKey, token, at) => this.#introduce(personKey, token, at));
    this.#link = new ServerLink(this.#endpoint, options.server, (dice(1)[0] ?? 0) / 255, {
      registration: (hash) => this.#registerRequest(hash),
      registered: (reply, at) => this.#registered(reply, at),
      notice: (notice, at) => this.#notice(notice, at),
      refused: (reply) => this.#refused(reply),
      unusable: (why) => this.#unusable(why),
      silent: () => this.#events.push({ kind: "serverSilent", kept: this.#outbox.kept }),
    });
    this.#outbox = new Outbox(this.#endpoint, this.#peers, this.#journal, dice, options.ackTimeoutMs, profile, {
      whereabouts: (personKey) => this.#whereabouts(personKey),
      serverProbeTimeoutMs: () => this.#link.probeTimeoutMs,
      wallMs: (at) => this.#wall(at),
      ended: ({ toName, messageId }, end) => this.#events.push({ kind: "messageEnded", to: toName, messageId, end }),
      silent: (personKey, at) => this.#report(personKey, at),
    });
    this.#inbox = new Inbox(this.#journal, profile, {
      show: ({ fromName, messageId, text, sentAtMs }, isLate) =>
        this.#events.push({ kind: "messageReceived", from: fromName, messageId, text, sentAtMs, isLate }),
      missing: (fromKey, epoch, from) => this.#say(fromKey, Lane.receipts, { kind: "resend", epoch, from }),
      receipts: (fromKey, messageIds) => this.#say(fromKey, Lane.receipts, { kind: "receipts", messageIds }),
    });
    this.#selfNumber = profile.lastNumbers.find(({ toKey }) => equalBytes(toKey, this.#person.publicKey))?.number ?? 0;
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
    const tableAt = this.#isTableNew ? this.#tableToldAt + TABLE_EVENT_MS : Number.POSITIVE_INFINITY;
    return Math.min(this.#endpoint.deadline, this.#link.deadline, this.#peers.deadline, this.#outbox.deadline, this.#inbox.deadline, tableAt);
  }

  /** Sizes that must stay bounded, for checkers. */
  get sizes(): Endpoint["sizes"] {
    return this.#endpoint.sizes;
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
    this.#phase = "ended";
    this.#events.push({ kind: "profileFailed", reason });
  }

  /** Accepts a text for the person of that name. */
  send(to: string, text: string, now: number): SendResult {
    const bytes = utf8(text).length;
    if (bytes > LONGEST_TEXT) return { kind: "tooLong", bytes };
    if (this.#phase !== "online") return { kind: "offline" };
    const row = this.#table.byName(to);
    if (row === undefined) return { kind: "noSuchClient" };
    this.#pins.meet(row.name, row.personKey);
    if (equalBytes(row.personKey, this.#person.publicKey)) return this.#sendToSelf(text, now);
    const messageId = this.#outbox.send(row.name, row.personKey, text, this.#wall(now));
    if (this.#pins.isChanged(row.name, row.personKey)) {
      this.#outbox.setHeld(row.personKey, true, now);
      this.#events.push({ kind: "keyChanged", name: row.name, messageId });
    }
    return { kind: "accepted", messageId };
  }

  /** The rows of the table, ourselves included, in the order of names. */
  table(): readonly TableEntry[] {
    const entries = this.#table.rows.map((row) => ({
      name: row.name,
      address: row.address,
      isOnline: row.isOnline,
      isSelf: equalBytes(row.personKey, this.#person.publicKey),
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
    if (row === undefined || !this.#pins.isChanged(row.name, row.personKey)) return false;
    this.#pins.trust(row.name, row.personKey);
    this.#changedTold.delete(nameKey(row.name));
    this.#outbox.setHeld(row.personKey, false, now);
    this.#inbox.setHeld(row.personKey, false, now);
    return true;
  }

  /** Goes offline with the server's word for it; ends in `deregistered` or `serverSilent`. */
  deregister(now: number): void {
    if (this.#phase !== "online") return;
    this.#phase = "leaving";
    this.#link.request({ kind: "deregister" }, now, () => {
      this.#leave("offline");
      this.#events.push({ kind: "deregistered" });
    });
  }

  /** Comes back after `deregister`; ends in `registered`, `nameTaken` or `serverSilent`. */
  register(now: number): void {
    if (this.#phase !== "offline") return;
    this.#phase = "starting";
    this.#link.start(now);
  }

  /** Says goodbye to server and peers; what it queues leaves with the next datagrams. */
  goodbye(): void {
    if (this.#phase !== "ended") this.#leave("ended");
  }

  /** The machine slept, or the network changed. */
  resume(wallOffsetMs: number, now: number): void {
    this.#wallOffsetMs = wallOffsetMs;
    if (this.#phase === "starting" || this.#phase === "online") this.#link.resume(now);
  }

  #wall(now: number): number {
    return Math.max(0, Math.floor(now + this.#wallOffsetMs));
  }

  #leave(phase: Phase): void {
    this.#phase = phase;
    this.#peers.closeAll();
    this.#link.stop();
  }

  #dispatch(now: number): void {
    for (let event = this.#endpoint.nextEvent(); event !== undefined; event = this.#endpoint.nextEvent()) this.#dispatchOne(event, now);
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
    const hello = provenClient(event.application, event.remoteKey);
    if (hello === undefined) return this.#endpoint.abandon(event.session);
    const outcome = this.#peers.opened(event, hello, now);
    const name = this.#nameOf(hello);
    if (name !== undefined) this.#names.set(toHex(hello.device.personKey), name);
    if (outcome.kind === "opened") this.#outbox.transmit(outcome.personKey, now);
  }

  #peerSaid(session: number, bytes: Uint8Array, now: number): void {
    const personKey = this.#peers.personOf(session);
    const message = decode(peerMessageCodec, bytes);
    if (personKey === undefined) return;
    if (message === undefined) return this.#endpoint.close(session, CloseCode.malformed, "malformed message");
    switch (message.kind) {
      case "text": {
        const name = this.#table.byPerson(personKey)?.name ?? this.#names.get(toHex(personKey));
        if (name === undefined) return;
        this.#peers.talk(session, now);
        this.#checkKey(name, personKey, now);
        return this.#inbox.receive(personKey, name, message, this.#wall(now), now);
      }
      case "receipts":
        return this.#outbox.received(personKey, message.messageIds, now);
      case "resend":
        return this.#outbox.resend(personKey, message.epoch, message.from, now);
      default:
        message satisfies never;
    }
  }

  /** Holds what comes from a key that the name is not pinned to, and tells once. */
  #checkKey(name: string, personKey: Uint8Array, now: number): void {
    this.#pins.meet(name, personKey);
    if (!this.#pins.isChanged(name, personKey)) return;
    this.#inbox.setHeld(personKey, true, now);
    const key = nameKey(name);
    if (this.#changedTold.has(key)) return;
    this.#changedTold.add(key);
    this.#events.push({ kind: "keyChanged", name, messageId: undefined });
  }

  #say(personKey: Uint8Array, lane: number, message: PeerMessage): void {
    const session = this.#peers.sessionWith(personKey);
    if (session !== undefined) this.#endpoint.send(session, lane, encode(peerMessageCodec, message));
  }

  /** To oneself: safe first, then shown, then received. */
  #sendToSelf(text: string, now: number): SendResult {
    const { name, dice, profile } = this.#options;
    const messageId = dice(16);
    const sentAtMs = this.#wall(now);
    const toKey = this.#person.publicKey;
    const number = ++this.#selfNumber;
    const { epoch } = profile;
    this.#journal.write({ kind: "putOutgoing", message: { messageId, toName: name, toKey, epoch, number, sentAtMs, text } });
    const message = { messageId, fromName: name, fromKey: toKey, epoch, number, sentAtMs, receivedAtMs: sentAtMs, text };
    this.#journal.write({ kind: "putIncoming", message, isShown: true }, () => {
      this.#events.push({ kind: "messageReceived", from: name, messageId, text, sentAtMs, isLate: false });
    });
    this.#journal.write({ kind: "endOutgoing", messageId, end: "received", atMs: sentAtMs }, () => {
      this.#events.push({ kind: "messageEnded", to: name, messageId, end: "received" });
    });
    return { kind: "accepted", messageId };
  }

  #whereabouts(personKey: Uint8Array): Whereabouts | undefined {
    const row = this.#table.byPerson(personKey);
    if (row?.isOnline !== true || row.address === undefined) return undefined;
    return { personKey: row.personKey, staticKey: row.staticKey, address: row.address };
  }

  #introduce(personKey: Uint8Array, token: Uint8Array, now: number): void {
    if (this.#link.isRegistered) this.#link.request({ kind: "introduce", personKey, token }, now, () => {});
  }

  #report(personKey: Uint8Array, now: number): void {
    if (this.#link.isRegistered) this.#link.request({ kind: "reportSilent", personKey }, now, () => {});
  }

  #registerRequest(handshakeHash: Uint8Array): RequestBody {
    const { name, claimed } = this.#options;
    const proof = this.#person.sign(registrationProof(handshakeHash, name));
    return { kind: "register", name, device: this.#device, claimed, table: this.#table.mark, proof };
  }

  #registered(reply: Extract<ReplyBody, { readonly kind: "registered" }>, now: number): void {
    this.#registration = reply.registration;
    if (this.#phase === "starting") this.#welcome = { kind: "registered", hasMailbox: reply.hasMailbox };
    this.#greet(now);
  }

  /** We are online once we are registered and have a table: before, nobody could be sent anything. */
  #greet(now: number): void {
    if (this.#welcome === undefined || this.#table.mark === undefined) return;
    this.#phase = "online";
    this.#events.push(this.#welcome);
    this.#welcome = undefined;
    this.#isTableNew = true;
    this.#tableToldAt = Number.NEGATIVE_INFINITY;
    if (!this.#isLoaded) this.#load(now);
    this.#tellTable(now);
  }

  #notice(notice: NoticeBody, now: number): void {
    if (notice.kind === "introduction") return this.#peers.introduced(notice, now);
    const outcome = this.#table.apply(notice);
    if (outcome === "mismatch") this.#link.request({ kind: "resync" }, now, () => {});
    if (outcome !== "updated") return;
    this.#isTableNew = true;
    this.#greet(now);
    this.#outbox.transmitAll(now);
    this.#tellTable(now);
  }

  /** The first table is here: messages kept from before find their recipients, or are held where a key changed. */
  #load(now: number): void {
    this.#isLoaded = true;
    for (const { name, key } of this.#outbox.recipients) {
      if (this.#pins.isChanged(name, key)) this.#outbox.setHeld(key, true, now);
    }
  }

  #tellTable(now: number): void {
    if (!this.#isTableNew || this.#phase !== "online" || this.#table.mark === undefined || now < this.#tableToldAt + TABLE_EVENT_MS) return;
    this.#isTableNew = false;
    this.#tableToldAt = now;
    this.#events.push({ kind: "tableUpdated" });
  }

  #refused(reply: Extract<ReplyBody, { readonly kind: "refused" }>): void {
    this.#leave("offline");
    const isName = reply.code === RefusalCode.nameTaken;
    this.#events.push(isName ? { kind: "nameTaken", name: this.#options.name } : { kind: "refused", reason: reply.text });
  }

  #unusable(why: { readonly kind: "rejected"; readonly application: Uint8Array; readonly remoteKey: Uint8Array } | { readonly kind: "versions"; readonly theirs: readonly number[] }): void {
    if (this.#phase !== "starting") return;
    if (why.kind === "versions") {
      this.#events.push({ kind: "versionUnknown", theirs: why.theirs });
      return;
    }
    const shown = provenServer(why.application, why.remoteKey);
    const pinned = this.#pinnedServerKey();
    if (shown === undefined) return;
    const expected = this.#options.fingerprint ?? (pinned === undefined ? "" : fingerprint(pinned));
    this.#events.push({ kind: "serverChanged", pinned: expected, shown: fingerprint(shown.identityKey) });
  }

  #pinnedServerKey(): Uint8Array | undefined {
    return this.#options.profile.serverPins.find((pin) => pin.address === this.#options.serverName)?.identityKey;
  }

  /** What we say in handshakes. */
  #hello(purpose: Purpose): Uint8Array {
    const registration = purpose === Purpose.peer ? this.#registration : undefined;
    return encode(clientHelloCodec, { device: this.#device, registration });
  }

  #accepts(remote: Remote, wallMs: number): boolean {
    return remote.purpose === Purpose.directory ? this.#acceptsServer(remote) : this.#acceptsPeer(remote, wallMs);
  }

  #acceptsServer({ application, key }: Remote): boolean {
    const shown = provenServer(application, key);
    if (shown === undefined) return false;
    const wanted = this.#options.fingerprint;
    if (wanted !== undefined && fingerprint(shown.identityKey) !== wanted) return false;
    const pinned = this.#serverPin?.identityKey ?? (this.#options.acceptsNewServer ? undefined : this.#pinnedServerKey());
    if (pinned !== undefined && !equalBytes(pinned, shown.identityKey)) return false;
    if (this.#serverPin === undefined) {
      this.#serverPin = shown;
      const pin = { address: this.#options.serverName, identityKey: shown.identityKey.slice(), staticKey: shown.staticKey.slice() };
      this.#journal.write({ kind: "pinServer", pin });
    }
    return true;
  }

  /** Peers are those whose device is proven and whose name our server vouches for, there or in the table. */
  #acceptsPeer({ application, key, opener }: Remote, wallMs: number): boolean {
    const hello = provenClient(application, key);
    if (hello === undefined || this.#phase === "offline" || this.#phase === "ended") return false;
    const { personKey } = hello.device;
    const row = this.#table.byPerson(personKey);
    // Whom we call, the handshake expects by its key already.
    if (opener === "us" || row !== undefined) return true;
    const { registration } = hello;
    const server = this.#serverPin?.identityKey;
    if (registration === undefined || server === undefined || !equalBytes(registration.personKey, personKey)) return false;
    return isValidRegistration(registration, server, wallMs);
  }

  #nameOf({ device, registration }: ClientHello): string | undefined {
    return this.#table.byPerson(device.personKey)?.name ?? registration?.name;
  }
}
