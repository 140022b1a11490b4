// A server with its store on a simulated network, and clients around it.

import assert from "node:assert/strict";

import { type ReplyBody, type RequestBody } from "#chat";
import { calm, type Host, Network, Random, type Weather } from "#sim";
import {
  type Limits,
  MemoryStore,
  type ServerEvent,
  serverKeys,
  serverLines,
  ServerMachine,
  type StoreOperation,
} from "#server";
import { type Address } from "#wire";

import { type RegisterBody, TestClient, type TestClientOptions } from "./test-client.ts";

/** Wall-clock ms at the network's 0. */
export const WALL_MS = 1_800_000_000_000;

export interface RoomOptions {
  readonly seed?: number;
  readonly limits?: Partial<Limits>;
  readonly weather?: Weather;
  readonly address?: Address;
  readonly hasMailbox?: boolean;
}

export class Room {
  readonly network: Network;
  readonly random: Random;
  readonly limits: Partial<Limits>;
  readonly address: Address;
  readonly hasMailbox: boolean;
  readonly seed: Uint8Array;
  readonly events: ServerEvent[] = [];
  readonly operations: StoreOperation[] = [];
  /** Whether the next batches fail. */
  isStoreBroken = false;
  /** Batches stay unanswered while set. */
  isStoreHeld = false;
  readonly store = new MemoryStore({ fault: () => this.isStoreBroken });
  server: ServerMachine;
  host: Host;
  #held: readonly StoreOperation[] | undefined;
  #clients = 0;

  constructor({
    seed = 1,
    limits = {},
    weather = calm,
    address = { host: "10.0.0.200", port: 4000 },
    hasMailbox = true,
  }: RoomOptions = {}) {
    this.random = new Random(seed, "room");
    this.network = new Network(new Random(seed, "network"), weather);
    this.limits = limits;
    this.address = address;
    this.hasMailbox = hasMailbox;
    this.seed = this.random.dice(32);
    [this.server, this.host] = this.#start(WALL_MS);
  }

  get lines(): readonly string[] {
    return this.events.flatMap(serverLines);
  }

  /** The server dies, and another starts from its books. */
  restart(wallOffsetMs = WALL_MS): void {
    this.network.detach(this.host);
    [this.server, this.host] = this.#start(wallOffsetMs);
  }

  kill(): void {
    this.network.detach(this.host);
  }

  client(name: string, options: Partial<TestClientOptions> = {}): TestClient {
    this.#clients++;
    const address = { host: `10.0.${this.#clients >> 7}.${1 + (this.#clients & 127)}`, port: 5000 };
    return new TestClient(this.network, this.random, { name, address, ...options });
  }

  /** A client with a session. */
  connected(name: string, options: Partial<TestClientOptions> = {}): TestClient {
    const client = this.client(name, options);
    this.connect(client);
    return client;
  }

  connect(client: TestClient): void {
    client.connect(this.address);
    this.runUntil(() => client.session !== undefined || client.isFailed, 3000);
  }

  /** A client that is registered and has its table. */
  registered(name: string, options: Partial<TestClientOptions> = {}, changes: Partial<RegisterBody> = {}): TestClient {
    const client = this.connected(name, options);
    const { steps } = client.table;
    assert.equal(this.ask(client, client.registerBody(changes)).kind, "registered");
    this.runUntil(() => client.table.steps > steps, 1000);
    return client;
  }

  /** A client that is registered and in that group, which is made where it is not there. */
  member(name: string, group: string, options: Partial<TestClientOptions> = {}): TestClient {
    const client = this.registered(name, options);
    this.ask(client, { kind: "createGroup", group });
    assert.equal(this.ask(client, { kind: "joinGroup", group }).kind, "entered");
    return client;
  }

  /** Registers on a new session, as a client does whose session was lost. */
  comeBack(client: TestClient, changes: Partial<RegisterBody> = {}): ReplyBody {
    this.connect(client);
    return this.ask(client, client.registerBody(changes));
  }

  /** Until it is there: it rides in another lane than what may be asked next. */
  collect(client: TestClient, ...numbers: readonly number[]): void {
    client.collect(...numbers);
    this.run(100);
  }

  /** What the server answers. */
  ask(client: TestClient, body: RequestBody, withinMs = 5000): ReplyBody {
    const reply = this.asked(client, body, withinMs);
    assert.ok(reply !== undefined, `${body.kind} was answered`);
    return reply;
  }

  /** What the server answers, if it does. */
  asked(client: TestClient, body: RequestBody, withinMs = 5000): ReplyBody | undefined {
    const id = client.request(body);
    this.runUntil(() => client.replies.has(id) || client.session === undefined, withinMs);
    return client.replies.get(id);
  }

  run(ms: number): void {
    this.network.at(this.network.now + ms, () => {});
    this.network.run(this.network.now + ms);
  }

  runUntil(isDone: () => boolean, withinMs: number): void {
    const end = this.network.now + withinMs;
    this.network.at(end, () => {});
    this.network.run(end, isDone);
  }

  /** Answers what was held back. */
  letStoreGo(): void {
    this.isStoreHeld = false;
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#apply(this.server, held);
    this.network.turn(this.host);
  }

  #start(wallOffsetMs: number): [ServerMachine, Host] {
    const { random, network, limits, hasMailbox } = this;
    const options = {
      ...serverKeys(this.seed),
      dice: random.dice,
      books: this.store.load(),
      limits,
      hasMailbox,
      wallOffsetMs,
    };
    const machine = new ServerMachine(options, network.now);
    const host: Host = { name: "server", machine, address: this.address, act: () => this.#act(machine) };
    network.attach(host);
    return [machine, host];
  }

  #act(server: ServerMachine): void {
    for (let event = server.nextEvent(); event !== undefined; event = server.nextEvent()) this.events.push(event);
    if (this.#held !== undefined) return;
    for (let batch = server.takeBatch(); batch !== undefined; batch = server.takeBatch()) {
      this.operations.push(...batch);
      if (this.isStoreHeld) {
        this.#held = batch;
        return;
      }
      this.#apply(server, batch);
    }
  }

  #apply(server: ServerMachine, batch: readonly StoreOperation[]): void {
    if (this.isStoreBroken) assert.throws(() => this.store.applyNow(batch));
    if (this.isStoreBroken) server.batchFailed(this.network.now);
    else server.batchApplied(this.store.applyNow(batch), this.network.now);
  }
}

/** The code of a refusal; undefined for any other reply. */
export function refusalOf(reply: ReplyBody | undefined): number | undefined {
  return reply?.kind === "refused" ? reply.code : undefined;
}
