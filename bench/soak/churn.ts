// How clients of a soak run come and go: they deregister, quit, say goodbye, are killed, at any time or in the middle of a
// write, and come back.

import { type Random } from "#sim";

import { type Findings } from "./findings.ts";
import { Pace } from "./pace.ts";
import { type SoakClient } from "./soak-client.ts";

/** Times a second that somebody goes, of 1,000 clients. */
const LEAVES = 0.5;
const LONGEST_AWAY_MS = 40_000;
/** Who was killed is often started again at once, while the server still takes it for here. */
const AT_ONCE = 0.4;
const AT_ONCE_MS = 500;

/** Where somebody is: `away` after deregistering, with its process; `gone` without. */
type Place = "coming" | "here" | "leaving" | "away" | "gone";

export class Churn {
  /** Times that somebody went, by how. */
  readonly counts = { deregistered: 0, quit: 0, goodbye: 0, killed: 0, killedWriting: 0 };
  readonly #clients: readonly SoakClient[];
  readonly #random: Random;
  readonly #findings: Findings;
  readonly #leaves: Pace;
  readonly #places = new Map<SoakClient, Place>();
  readonly #quitting = new Set<SoakClient>();
  readonly #absent = new Map<SoakClient, number>();
  #isEnding = false;

  constructor(clients: readonly SoakClient[], random: Random, findings: Findings) {
    this.#clients = clients;
    this.#random = random;
    this.#findings = findings;
    this.#leaves = new Pace((LEAVES * clients.length) / 1000);
  }

  isHere(client: SoakClient): boolean {
    return this.#places.get(client) === "here";
  }

  get here(): number {
    return [...this.#places.values()].filter((place) => place === "here").length;
  }

  /** Somebody who is here, if there is one among a few picked. */
  someoneHere(among: readonly SoakClient[] = this.#clients): SoakClient | undefined {
    for (let i = 0; i < 10; i++) {
      const client = this.#random.pick(among);
      if (client !== undefined && this.isHere(client)) return client;
    }
    return undefined;
  }

  someoneAbsent(): SoakClient | undefined {
    return this.#random.pick([...this.#absent.keys()]);
  }

  go(elapsedMs: number): void {
    for (let left = this.#leaves.take(elapsedMs); left > 0; left--) {
      const client = this.someoneHere();
      if (client !== undefined) this.#sendAway(client);
    }
  }

  /** Those whose time it is come back. */
  comeBack(now: number): void {
    for (const [client, at] of this.#absent) if (at <= now || this.#isEnding) this.bringBack(client);
  }

  bringBack(client: SoakClient): void {
    this.#absent.delete(client);
    const isThere = this.#places.get(client) === "away";
    this.#places.set(client, "coming");
    if (isThere) client.ask((machine, now) => machine.register(now));
    else client.start().catch((error: unknown) => this.#findings.note("not started", String(error)));
  }

  /** Everybody comes back at once, and stays. */
  end(): void {
    this.#isEnding = true;
  }

  registered(client: SoakClient): void {
    if (this.#places.get(client) === "coming") this.#places.set(client, "here");
  }

  deregistered(client: SoakClient): void {
    if (!this.#quitting.delete(client)) return this.#leave(client, "away");
    // Not in the middle of a turn of its own.
    setImmediate(() => this.#quit(client));
  }

  /** Whoever asked to leave and was not heard has not left. */
  serverSilent(client: SoakClient): void {
    if (this.#places.get(client) !== "leaving") return;
    this.#quitting.delete(client);
    this.#places.set(client, "here");
  }

  /** Somebody was killed. */
  gone(client: SoakClient): void {
    this.#quitting.delete(client);
    const isBackAtOnce = this.#random.chance(AT_ONCE);
    this.#leave(client, "gone", isBackAtOnce ? AT_ONCE_MS : LONGEST_AWAY_MS);
  }

  #sendAway(client: SoakClient): void {
    switch (this.#random.below(5)) {
      case 0:
        this.counts.deregistered++;
        this.#places.set(client, "leaving");
        return client.ask((machine, now) => machine.deregister(now));
      case 1:
        this.counts.quit++;
        this.#places.set(client, "leaving");
        this.#quitting.add(client);
        return client.ask((machine, now) => machine.deregister(now));
      case 2:
        this.counts.goodbye++;
        return this.#quit(client);
      case 3:
        this.counts.killed++;
        client.kill().catch((error: unknown) => this.#findings.note("not killed", String(error)));
        return;
      default:
        this.counts.killedWriting++;
        client.killAtNextWrite(this.#random.chance(0.5));
    }
  }

  #quit(client: SoakClient): void {
    this.#places.set(client, "leaving");
    client.quit().then(
      () => this.#leave(client, "gone"),
      (error: unknown) => this.#findings.note("not ended", String(error)),
    );
  }

  #leave(client: SoakClient, place: "away" | "gone", longestMs = LONGEST_AWAY_MS): void {
    this.#places.set(client, place);
    this.#absent.set(client, performance.now() + this.#random.fraction() * longestMs);
  }
}
