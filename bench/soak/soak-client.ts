// A client of a soak run: a real machine on a real socket behind a lossy way, that can leave, be killed, also between disk
// and screen, and be started again with the same profile.

import { setImmediate } from "node:timers/promises";

import { type ClientEvent, ClientMachine, type ProfileOperation } from "#client";
import { monotonicMs, systemDice, UdpHost, wallOffsetMs } from "#io";
import { showAddress } from "#wire";

import { type BoundedProfile } from "./bounded-profile.ts";
import { LossyWay, type LossyWayOptions } from "./lossy-way.ts";

const ACK_TIMEOUT_MS = 500;

/** What a crowd wants to know of its clients. */
export interface ClientWatch {
  onEvent(client: SoakClient, event: ClientEvent): void;
  /** Something is safe in a profile; `isHeard` says whether its machine came to know. */
  onWritten(client: SoakClient, operation: ProfileOperation, isHeard: boolean): void;
  /** It was killed between two turns of its own. */
  onKilled(client: SoakClient): void;
  /** Something that must not happen did. */
  onFailed(client: SoakClient, error: unknown): void;
}

export class SoakClient {
  readonly index: number;
  readonly name: string;
  readonly #profile: BoundedProfile;
  readonly #way: LossyWayOptions;
  readonly #watch: ClientWatch;
  #running: { readonly machine: ClientMachine; readonly way: LossyWay; readonly host: UdpHost } | undefined;
  /** To be killed when it next writes: with what it writes on disk, or without. */
  #killing: { readonly isWritten: boolean } | undefined;

  constructor(index: number, profile: BoundedProfile, way: LossyWayOptions, watch: ClientWatch) {
    this.index = index;
    this.name = nameOf(index);
    this.#profile = profile;
    this.#way = way;
    this.#watch = watch;
  }

  get machine(): ClientMachine | undefined {
    return this.#running?.machine;
  }

  async start(): Promise<void> {
    const machine = new ClientMachine(
      {
        name: this.name,
        server: this.#way.server,
        serverName: showAddress(this.#way.server),
        profile: this.#profile.load(),
        dice: systemDice,
        wallOffsetMs: wallOffsetMs(),
        ackTimeoutMs: ACK_TIMEOUT_MS,
        acceptsNewServer: false,
        claimed: [],
      },
      monotonicMs(),
    );
    const way = new LossyWay(machine, this.#way);
    const host = await UdpHost.open({
      port: 0,
      bind: undefined,
      act: (now) => this.#act(machine, way, now),
      resumed: (offsetMs, now) => machine.resume(offsetMs, now),
      failed: (error) => this.#watch.onFailed(this, error),
    });
    this.#running = { machine, way, host };
    host.start(way);
  }

  /** Asks the machine something, and lets it act on it. */
  ask<T>(question: (machine: ClientMachine, now: number) => T): T {
    if (this.#running === undefined) throw new Error(`${this.name} is not there`);
    const answer = question(this.#running.machine, monotonicMs());
    this.#running.host.poke();
    return answer;
  }

  /** As `kill -9`. */
  async kill(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    this.#killing = undefined;
    running.way.cut();
    this.#watch.onKilled(this);
    // Not in the middle of a turn of its own, where it may be killed, too.
    await setImmediate();
    await running.host.close();
  }

  /** Kills it in the middle of its next write: half of what is being written then is written. */
  killAtNextWrite(isWritten: boolean): void {
    this.#killing = { isWritten };
  }

  /** Ends after a goodbye. */
  async quit(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    this.#killing = undefined;
    running.machine.goodbye();
    await running.host.close();
    running.way.cut();
    this.#profile.close();
  }

  #act(machine: ClientMachine, way: LossyWay, now: number): void {
    while (!way.isCut) {
      for (let event = machine.nextEvent(); event !== undefined; event = machine.nextEvent())
        this.#watch.onEvent(this, event);
      const batch = machine.takeBatch();
      if (batch === undefined) return;
      if (this.#killing !== undefined) return this.#dieWriting(batch, this.#killing.isWritten);
      const results = this.#profile.apply(batch);
      this.#tellWritten(batch, results, true);
      machine.batchApplied(results, now);
    }
  }

  #dieWriting(batch: readonly ProfileOperation[], isWritten: boolean): void {
    if (isWritten) this.#tellWritten(batch, this.#profile.apply(batch), false);
    this.kill().catch((error: unknown) => this.#watch.onFailed(this, error));
  }

  #tellWritten(batch: readonly ProfileOperation[], results: readonly string[], isHeard: boolean): void {
    for (const [i, operation] of batch.entries())
      if (results[i] === "done") this.#watch.onWritten(this, operation, isHeard);
  }
}

export function nameOf(index: number): string {
  return `client${index}`;
}
