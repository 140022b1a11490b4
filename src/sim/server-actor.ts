// The server of a simulated world: a real machine with memory for a disk, that can be killed and started again. Pure.

import {
  type Limits,
  MemoryStore,
  type ServerEvent,
  ServerMachine,
  serverKeys,
  type StoreOperation,
  type StoreResult,
} from "#server";
import { type Observer } from "#transport";
import { type Address } from "#wire";

import { Disk } from "./disk.ts";
import { type Host, type Network } from "./network.ts";
import { type Random } from "./random.ts";

/** Wall clock minus virtual clock: some day in 2026. */
export const WALL_OFFSET_MS = 1_790_000_000_000;

/** What a world wants to know of its server, and to be otherwise. */
export interface ServerWatch {
  readonly onEvent?: (event: ServerEvent) => void;
  /** Something is durable. */
  readonly onWritten?: (operation: StoreOperation, result: StoreResult) => void;
  readonly observer?: Observer;
  /** What differs from the usual bounds. */
  readonly limits?: Partial<Limits>;
}

/** A server that outlives its process: its books and identity stay. */
export class ServerActor {
  readonly name = "the server";
  readonly address: Address;
  readonly #network: Network;
  readonly #random: Random;
  readonly #hasMailbox: boolean;
  readonly #watch: ServerWatch;
  readonly #store = new MemoryStore();
  readonly #disk: Disk<StoreOperation, StoreResult>;
  readonly #seed: Uint8Array;
  #host: Host | undefined;
  #machine: ServerMachine | undefined;
  #starts = 0;

  constructor(network: Network, random: Random, address: Address, hasMailbox = false, watch: ServerWatch = {}) {
    this.#network = network;
    this.#random = random;
    this.address = address;
    this.#hasMailbox = hasMailbox;
    this.#watch = watch;
    this.#seed = random.dice(32);
    this.#disk = new Disk(network, random, (operations) => this.#carryOut(operations));
  }

  get machine(): ServerMachine | undefined {
    return this.#machine;
  }

  /** How often its process was started after the first. */
  get restarts(): number {
    return this.#starts - 1;
  }

  start(): void {
    this.#starts++;
    const options = {
      ...serverKeys(this.#seed),
      dice: this.#random.dice,
      books: this.#store.load(),
      hasMailbox: this.#hasMailbox,
      ...(this.#watch.limits && { limits: this.#watch.limits }),
      wallOffsetMs: WALL_OFFSET_MS,
      observer: this.#watch.observer,
    };
    const machine = new ServerMachine(options, this.#network.now);
    this.#machine = machine;
    const heard = (): void => this.#network.turn(host);
    const host: Host = { name: "server", machine, address: this.address, act: () => this.#act(machine, heard) };
    this.#host = host;
    this.#network.attach(host);
  }

  /** Does something in the middle of the next write to disk. */
  whenBusy(then: () => void): void {
    this.#disk.whenBusy(then);
  }

  /** As `kill -9`. */
  kill(): void {
    if (this.#host !== undefined) this.#network.detach(this.#host);
    this.#host = undefined;
    this.#machine = undefined;
    this.#disk.kill();
  }

  #act(machine: ServerMachine, heard: () => void): void {
    for (let event = machine.nextEvent(); event !== undefined; event = machine.nextEvent())
      this.#watch.onEvent?.(event);
    this.#disk.write(machine, heard);
  }

  #carryOut(operations: readonly StoreOperation[]): readonly StoreResult[] {
    const results = this.#store.applyNow(operations);
    for (const [i, operation] of operations.entries()) this.#watch.onWritten?.(operation, results[i] ?? "missing");
    return results;
  }
}
