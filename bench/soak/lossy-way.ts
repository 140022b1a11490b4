// A machine whose datagrams are lost at random, each for itself, from a seed: all that it sends, and what comes from the
// server. What comes from peers was on a lossy way already, so each direction of each path loses the same share.

import { type Datagram, type Machine } from "#transport";
import { type Random } from "#sim";
import { type Address } from "#wire";

/** Datagrams of all ways together. */
export interface Carried {
  datagrams: number;
  lost: number;
}

export interface LossyWayOptions {
  readonly server: Address;
  readonly loss: number;
  readonly random: Random;
  readonly carried: Carried;
}

export class LossyWay implements Machine {
  readonly #machine: Machine;
  readonly #options: LossyWayOptions;
  #isCut = false;

  constructor(machine: Machine, options: LossyWayOptions) {
    this.#machine = machine;
    this.#options = options;
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  get deadline(): number {
    return this.#isCut ? Number.POSITIVE_INFINITY : this.#machine.deadline;
  }

  /** The process behind it is dead: nothing comes or goes any more. */
  cut(): void {
    this.#isCut = true;
  }

  receive(bytes: Uint8Array, from: Address, now: number): void {
    if (this.#isCut || (from.port === this.#options.server.port && this.#loses())) return;
    this.#machine.receive(bytes, from, now);
  }

  wake(now: number): void {
    if (!this.#isCut) this.#machine.wake(now);
  }

  nextDatagram(now: number): Datagram | undefined {
    if (this.#isCut) return undefined;
    let datagram = this.#machine.nextDatagram(now);
    while (datagram !== undefined && this.#loses()) datagram = this.#machine.nextDatagram(now);
    return datagram;
  }

  #loses(): boolean {
    const { carried, loss, random } = this.#options;
    carried.datagrams++;
    if (!random.chance(loss)) return false;
    carried.lost++;
    return true;
  }
}
