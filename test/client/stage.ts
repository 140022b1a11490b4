// A server, clients and a peer who lies, on a simulated network, for tests of whole clients.

import { decode, encode } from "#bytes";
import {
  certifyDevice,
  certifyRegistration,
  certifyServer,
  clientHelloCodec,
  fromServerCodec,
  type NoticeBody,
  type ReplyBody,
  requestCodec,
  type RequestBody,
  serverCertificateCodec,
  TableHash,
  type TableRow,
} from "#chat";
import { type SigningKey, signingKey, x25519KeyPair } from "#crypto";
import { type PeerMessage, peerMessageCodec } from "#envelope";
import { type ClientEvent, ClientMachine, MemoryProfile, type ProfileOperation } from "#client";
import { calm, type Host, Network, Random } from "#sim";
import { Endpoint, Lane, Purpose, type TransportEvent } from "#transport";
import { type Address, showAddress } from "#wire";

export const WALL_MS = 1_790_000_000_000;
export const SERVER: Address = { host: "10.0.0.1", port: 4000 };

/** A client with its profile. */
export class Person {
  readonly name: string;
  readonly events: (ClientEvent & { readonly at: number })[] = [];
  readonly identity;
  readonly profile: MemoryProfile;
  readonly address: Address;
  /** How long its disk takes. */
  diskMs = 0.3;
  readonly #network: Network;
  readonly #random: Random;
  #host: Host | undefined;
  #machine: ClientMachine | undefined;
  #batch: readonly ProfileOperation[] = [];

  constructor(network: Network, random: Random, name: string, address: Address) {
    this.#network = network;
    this.#random = random;
    this.name = name;
    this.address = address;
    const { dice } = random;
    this.identity = { personSeed: dice(32), deviceSecret: dice(32), deviceId: dice(16) };
    this.profile = new MemoryProfile(this.identity, dice);
  }

  get machine(): ClientMachine {
    if (this.#machine === undefined) throw new Error("not started");
    return this.#machine;
  }

  get personKey(): Uint8Array {
    return signingKey(this.identity.personSeed).publicKey;
  }

  /** Texts shown, and nothing else. */
  get shown(): readonly string[] {
    return this.events.flatMap((event) => (event.kind === "messageReceived" ? [`${event.from}: ${event.text}`] : []));
  }

  get kinds(): readonly string[] {
    return this.events.map(({ kind }) => kind);
  }

  /** Whether such an operation is on its way to the disk. */
  isWriting(kind: ProfileOperation["kind"]): boolean {
    return this.#batch.some((operation) => operation.kind === kind);
  }

  count(kind: ClientEvent["kind"]): number {
    return this.events.filter((event) => event.kind === kind).length;
  }

  ends(): readonly string[] {
    return this.events.flatMap((event) => (event.kind === "messageEnded" ? [event.end] : []));
  }

  start(changes: { readonly acceptsNewServer?: boolean; readonly fingerprint?: string } = {}): void {
    const machine = new ClientMachine(
      {
        name: this.name,
        server: SERVER,
        serverName: showAddress(SERVER),
        profile: this.profile.load(),
        dice: this.#random.dice,
        wallOffsetMs: WALL_MS,
        ackTimeoutMs: 500,
        acceptsNewServer: false,
        claimed: [],
        ...changes,
      },
      this.#network.now,
    );
    this.#machine = machine;
    this.#host = { name: this.name, machine, address: this.address, act: () => this.#act(machine) };
    this.#network.attach(this.#host);
  }

  kill(): void {
    if (this.#host !== undefined) this.#network.detach(this.#host);
    this.#machine = undefined;
    this.#batch = [];
  }

  ask<T>(question: (machine: ClientMachine, now: number) => T): T {
    const answer = question(this.machine, this.#network.now);
    if (this.#host !== undefined) this.#network.turn(this.#host);
    return answer;
  }

  send(to: string, text: string): string {
    return this.ask((machine, now) => machine.send(to, text, now)).kind;
  }

  #act(machine: ClientMachine): void {
    for (let event = machine.nextEvent(); event !== undefined; event = machine.nextEvent()) {
      this.events.push({ ...event, at: this.#network.now });
    }
    const batch = machine.takeBatch();
    if (batch === undefined) return;
    this.#batch = batch;
    this.#network.at(this.#network.now + this.diskMs, () => {
      if (this.#machine !== machine) return;
      this.#batch = [];
      machine.batchApplied(this.profile.apply(batch), this.#network.now);
      if (this.#host !== undefined) this.#network.turn(this.#host);
    });
  }
}

/** An endpoint moved by hand: what its sessions say is noted. */
class HandMade {
  readonly endpoint: Endpoint;
  readonly staticKey;
  readonly address: Address;
  readonly sessions: number[] = [];
  readonly ends: number[] = [];
  protected readonly network: Network;
  readonly #host: Host;
  readonly #received: (session: number, bytes: Uint8Array) => void;

  constructor(
    network: Network,
    random: Random,
    address: Address,
    is: {
      readonly purposes: readonly Purpose[];
      readonly isServer: boolean;
      readonly application: (key: Uint8Array) => Uint8Array;
    },
    received: (session: number, bytes: Uint8Array) => void,
  ) {
    this.network = network;
    this.address = address;
    this.staticKey = x25519KeyPair(random.dice(32));
    const { publicKey } = this.staticKey;
    const options = {
      staticKey: this.staticKey,
      mostSessions: 100,
      mostHalfOpen: 64,
      creditBytes: 1 << 26,
      accepts: () => true,
    };
    this.endpoint = new Endpoint(
      {
        ...options,
        purposes: is.purposes,
        answersStrangers: is.isServer,
        application: () => is.application(publicKey),
      },
      random.dice,
      network.now,
    );
    this.#received = received;
    this.#host = { name: "hand made", machine: this.endpoint, address, act: () => this.#act() };
    network.attach(this.#host);
  }

  get session(): number {
    return this.sessions.at(-1) ?? -1;
  }

  turn(): void {
    this.network.turn(this.#host);
  }

  stop(): void {
    this.network.detach(this.#host);
  }

  protected put(session: number, lane: number, bytes: Uint8Array): void {
    this.endpoint.send(session, lane, bytes);
    this.turn();
  }

  #act(): void {
    for (
      let event: TransportEvent | undefined = this.endpoint.nextEvent();
      event !== undefined;
      event = this.endpoint.nextEvent()
    ) {
      if (event.kind === "sessionOpened") this.sessions.push(event.session);
      if (event.kind === "sessionEnded") this.ends.push(event.end.by === "peer" ? event.end.code : -1);
      if (event.kind === "messageReceived") this.#received(event.session, event.bytes);
    }
  }
}

/** A server that says whatever the test wants it to. */
export class Liar extends HandMade {
  readonly identity: SigningKey;
  readonly asked: RequestBody[] = [];
  /** Who registered on which session, the newest last. */
  readonly registered = new Map<number, Extract<RequestBody, { readonly kind: "register" }>>();
  rows: readonly TableRow[] = [];
  /** The hash that it tells instead of its rows'. */
  hash: Uint8Array | undefined;
  /** Whether its tables claim to have everybody. */
  isWhole = true;
  /** What it answers; nothing where undefined. */
  answer: (body: RequestBody, session: number) => ReplyBody | undefined = () => ({ kind: "done" });
  /** Whether it says that it keeps mail. */
  hasMailbox = false;
  /** The group that it says somebody is in, who believes to be in that one. */
  groupOf: (believed: string | undefined) => string | undefined = (believed) => believed;
  /** What it answers to registrations instead of registering. */
  refusal: ReplyBody | undefined;
  #version = 1;

  constructor(network: Network, random: Random, address: Address = SERVER) {
    const identity = signingKey(random.dice(32));
    const application = (key: Uint8Array): Uint8Array => encode(serverCertificateCodec, certifyServer(identity, key));
    super(network, random, address, { purposes: [Purpose.directory], isServer: true, application }, (session, bytes) =>
      this.#hear(session, bytes),
    );
    this.identity = identity;
  }

  count(kind: RequestBody["kind"]): number {
    return this.asked.filter((body) => body.kind === kind).length;
  }

  vouch(name: string, personKey: Uint8Array): ReturnType<typeof certifyRegistration> {
    return certifyRegistration(this.identity, { name, personKey, firstSeenMs: WALL_MS, expiresMs: WALL_MS + 1e9 });
  }

  notify(body: NoticeBody, session = this.session): void {
    this.put(session, Lane.control, encode(fromServerCodec, { kind: "notice", body }));
  }

  /** A whole table of these rows, to everybody. */
  tell(rows: readonly TableRow[], changes: Partial<Extract<NoticeBody, { readonly kind: "table" }>> = {}): void {
    this.rows = rows;
    const hash = new TableHash();
    for (const row of rows) hash.toggle(row);
    const table = {
      epoch: new Uint8Array(8),
      from: 0,
      to: ++this.#version,
      isFirst: true,
      isLast: true,
      isWhole: this.isWhole,
      hash: this.hash ?? hash.bytes,
    };
    const parts = rows.map((row) => ({ kind: "row" as const, ...row }));
    for (const session of this.sessions) this.notify({ kind: "table", ...table, changes: parts, ...changes }, session);
  }

  #hear(session: number, bytes: Uint8Array): void {
    const request = decode(requestCodec, bytes);
    if (request === undefined) return;
    const { body } = request;
    this.asked.push(body);
    const reply = body.kind === "register" ? (this.refusal ?? this.#register(body)) : this.answer(body, session);
    if (body.kind === "register") this.registered.set(session, body);
    const lane = reply?.kind === "mail" ? Lane.chat : Lane.control;
    if (reply !== undefined)
      this.put(session, lane, encode(fromServerCodec, { kind: "reply", id: request.id, body: reply }));
    if (reply?.kind === "registered") this.tell(this.rows);
  }

  #register({ name, device, group }: Extract<RequestBody, { readonly kind: "register" }>): ReplyBody {
    return {
      kind: "registered",
      registration: this.vouch(name, device.personKey),
      hasMailbox: this.hasMailbox,
      group: this.groupOf(group),
    };
  }
}

/** A peer that says whatever the test wants it to. */
export class Stranger extends HandMade {
  readonly person: SigningKey;
  readonly heard: PeerMessage[] = [];

  constructor(
    network: Network,
    random: Random,
    address: Address,
    registration?: (personKey: Uint8Array) => ReturnType<Liar["vouch"]> | undefined,
  ) {
    const person = signingKey(random.dice(32));
    const application = (staticKey: Uint8Array): Uint8Array => {
      const device = certifyDevice(person, {
        deviceId: new Uint8Array(16),
        staticKey,
        mailKey: staticKey,
        issuedMs: WALL_MS,
      });
      return encode(clientHelloCodec, { device, registration: registration?.(person.publicKey) });
    };
    super(network, random, address, { purposes: [Purpose.peer], isServer: false, application }, (_, bytes) => {
      const message = decode(peerMessageCodec, bytes);
      if (message !== undefined) this.heard.push(message);
    });
    this.person = person;
  }

  row(number: number, name: string, changes: Partial<TableRow> = {}): TableRow {
    const { address, person, staticKey } = this;
    return {
      number,
      name,
      personKey: person.publicKey,
      staticKey: staticKey.publicKey,
      isOnline: true,
      address,
      ...changes,
    };
  }

  call(to: Address, key: Uint8Array): void {
    this.endpoint.connect({ to, purpose: Purpose.peer, expectedKey: key, forMs: 2000 }, this.network.now);
    this.turn();
  }

  say(message: PeerMessage): void {
    this.put(this.session, message.kind === "text" ? Lane.chat : Lane.receipts, encode(peerMessageCodec, message));
  }

  raw(bytes: Uint8Array): void {
    this.put(this.session, Lane.chat, bytes);
  }
}

export function newNetwork(seed: number): { readonly network: Network; readonly random: Random } {
  return { network: new Network(new Random(seed, "network"), calm), random: new Random(seed, "stage") };
}

/** The row of a client, as a server would tell it. */
export function rowOf(person: Person, number: number, changes: Partial<TableRow> = {}): TableRow {
  const { name, personKey, address, identity } = person;
  const staticKey = x25519KeyPair(identity.deviceSecret).publicKey;
  return { number, name, personKey, staticKey, isOnline: true, address, ...changes };
}
