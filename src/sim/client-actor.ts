// A client of a simulated world: a real machine with memory for a disk, that can be killed, stopped and started again.
// Pure.

import {
  type ClientEvent,
  ClientMachine,
  type Identity,
  MemoryProfile,
  type ProfileOperation,
  type ProfileResult,
} from "#client";
import { type Observer } from "#transport";
import { type Address, showAddress } from "#wire";

import { Disk } from "./disk.ts";
import { type Host, type Network } from "./network.ts";
import { type Random } from "./random.ts";
import { WALL_OFFSET_MS } from "./server-actor.ts";

const ACK_TIMEOUT_MS = 500;
/** What a goodbye takes to leave, ms. */
const GOODBYE_MS = 1;

type ClientTally = ClientMachine["tally"];

/** What a world wants to know of a client, and to be otherwise. */
export interface ClientWatch {
  readonly onEvent?: (client: ClientActor, event: ClientEvent) => void;
  /** Something is safe in its profile; `isHeard` says whether its machine came to know. */
  readonly onWritten?: (
    client: ClientActor,
    operation: ProfileOperation,
    result: ProfileResult,
    isHeard: boolean,
  ) => void;
  /** What a machine that ends had counted. */
  readonly onEnded?: (client: ClientActor, tally: ClientTally) => void;
  readonly observer?: Observer;
  /** The age at which its sessions' keys are renewed, ms. */
  readonly renewAfterMs?: number;
}

/** A client that outlives its process: its profile stays. */
export class ClientActor {
  readonly name: string;
  readonly #network: Network;
  readonly #random: Random;
  readonly #server: Address;
  readonly #profile: MemoryProfile;
  readonly #disk: Disk<ProfileOperation, ProfileResult>;
  readonly #watch: ClientWatch;
  #address: Address;
  #host: Host | undefined;
  #machine: ClientMachine | undefined;
  #starts = 0;
  /** It has said goodbye, which is on its way out. */
  #isLeaving = false;

  constructor(
    name: string,
    network: Network,
    random: Random,
    address: Address,
    server: Address,
    watch: ClientWatch = {},
  ) {
    this.name = name;
    this.#network = network;
    this.#random = random;
    this.#address = address;
    this.#server = server;
    this.#watch = watch;
    const identity: Identity = {
      personSeed: random.dice(32),
      deviceSecret: random.dice(32),
      deviceId: random.dice(16),
    };
    this.#profile = new MemoryProfile(identity, random.dice);
    this.#disk = new Disk(network, random, (operations, isHeard) => this.#carryOut(operations, isHeard));
  }

  get machine(): ClientMachine | undefined {
    return this.#machine;
  }

  get address(): Address {
    return this.#address;
  }

  /** How often its process was started after the first. */
  get restarts(): number {
    return this.#starts - 1;
  }

  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  start(): void {
    if (this.#isLeaving) this.#leave();
    this.#starts++;
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
        renewAfterMs: this.#watch.renewAfterMs,
        observer: this.#watch.observer,
      },
      this.#network.now,
    );
    this.#machine = machine;
    const heard = (): void => this.#network.turn(host);
    const host: Host = { name: this.name, machine, address: this.#address, act: () => this.#act(machine, heard) };
    this.#host = host;
    this.#network.attach(host);
  }

  /** Does something in the middle of the next write to disk. */
  whenBusy(then: () => void): void {
    this.#disk.whenBusy(then);
  }

  /** As `kill -9`. */
  kill(): void {
    this.#isLeaving = false;
    this.#end();
    this.#disk.kill();
  }

  /** Says goodbye and ends; nothing is told any more meanwhile. */
  stop(): void {
    const machine = this.#machine;
    if (machine === undefined || this.#host === undefined) return;
    machine.goodbye();
    this.#isLeaving = true;
    this.#network.turn(this.#host);
    this.#network.at(this.#network.now + GOODBYE_MS, () => {
      if (this.#machine === machine) this.#leave();
    });
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

  #leave(): void {
    this.#isLeaving = false;
    this.#end();
    this.#disk.finish();
    this.#profile.close();
  }

  #end(): void {
    if (this.#machine !== undefined) this.#watch.onEnded?.(this, this.#machine.tally);
    if (this.#host !== undefined) this.#network.detach(this.#host);
    this.#host = undefined;
    this.#machine = undefined;
  }

  #act(machine: ClientMachine, heard: () => void): void {
    for (let event = machine.nextEvent(); event !== undefined; event = machine.nextEvent())
      this.#watch.onEvent?.(this, event);
    this.#disk.write(machine, heard);
  }

  #carryOut(operations: readonly ProfileOperation[], isHeard: boolean): readonly ProfileResult[] {
    const results = this.#profile.apply(operations);
    for (const [i, operation] of operations.entries())
      this.#watch.onWritten?.(this, operation, results[i] ?? "missing", isHeard);
    return results;
  }
}
