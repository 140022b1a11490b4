// The clients of a soak run in one process: who is here, what they are told, and the ledgers that judge it. What they say is
// in talk.ts, how they come and go in churn.ts and groups.ts.

import { setTimeout as later } from "node:timers/promises";

import { type ClientEvent } from "#client";
import { systemDice } from "#io";
import { Random } from "#sim";
import { type Address } from "#wire";

import { BoundedProfile } from "./bounded-profile.ts";
import { Churn } from "./churn.ts";
import { type Findings } from "./findings.ts";
import { Groups } from "./groups.ts";
import { KnownIds } from "./known-ids.ts";
import { type Carried } from "./lossy-way.ts";
import { PostLedger } from "./post-ledger.ts";
import { nameOf, SoakClient } from "./soak-client.ts";
import { Stalls } from "./stalls.ts";
import { Suspicions } from "./suspicions.ts";
import { Talk } from "./talk.ts";
import { TextLedger } from "./text-ledger.ts";

/** Clients that register at once at the start. */
const TOGETHER = 50;
const TICK_MS = 50;
/** Whatever is waited for comes in so long, or is a failure. */
const LONGEST_WAIT_MS = 300_000;
/** Tables that were not told to change for so long do not. */
const QUIET_MS = 2000;
/** After a restart of the server it may have been silent to somebody, or have put somebody out, for so long. */
const RESTART_MS = 15_000;

export interface CrowdOptions {
  readonly clients: number;
  readonly server: Address;
  readonly loss: number;
  readonly seed: number;
  /** Ids of messages that there may be in the whole run, each counted at everybody who has it. */
  readonly mostIds: number;
  readonly findings: Findings;
}

/** What came of the server's restart. */
export interface RestartCounts {
  /** Clients that were told that the server is silent, around its restart. */
  told: number;
  /** From the restarted server's word that it is online until everybody who was here has a table again, ms. */
  backAfterMs: number;
}

export class Crowd {
  readonly clients: readonly SoakClient[];
  readonly texts: TextLedger;
  readonly posts: PostLedger;
  readonly churn: Churn;
  readonly carried: Carried = { datagrams: 0, lost: 0 };
  readonly stalls = new Stalls(TICK_MS);
  readonly suspicions: Suspicions;
  readonly restart: RestartCounts = { told: 0, backAfterMs: 0 };
  readonly #options: CrowdOptions;
  readonly #groups: Groups;
  readonly #talk: Talk;
  readonly #waiting = new Set<() => void>();
  /** After a restart: who has no table yet. */
  readonly #unreturned = new Set<SoakClient>();
  #restartedAt = Number.NEGATIVE_INFINITY;
  #isServerDown = false;
  /** When somebody was last told that the table has changed. */
  #tableAt = 0;
  #isTalking = false;
  #ticker: NodeJS.Timeout | undefined;

  constructor(options: CrowdOptions) {
    const { clients, findings, loss, mostIds, seed, server } = options;
    this.#options = options;
    const names = Array.from({ length: clients }, (_, i) => nameOf(i));
    this.suspicions = new Suspicions(this.stalls, findings);
    this.texts = new TextLedger(findings);
    this.posts = new PostLedger(names, findings);
    const known = new KnownIds(mostIds);
    const watch = {
      onEvent: (client: SoakClient, event: ClientEvent): void => this.#note(client, event),
      onWritten: (client: SoakClient, ...[operation, isHeard]: Written): void => {
        this.texts.written(client.name, operation, isHeard);
        if (!isHeard) this.posts.writtenUnheard(client.name, operation);
      },
      onKilled: (client: SoakClient): void => {
        this.texts.killed(client.name);
        this.posts.ended(client.name);
        this.#unreturned.delete(client);
        this.churn.gone(client);
      },
      onFailed: (client: SoakClient, error: unknown): void =>
        findings.note("failed", `${client.name}: ${String(error)}`),
    };
    this.clients = names.map((name, i) => {
      const way = { server, loss, random: new Random(seed, `way of ${name}`), carried: this.carried };
      return new SoakClient(i, new BoundedProfile(i, known, systemDice), way, watch);
    });
    this.churn = new Churn(this.clients, new Random(seed, "churn"), findings);
    this.#groups = new Groups(this.clients, new Random(seed, "groups"), this.churn);
    const { churn, posts, texts } = this;
    this.#talk = new Talk({ clients: this.clients, random: new Random(seed, "talk"), churn, findings, posts, texts });
  }

  /** Everybody registers, and enters its group. */
  async join(signal: AbortSignal): Promise<void> {
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
    for (let at = 0; at < this.clients.length; at += TOGETHER) {
      const some = this.clients.slice(at, at + TOGETHER);
      for (const client of some) this.churn.bringBack(client);
      await this.#until(signal, "registered", () => some.every((client) => this.churn.isHere(client)));
    }
    this.#groups.make();
    await this.#until(signal, "in their groups", () => this.#groups.areFull);
  }

  /** Talk and churn begin. */
  begin(): void {
    this.#isTalking = true;
  }

  serverDied(): void {
    this.#isServerDown = true;
  }

  /** The restarted server is online. */
  serverReturned(): void {
    this.#isServerDown = false;
    this.#restartedAt = performance.now();
    for (const client of this.clients) if (this.churn.isHere(client)) this.#unreturned.add(client);
  }

  /** Talk and churn end: everybody comes back, leaves its group and is shown what is left; then all is judged. */
  async end(signal: AbortSignal): Promise<void> {
    this.#isTalking = false;
    this.churn.end();
    await this.#until(signal, "back at the end", () => this.clients.every((client) => this.churn.isHere(client)));
    await this.#until(signal, "through with posts", () => this.posts.open === 0);
    this.#groups.end();
    await this.#until(signal, "through with texts", () => this.texts.open === 0);
    await this.#until(
      signal,
      "told of the last change of the table",
      () => performance.now() > this.#tableAt + QUIET_MS,
    );
    this.texts.judge();
    this.posts.judge();
    this.#checkTables();
  }

  async close(): Promise<void> {
    clearInterval(this.#ticker);
    await Promise.all(this.clients.map((client) => client.quit()));
  }

  #tick(): void {
    const now = performance.now();
    const elapsedMs = this.stalls.tick(now);
    this.churn.comeBack(now);
    this.#groups.comeBack(now);
    if (this.#isTalking) {
      this.#talk.go(elapsedMs);
      this.churn.go(elapsedMs);
      this.#groups.go(elapsedMs);
    }
    for (const look of this.#waiting) look();
  }

  /** Resolves when it is so, or when it should have been, which is a failure. */
  async #until(signal: AbortSignal, what: string, isSo: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const look = (): void => {
      if (isSo()) resolve(true);
    };
    this.#waiting.add(look);
    const isOver = new AbortController();
    const tooLate = later(LONGEST_WAIT_MS, false, { signal: AbortSignal.any([signal, isOver.signal]) });
    const isDone = await Promise.race([promise, tooLate]).finally(() => this.#waiting.delete(look));
    isOver.abort();
    if (!isDone) this.#options.findings.note("too late", `not all ${what} after ${LONGEST_WAIT_MS / 1000} s`);
  }

  get #isRestarting(): boolean {
    return this.#isServerDown || performance.now() < this.#restartedAt + RESTART_MS;
  }

  #note(client: SoakClient, event: ClientEvent): void {
    const { name } = client;
    const { findings } = this.#options;
    this.posts.told(name, event);
    switch (event.kind) {
      case "registered":
        this.churn.registered(client);
        return this.#groups.registered(client);
      case "deregistered":
        this.#unreturned.delete(client);
        return this.churn.deregistered(client);
      case "serverSilent":
        if (this.#isRestarting) this.restart.told++;
        else this.suspicions.note("server silent", name);
        this.churn.serverSilent(client);
        return this.#groups.left(client);
      case "tableUpdated":
        this.#tableAt = performance.now();
        return this.#returned(client);
      case "messageReceived":
        return this.texts.shown(name, event);
      case "messageEnded":
        return this.texts.ended(event);
      case "mailCollected":
        return this.texts.collected(event);
      case "groupLeft":
        return this.#groups.left(client);
      case "removedFromGroup":
        this.suspicions.note(
          this.#isRestarting ? "put out, not back in time after the restart" : "put out, live",
          name,
        );
        return this.#groups.left(client);
      case "requestRefused":
        // Offline or out of its group by now.
        if (!event.reason.startsWith("you are ")) findings.note("refused", `${name}: ${event.reason}`);
        return;
      case "groupMissing":
      case "groupExists":
      case "keyChanged":
      case "unknownName":
      case "nothingToAccept":
      case "nameTaken":
      case "refused":
      case "serverChanged":
      case "versionUnknown":
      case "profileFailed":
        return findings.note(event.kind, name);
      case "mailBegan":
      case "messageMailed":
      case "privateKept":
      case "postTaken":
      case "postReceived":
      case "groupCreated":
      case "groupEntered":
      case "groupsListed":
      case "membersListed":
        return;
      default:
        event satisfies never;
    }
  }

  #returned(client: SoakClient): void {
    if (this.#unreturned.delete(client) && this.#unreturned.size === 0)
      this.restart.backAfterMs = performance.now() - this.#restartedAt;
  }

  /** All tables are the same, and have everybody as here. */
  #checkTables(): void {
    const tables = this.clients.map(({ machine }) => {
      const rows = machine?.table() ?? [];
      return rows.map((row) => `${row.name} ${row.address?.port} ${row.isOnline}`).join("\n");
    });
    const { findings } = this.#options;
    for (const [i, table] of tables.entries())
      if (table !== tables[0]) findings.note("tables differ", `${nameOf(i)} and ${nameOf(0)}`);
    const online = this.clients[0]?.machine?.table().filter(({ isOnline }) => isOnline).length;
    if (online !== this.clients.length) findings.note("not online in the end", `${online} are`);
  }
}

type Written = readonly [Parameters<TextLedger["written"]>[1], boolean];
