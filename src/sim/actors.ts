// The server and the clients of a simulated world: real machines with memory for disks, that can be killed and started
// again. Pure. A disk takes a little time, so that a crash can fall between asking and writing.

import { type ClientEvent, ClientMachine, type Identity, MemoryProfile } from "#client";
import { MemoryStore, type ServerEvent, ServerMachine, serverKeys } from "#server";
import { type Address, showAddress } from "#wire";

import { type Host, type Network } from "./network.ts";
import { type Random } from "./random.ts";

/** What a write to disk takes, ms. */
const WRITE_MS = 0.3;
/** Wall clock minus virtual clock: some day in 2026. */
const WALL_OFFSET_MS = 1_790_000_000_000;
const ACK_TIMEOUT_MS = 500;

/** A server that outlives its process: its books and identity stay. */
export class ServerActor {
  readonly address: Address;
  readonly events: ServerEvent[] = [];
  readonly #network: Network;
  readonly #random: Random;
  readonly #store = new MemoryStore();
  readonly #seed: Uint8Array;
  #host: Host | undefined;
  #machine: ServerMachine | undefined;

  constructor(network: Network, random: Random, address: Address) {
    this.#network = network;
    this.#random = random;
    this.address = address;
    this.#seed = random.dice(32);
  }

  get machine(): ServerMachine | undefined {
    return this.#machine;
  }

  start(): void {
    const books = this.#store.load();
    const options = {
      ...serverKeys(this.#seed),
      dice: this.#random.dice,
      books,
      hasMailbox: false,
      wallOffsetMs: WALL_OFFSET_MS,
    };
    const machine = new ServerMachine(options, this.#network.now);
    this.#machine = machine;
    const host: Host = { name: "server", machine, address: this.address, act: () => this.#act(machine) };
    this.#host = host;
    this.#network.attach(host);
  }

  /** As `kill -9`. */
  kill(): void {
    if (this.#host !== undefined) this.#network.detach(this.#host);
    this.#host = undefined;
    this.#machine = undefined;
  }

  #act(machine: ServerMachine): void {
    for (let event = machine.nextEvent(); event !== undefined; event = machine.nextEvent()) this.events.push(event);
    const batch = machine.takeBatch();
    if (batch === undefined) return;
    this.#network.at(this.#network.now + WRITE_MS, () => {
      if (this.#machine !== machine) return;
      machine.batchApplied(this.#store.applyNow(batch), this.#network.now);
      if (this.#host !== undefined) this.#network.turn(this.#host);
    });
  }
}

/** A client that outlives its process: its profile stays. */
export class ClientActor {
  readonly name: string;
  readonly #network: Network;
  readonly #random: Random;
  readonly #server: Address;
  readonly #profile: MemoryProfile;
  readonly #onEvent: (client: ClientActor, event: ClientEvent) => void;
  #address: Address;
  #host: Host | undefined;
  #machine: ClientMachine | undefined;

  constructor(
    name: string,
    network: Network,
    random: Random,
    address: Address,
    server: Address,
    onEvent: (client: ClientActor, event: ClientEvent) => void,
  ) {
    this.name = name;
    this.#network = network;
    this.#random = random;
    this.#address = address;
    this.#server = server;
    this.#onEvent = onEvent;
    const identity: Identity = {
      personSeed: random.dice(32),
      deviceSecret: random.dice(32),
      mailSecret: random.dice(32),
      deviceId: random.dice(16),
    };
    this.#profile = new MemoryProfile(identity, random.dice);
  }

  get machine(): ClientMachine | undefined {
    return this.#machine;
  }

  get address(): Address {
    return this.#address;
  }

  start(): void {
    const machine = new ClientMachine(
      {
        name: this.name,
        server: this.#server,
        serverName: showAddress(this.#server),
        profile: this.#profile.load(),
        dice: this.#random.dice,
        wallOffsetMs: WALL_OFFSET_MS,
        ackTimeoutMs: ACK_TIMEOUT_MS,
        acceptsNewServer: false,
        claimed: [],
      },
      this.#network.now,
    );
    this.#machine = machine;
    const host: Host = { name: this.name, machine, address: this.#address, act: () => this.#act(machine) };
    this.#host = host;
    this.#network.attach(host);
  }

  /** As `kill -9`. */
  kill(): void {
    if (this.#host !== undefined) this.#network.detach(this.#host);
    this.#host = undefined;
    this.#machine = undefined;
  }

  /** Is somewhere else from now on, without knowing it: a NAT forgot, a cable was changed. */
  move(address: Address): void {
    this.#address = address;
    if (this.#host !== undefined) this.#network.move(this.#host, address);
  }

  /** Asks the machine something, and lets it act on it. */
  ask<T>(question: (machine: ClientMachine, now: number) => T): T | undefined {
    if (this.#machine === undefined || this.#host === undefined) return undefined;
    const answer = question(this.#machine, this.#network.now);
    this.#network.turn(this.#host);
    return answer;
  }

  #act(machine: ClientMachine): void {
    for (let event = machine.nextEvent(); event !== undefined; event = machine.nextEvent()) this.#onEvent(this, event);
    const batch = machine.takeBatch();
    if (batch === undefined) return;
    this.#network.at(this.#network.now + WRITE_MS, () => {
      if (this.#machine !== machine) return;
      machine.batchApplied(this.#profile.applyNow(batch), this.#network.now);
      if (this.#host !== undefined) this.#network.turn(this.#host);
    });
  }
}
