// A client on a real socket with a profile on disk: what `import { connect } from "udpchat"` gives.

import { ACK_TIMEOUT_MS, nameKey, usableName } from "#chat";
import { type ClientEvent, ClientMachine, type Paths, type SentMessage, type TableEntry } from "#client";
import {
  monotonicMs,
  mtuTowards,
  ownHosts,
  profileFolder,
  resolveHost,
  SqliteProfile,
  systemDice,
  UdpHost,
  wallOffsetMs,
} from "#io";
import { type Observer } from "#transport";
import { type Address, showAddress } from "#wire";

import { type ChatSession, type PostOutcome, type SendOutcome, type TrustOutcome } from "./chat-session.ts";
import { EventQueue } from "./event-queue.ts";
import { StartError } from "./start-error.ts";

/** Addresses of our own that the server is told of. */
const MOST_CLAIMED = 4;

export interface ConnectOptions {
  /** 1–32 letters, marks, digits, `.`, `_`, `-`. */
  readonly name: string;
  /** Numeric address or host name of the server. */
  readonly host: string;
  readonly port: number;
  /** Our own UDP port; 0 or nothing for any free one. */
  readonly clientPort?: number;
  /** A numeric address to bind to; all addresses of both families if not given. */
  readonly bind?: string;
  /** Silence after which a message counts as not received, ms; 500 if not given. */
  readonly ackTimeoutMs?: number;
  /** Accept, and pin, a server that is not the one pinned for its address. */
  readonly acceptNewServer?: boolean;
  /** The only fingerprint that the server may have. */
  readonly fingerprint?: string;
  /** Who is told of what is sent and received; never of keys or texts. */
  readonly observer?: Observer;
  /** Where the profile is; by default the place of that name below the user's data folder. */
  readonly folder?: string;
}

/** Opens profile and socket and starts to register; what comes of it, and all else, comes as events. StartError where
 * the host does not resolve, the port or the profile cannot be used; RangeError for a name that cannot be one. */
export async function connect(options: ConnectOptions): Promise<ChatSession> {
  const name = usableName(options.name)?.shown;
  if (name === undefined) throw new RangeError(`not a usable name: ${options.name}`);
  const host = await resolveHost(options.host);
  if (host === undefined) throw StartError.unknownHost(options.host);
  const session = new SocketSession(name, { host, port: options.port }, options);
  await session.open();
  return session;
}

class SocketSession implements ChatSession {
  readonly name: string;
  readonly #server: Address;
  readonly #options: ConnectOptions;
  readonly #events = new EventQueue<ClientEvent>(() => this.#host?.poke());
  #profile: SqliteProfile | undefined;
  #host: UdpHost | undefined;
  #machine: ClientMachine | undefined;
  #closing: Promise<void> | undefined;

  constructor(name: string, server: Address, options: ConnectOptions) {
    this.name = name;
    this.#server = server;
    this.#options = options;
  }

  async open(): Promise<void> {
    try {
      this.#profile = new SqliteProfile(this.#options.folder ?? profileFolder(nameKey(this.name)), systemDice);
      this.#host = await UdpHost.open({
        port: this.#options.clientPort ?? 0,
        bind: this.#options.bind,
        act: () => this.#act(),
        resumed: (offset, now) => this.#machine?.resume(offset, now),
        failed: (error) => this.#events.fail(error),
      });
      this.#machine = new ClientMachine(
        {
          name: this.name,
          server: this.#server,
          serverName: showAddress(this.#server),
          profile: this.#profile.load(),
          dice: systemDice,
          wallOffsetMs: wallOffsetMs(),
          ackTimeoutMs: this.#options.ackTimeoutMs ?? ACK_TIMEOUT_MS,
          acceptsNewServer: this.#options.acceptNewServer === true,
          fingerprint: this.#options.fingerprint,
          claimed: this.#claimed(this.#host.port),
          mtuTowards,
          observer: this.#options.observer,
        },
        monotonicMs(),
      );
      this.#host.start(this.#machine);
    } catch (error) {
      await this.#host?.close();
      this.#profile?.close();
      throw StartError.from(error);
    }
  }

  get pending(): number {
    return this.#opened.pending;
  }

  send(to: string, text: string): SendOutcome {
    return this.#ask((machine, now) => machine.send(to, text, now));
  }

  table(): readonly TableEntry[] {
    return this.#opened.table();
  }

  get serverAddress(): string {
    return showAddress(this.#server);
  }

  paths(): Paths {
    return this.#opened.paths();
  }

  get sentCount(): number {
    return this.#opened.sentCount;
  }

  sentMessage(number?: number): SentMessage | undefined {
    return this.#opened.sentMessage(number);
  }

  knows(name: string): boolean {
    return this.#opened.knows(name);
  }

  trust(name: string): TrustOutcome {
    return this.#ask((machine, now) => machine.trust(name, now));
  }

  get group(): string | undefined {
    return this.#opened.group;
  }

  createGroup(group: string): void {
    this.#ask((machine, now) => machine.createGroup(group, now));
  }

  listGroups(): void {
    this.#ask((machine, now) => machine.listGroups(now));
  }

  joinGroup(group: string): void {
    this.#ask((machine, now) => machine.joinGroup(group, now));
  }

  leaveGroup(): void {
    this.#ask((machine, now) => machine.leaveGroup(now));
  }

  listMembers(): void {
    this.#ask((machine, now) => machine.listMembers(now));
  }

  sendGroup(text: string): PostOutcome {
    return this.#ask((machine, now) => machine.sendGroup(text, now));
  }

  sendAll(text: string): PostOutcome {
    return this.#ask((machine, now) => machine.sendAll(text, now));
  }

  deregister(): void {
    this.#ask((machine, now) => machine.deregister(now));
  }

  register(): void {
    this.#ask((machine, now) => machine.register(now));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncIterator](): AsyncIterator<ClientEvent> {
    return this.#events[Symbol.asyncIterator]();
  }

  get #opened(): ClientMachine {
    if (this.#machine === undefined) throw new Error("the session is not open");
    return this.#machine;
  }

  /** Has the machine do something, and the host send what comes of it. */
  #ask<T>(question: (machine: ClientMachine, now: number) => T): T {
    const answer = question(this.#opened, monotonicMs());
    this.#host?.poke();
    return answer;
  }

  #claimed(port: number): readonly Address[] {
    const { bind } = this.#options;
    return (bind === undefined ? ownHosts() : [bind]).slice(0, MOST_CLAIMED).map((host) => ({ host, port }));
  }

  #act(): void {
    const machine = this.#machine;
    if (machine === undefined) return;
    do {
      // What the application does not take stays with the machine, which takes in no more when it is too much.
      for (let event = this.#nextEvent(machine); event !== undefined; event = this.#nextEvent(machine)) {
        this.#events.push(event);
      }
    } while (this.#write(machine));
  }

  #nextEvent(machine: ClientMachine): ClientEvent | undefined {
    return this.#events.isFull ? undefined : machine.nextEvent();
  }

  /** Writes down what is to be; what waited for it happens in this turn. False if there was nothing. */
  #write(machine: ClientMachine): boolean {
    const batch = machine.takeBatch();
    if (batch === undefined || this.#profile === undefined) return false;
    let results;
    try {
      results = this.#profile.apply(batch);
    } catch (error) {
      machine.batchFailed(error instanceof Error ? error.message : String(error));
      return true;
    }
    machine.batchApplied(results, monotonicMs());
    return true;
  }

  async #close(): Promise<void> {
    this.#machine?.goodbye();
    await this.#host?.close();
    this.#profile?.close();
    this.#events.close();
  }
}
