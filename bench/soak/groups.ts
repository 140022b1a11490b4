// The groups of a soak run: everybody who has one leaves it now and then, and so is shown what was kept meanwhile, and enters
// it again, as does who comes back.

import { type Random } from "#sim";

import { type Churn } from "./churn.ts";
import { Pace } from "./pace.ts";
import { type SoakClient } from "./soak-client.ts";

/** One group for so many clients, of 10 to 50 members. */
const CLIENTS_PER_GROUP = 50;
const SMALLEST = 10;
const LARGEST = 50;
/** Times a second that somebody leaves its group for a moment, of 1,000 clients. */
const MOVES = 2;
const LONGEST_OUTSIDE_MS = 2000;

export class Groups {
  readonly #clients: readonly SoakClient[];
  readonly #random: Random;
  readonly #churn: Pick<Churn, "isHere" | "someoneHere">;
  readonly #moves: Pace;
  readonly #homes = new Map<SoakClient, string>();
  readonly #entering = new Map<SoakClient, number>();
  readonly #groups: readonly string[];
  #isOpen = false;

  constructor(clients: readonly SoakClient[], random: Random, churn: Pick<Churn, "isHere" | "someoneHere">) {
    this.#clients = clients;
    this.#random = random;
    this.#churn = churn;
    this.#moves = new Pace((MOVES * clients.length) / 1000);
    this.#groups = Array.from({ length: Math.ceil(clients.length / CLIENTS_PER_GROUP) }, (_, i) => `group${i}`);
    const rest = clients.values();
    for (const [i, group] of this.#groups.entries()) {
      const size = SMALLEST + ((LARGEST - SMALLEST) * i) / Math.max(1, this.#groups.length - 1);
      for (const client of rest.take(Math.round(size))) this.#homes.set(client, group);
    }
  }

  /** Each group is made by its own client, then everybody enters. */
  make(): void {
    this.#isOpen = true;
    for (const [i, group] of this.#groups.entries())
      this.#clients[i]?.ask((machine, now) => machine.createGroup(group, now));
    for (const client of this.#homes.keys()) this.#enterIn(client, LONGEST_OUTSIDE_MS / 2);
  }

  get areFull(): boolean {
    return [...this.#homes].every(([client, group]) => client.machine?.group === group);
  }

  go(elapsedMs: number): void {
    for (let left = this.#moves.take(elapsedMs); left > 0; left--) {
      const client = this.#churn.someoneHere();
      if (client?.machine?.group !== undefined) client.ask((machine, now) => machine.leaveGroup(now));
    }
  }

  /** Those whose time it is enter. */
  comeBack(now: number): void {
    for (const [client, at] of this.#entering) {
      if (at > now) continue;
      this.#entering.delete(client);
      const group = this.#homes.get(client);
      if (group === undefined || !this.#churn.isHere(client) || client.machine?.group !== undefined) continue;
      client.ask((machine, at) => machine.joinGroup(group, at));
    }
  }

  registered(client: SoakClient): void {
    this.#enterIn(client, 0);
  }

  /** Somebody is out of its group, or what it asked for came to nothing. */
  left(client: SoakClient): void {
    this.#enterIn(client, 0);
  }

  /** Everybody leaves for good. */
  end(): void {
    this.#isOpen = false;
    this.#entering.clear();
    for (const client of this.#clients)
      if (client.machine?.group !== undefined) client.ask((machine, now) => machine.leaveGroup(now));
  }

  #enterIn(client: SoakClient, leastMs: number): void {
    if (!this.#isOpen || !this.#homes.has(client)) return;
    this.#entering.set(client, performance.now() + leastMs + this.#random.fraction() * LONGEST_OUTSIDE_MS);
  }
}
