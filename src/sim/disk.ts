// A disk in memory that takes a little time, so that a crash can fall between asking, writing and hearing of it. Pure.

import { type Network } from "./network.ts";
import { type Random } from "./random.ts";

/** What a write takes, ms. */
const WRITE_MS = 0.3;
/** What is under way when a process is killed is written in half of all cases, and nobody hears of it. */
const WRITTEN_ALL_THE_SAME = 0.5;

/** A machine that has things written. */
export interface Writer<Operation, Result> {
  takeBatch(): readonly Operation[] | undefined;
  batchApplied(results: readonly Result[], now: number): void;
}

/** Carries out a batch; `isHeard` says whether the machine lives to hear of it. */
export type CarryOut<Operation, Result> = (operations: readonly Operation[], isHeard: boolean) => readonly Result[];

/** Outlives the machines that write to it, one at a time. */
export class Disk<Operation, Result> {
  readonly #network: Network;
  readonly #random: Random;
  readonly #carryOut: CarryOut<Operation, Result>;
  #underWay: { readonly operations: readonly Operation[] } | undefined;
  #whenBusy: (() => void) | undefined;

  constructor(network: Network, random: Random, carryOut: CarryOut<Operation, Result>) {
    this.#network = network;
    this.#random = random;
    this.#carryOut = carryOut;
  }

  /** Writes what a machine wants written; `heard` follows once it knows. */
  write(writer: Writer<Operation, Result>, heard: () => void): void {
    const operations = writer.takeBatch();
    if (operations === undefined) return;
    const batch = { operations };
    this.#underWay = batch;
    if (this.#whenBusy !== undefined) this.#network.at(this.#network.now + WRITE_MS / 2, this.#whenBusy);
    this.#whenBusy = undefined;
    this.#network.at(this.#network.now + WRITE_MS, () => {
      if (this.#underWay !== batch) return;
      this.#underWay = undefined;
      writer.batchApplied(this.#carryOut(operations, true), this.#network.now);
      heard();
    });
  }

  /** Does something in the middle of the next write. */
  whenBusy(then: () => void): void {
    this.#whenBusy = then;
  }

  /** The machine ended well: what is under way is written, and nobody hears of it. */
  finish(): void {
    const batch = this.#underWay;
    this.#underWay = undefined;
    if (batch !== undefined) this.#carryOut(batch.operations, false);
  }

  /** The machine was killed. */
  kill(): void {
    if (this.#random.chance(WRITTEN_ALL_THE_SAME)) this.finish();
    else this.#underWay = undefined;
  }
}
