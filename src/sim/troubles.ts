// What goes wrong in a simulated world, and who cannot be reached because of it. Pure.

import { type ClientActor } from "./client-actor.ts";
import { type Network } from "./network.ts";
import { type Random } from "./random.ts";
import { type Scenario } from "./scenarios.ts";
import { type ServerActor } from "./server-actor.ts";

const LONGEST_CUT_MS = 4000;
const LONGEST_CRASH_MS = 3000;
const LONGEST_ABSENCE_MS = 6000;
/** What is decided on a disk is heard of in so long. */
const LONGEST_HEARING_MS = 60;

export interface TroublesParts {
  readonly network: Network;
  readonly random: Random;
  readonly server: ServerActor;
  readonly clients: readonly ClientActor[];
}

/** A time in which the server did not reach a client; virtual ms. */
export interface Outage {
  readonly what: "dead" | "cut" | "moved";
  readonly from: number;
  until: number;
}

export class Troubles {
  readonly #parts: TroublesParts;
  readonly #outages = new Map<ClientActor, Outage[]>();
  #serverStartedAt = 0;
  #until = 0;
  #nextHost = 100;

  constructor(parts: TroublesParts) {
    this.#parts = parts;
  }

  /** When the server started last. */
  get serverStartedAt(): number {
    return this.#serverStartedAt;
  }

  /** When the client of that name was out of the server's reach. */
  outagesOf(name: string): readonly Outage[] {
    const client = this.#parts.clients.find((each) => each.name === name);
    return (client && this.#outages.get(client)) ?? [];
  }

  /** Strews the troubles of a scenario over the time from now on. */
  plan(scenario: Scenario, lengthMs: number): void {
    const { network, random } = this.#parts;
    this.#until = network.now + lengthMs;
    const kinds: readonly (readonly [number, () => void])[] = [
      [scenario.cuts, () => this.#cut()],
      [scenario.clientCrashes, () => this.#crashClient()],
      [scenario.serverCrashes, () => this.#crashServer()],
      [scenario.moves, () => this.#move()],
      [scenario.absences, () => this.#takeAway()],
    ];
    for (const [count, trouble] of kinds) {
      for (let i = 0; i < count; i++) network.at(network.now + random.fraction() * lengthMs, trouble);
    }
  }

  /** A client that was asked to go offline is, and comes back some time. */
  deregistered(client: ClientActor): void {
    this.#later(LONGEST_ABSENCE_MS, () => client.ask((machine, now) => machine.register(now)));
  }

  #cut(): void {
    const { clients, network, random, server } = this.#parts;
    const places = [server, ...clients];
    const a = random.pick(places);
    const b = random.pick(places);
    if (a === undefined || b === undefined || a === b) return;
    const [from, to] = [a.address, b.address];
    network.setCut(from, to, true);
    const cutOff = clients.find((client) => (client === a && b === server) || (client === b && a === server));
    const outage = cutOff && this.#begin(cutOff, "cut");
    this.#later(LONGEST_CUT_MS, () => {
      network.setCut(from, to, false);
      if (outage !== undefined) outage.until = network.now;
    });
  }

  #crashClient(): void {
    const client = this.#pick();
    if (client === undefined) return;
    this.#atWorst(client, () => {
      this.#killFor(client, LONGEST_CRASH_MS);
      if (this.#parts.random.chance(0.5)) client.move(this.#newAddress());
    });
  }

  #crashServer(): void {
    const { server } = this.#parts;
    if (server.machine !== undefined) this.#atWorst(server, () => this.#killServer(server));
  }

  #killServer(server: ServerActor): void {
    const { network } = this.#parts;
    server.kill();
    this.#later(LONGEST_CRASH_MS, () => {
      server.start();
      this.#serverStartedAt = network.now;
    });
  }

  #move(): void {
    const { clients, network, random } = this.#parts;
    const client = random.pick(clients);
    if (client === undefined) return;
    // A new port as behind a NAT that forgot, or a new address altogether.
    const address = random.chance(0.5)
      ? { host: client.address.host, port: this.#nextHost++ + 5000 }
      : this.#newAddress();
    client.move(address);
    this.#begin(client, "moved").until = network.now;
  }

  /** Somebody is away for seconds, one way or another. */
  #takeAway(): void {
    const client = this.#pick();
    if (client === undefined) return;
    switch (this.#parts.random.below(4)) {
      case 0:
        return this.#atWorst(client, () => this.#killFor(client, LONGEST_ABSENCE_MS));
      case 1: {
        const outage = this.#begin(client, "dead");
        client.stop();
        return this.#later(LONGEST_ABSENCE_MS, () => this.#bringBack(client, outage));
      }
      case 2:
        client.ask((machine, now) => machine.deregister(now));
        return;
      default:
        return this.#cutOff(client);
    }
  }

  /** Kills somebody now, or in the middle of its next write to disk, or while the world hears what came of it. */
  #atWorst(victim: ClientActor | ServerActor, kill: () => void): void {
    const { network, random } = this.#parts;
    const killStill = (): void => {
      if (victim.machine !== undefined && network.now < this.#until) kill();
    };
    switch (random.below(3)) {
      case 0:
        return kill();
      case 1:
        return victim.whenBusy(killStill);
      default:
        victim.whenBusy(() => this.#later(LONGEST_HEARING_MS, killStill));
    }
  }

  #killFor(client: ClientActor, longestMs: number): void {
    const outage = this.#begin(client, "dead");
    client.kill();
    this.#later(longestMs, () => this.#bringBack(client, outage));
  }

  #bringBack(client: ClientActor, outage: Outage): void {
    outage.until = this.#parts.network.now;
    if (client.machine === undefined || client.isLeaving) client.start();
  }

  /** Nobody reaches the client, and it reaches nobody. */
  #cutOff(client: ClientActor): void {
    const { clients, network, server } = this.#parts;
    const { address } = client;
    const others = [server, ...clients].filter((place) => place !== client).map((place) => place.address);
    for (const other of others) network.setCut(address, other, true);
    const outage = this.#begin(client, "cut");
    this.#later(LONGEST_ABSENCE_MS, () => {
      for (const other of others) network.setCut(address, other, false);
      outage.until = network.now;
    });
  }

  /** Somebody whose process runs. */
  #pick(): ClientActor | undefined {
    const client = this.#parts.random.pick(this.#parts.clients);
    return client?.machine === undefined ? undefined : client;
  }

  #begin(client: ClientActor, what: Outage["what"]): Outage {
    const outage: Outage = { what, from: this.#parts.network.now, until: Number.POSITIVE_INFINITY };
    const outages = this.#outages.get(client) ?? [];
    this.#outages.set(client, [...outages, outage]);
    return outage;
  }

  #later(longestMs: number, then: () => void): void {
    const { network, random } = this.#parts;
    network.at(network.now + random.fraction() * longestMs, then);
  }

  #newAddress(): { readonly host: string; readonly port: number } {
    const number = this.#nextHost++;
    return { host: `10.0.${1 + Math.floor(number / 250)}.${number % 250}`, port: 5000 };
  }
}
