// A whole udpchat in virtual time: a server, clients who talk, trouble, and the checks of what was promised. Pure.
// Equal seeds give equal histories; a failure is a seed and a scenario. PROTOCOL §11.

import { type ClientEvent } from "#client";

import { ClientActor, type ClientWatch } from "./client-actor.ts";
import { Counters, type Counts } from "./counters.ts";
import { GroupTalk } from "./group-talk.ts";
import { Ledger } from "./ledger.ts";
import { Network, type WireRecord } from "./network.ts";
import { PostLedger } from "./post-ledger.ts";
import { PutOuts } from "./put-outs.ts";
import { Random } from "./random.ts";
import { type Scenario, scenarios } from "./scenarios.ts";
import { ServerActor } from "./server-actor.ts";
import { oversized } from "./sizes.ts";
import { Troubles } from "./troubles.ts";
import { calm } from "./weather.ts";

const CLIENTS = 4;
const MESSAGES = 206;
/** Joining, before the talk begins. */
const JOIN_MS = 3000;
/** Talk and trouble last so long, … */
const TALK_MS = 20_000;
/** … then the weather is calm, until everybody has found everybody and every verdict is told. */
const SETTLE_MS = 20_000;
/** Leaving the groups, at the end. */
const LEAVE_MS = 500;
/** Sizes are looked at so often. */
const LOOK_EVERY_MS = 500;
/** A network where nobody talks is watched for so long, */
const SILENCE_MS = 10_000;
/** … and each client may cause so many datagrams a second: a ping and its answer each 4 s, some keepalives to peers. */
const QUIET_DATAGRAMS = 6;

export interface Report {
  readonly seed: number;
  readonly scenario: string;
  readonly violations: readonly string[];
  readonly counts: Counts;
  readonly wire: WireRecord;
}

/** Runs one scenario with one seed. RangeError for a scenario that there is not. */
export function simulate(seed: number, name: string): Report {
  const scenario = scenarios[name];
  if (scenario === undefined)
    throw new RangeError(`no scenario ${name}; there are ${Object.keys(scenarios).join(", ")}`);
  return new World(seed, name, scenario).run();
}

class World {
  readonly #seed: number;
  readonly #name: string;
  readonly #scenario: Scenario;
  readonly #random: Random;
  readonly #network: Network;
  readonly #ledger: Ledger;
  readonly #posts: PostLedger;
  readonly #counters = new Counters();
  readonly #server: ServerActor;
  readonly #clients: readonly ClientActor[];
  readonly #troubles: Troubles;
  readonly #groups: GroupTalk;
  readonly #putOuts: PutOuts;
  readonly #violations: string[] = [];
  readonly #oversized = new Map<string, number>();

  constructor(seed: number, name: string, scenario: Scenario) {
    this.#seed = seed;
    this.#name = name;
    this.#scenario = scenario;
    this.#random = new Random(seed, name);
    this.#ledger = new Ledger(scenario.hasMailbox);
    this.#network = new Network(new Random(seed, `${name} network`), calm);
    const names = Array.from({ length: CLIENTS }, (_, i) => `client${i}`);
    this.#posts = new PostLedger(names, scenario.hasMailbox);
    const serverAddress = { host: "10.0.0.1", port: 4000 };
    this.#server = new ServerActor(this.#network, new Random(seed, "server"), serverAddress, scenario.hasMailbox, {
      onEvent: (event) => {
        this.#counters.server(event);
        this.#putOuts.told(event, this.#network.now);
      },
      onWritten: (operation, result) => {
        this.#counters.kept(operation, result, (client) => this.#isHere(client));
        this.#posts.kept(operation, result);
      },
    });
    const watch: ClientWatch = {
      onEvent: (client, event) => this.#note(client, event),
      onWritten: (client, operation, result, isHeard) => {
        this.#ledger.written(client.name, operation, result, isHeard);
        this.#posts.written(client.name, operation, result, isHeard);
      },
      onEnded: (client, tally) => {
        this.#counters.client(tally);
        this.#posts.ended(client.name);
      },
    };
    this.#clients = names.map((each, i) => {
      const address = { host: `10.0.0.${10 + i}`, port: 5000 };
      return new ClientActor(each, this.#network, new Random(seed, `client ${i}`), address, serverAddress, watch);
    });
    const parts = { network: this.#network, random: this.#random, server: this.#server, clients: this.#clients };
    this.#troubles = new Troubles(parts);
    this.#putOuts = new PutOuts(this.#troubles);
    this.#groups = new GroupTalk({ ...parts, ledger: this.#posts });
  }

  run(): Report {
    this.#server.start();
    for (const client of this.#clients) client.start();
    this.#network.run(JOIN_MS);
    this.#checkTables("after joining");
    if (this.#hasGroups) this.#groups.begin();
    const weather = this.#scenario.weather(this.#random);
    this.#network.setWeather(weather);
    this.#putOuts.isBursty = weather.burst > 1;
    for (let i = 0; i < MESSAGES; i++)
      this.#network.at(this.#network.now + this.#random.fraction() * TALK_MS, () => this.#talk());
    this.#troubles.plan(this.#scenario, TALK_MS);
    if (this.#hasGroups) this.#groups.plan(this.#scenario, TALK_MS);
    this.#lookAtSizes();
    this.#network.run(JOIN_MS + TALK_MS);
    this.#network.setWeather(calm);
    this.#network.healAll();
    this.#network.run(this.#network.now + SETTLE_MS);
    this.#checkTables("after the storm");
    this.#checkSilence();
    this.#posts.judge();
    this.#groups.end();
    this.#network.run(this.#network.now + LEAVE_MS);
    this.#ledger.judge();
    for (const { machine } of this.#clients) if (machine !== undefined) this.#counters.client(machine.tally);
    const counts = {
      ...this.#ledger.tally,
      ...this.#posts.tally,
      ...this.#counters.counts,
      putOutInBursts: this.#putOuts.inBursts,
    };
    if (counts.said < 200) this.#violations.push(`only ${counts.said} messages were said`);
    for (const [what, size] of this.#oversized) this.#violations.push(`${what} grew to ${size}`);
    if (this.#counters.rejected > 0) this.#violations.push(`${this.#counters.rejected} letters or posts were rejected`);
    const violations = [
      ...this.#violations,
      ...this.#ledger.violations,
      ...this.#posts.violations,
      ...this.#putOuts.violations,
      ...this.#network.violations,
    ];
    return { seed: this.#seed, scenario: this.#name, violations, counts, wire: this.#network.record };
  }

  get #hasGroups(): boolean {
    return this.#scenario.groupMoves > 0;
  }

  #isHere(name: string): boolean {
    return this.#clients.find((client) => client.name === name)?.machine?.isOnline === true;
  }

  #talk(): void {
    const sender = this.#random.pick(this.#clients);
    const recipient = this.#random.pick(this.#clients);
    if (sender === undefined || recipient === undefined) return;
    // Somebody who is not there says it as soon as it is back.
    if (sender.machine?.isOnline !== true) return this.#network.at(this.#network.now + 100, () => this.#talk());
    const head = this.#ledger.nextText(sender.name, recipient.name);
    const isLong = this.#random.chance(this.#scenario.longMessages);
    const text = isLong ? `${head}|${"x".repeat(1 + this.#random.below(20_000))}` : head;
    const result = sender.ask((machine, now) => machine.send(recipient.name, text, now));
    if (result?.kind !== "accepted") {
      this.#violations.push(`${head} was not accepted: ${result?.kind}`);
      return;
    }
    this.#ledger.said(sender.name, recipient.name, head, result.messageId);
  }

  #note(client: ClientActor, event: ClientEvent): void {
    this.#posts.told(client.name, event, this.#network.now);
    switch (event.kind) {
      case "messageReceived":
        return this.#ledger.shown(client.name, event);
      case "messageEnded":
        return this.#ledger.ended(event);
      case "mailCollected":
        return this.#ledger.collected(event);
      case "deregistered":
        return this.#troubles.deregistered(client);
      case "registered":
      case "removedFromGroup":
        return this.#groups.comeBack(client);
      case "serverSilent":
      case "tableUpdated":
      case "mailBegan":
      case "messageMailed":
      case "privateKept":
      case "postTaken":
      case "postReceived":
      case "groupCreated":
      case "groupEntered":
      case "groupLeft":
      case "groupsListed":
      case "membersListed":
      case "requestRefused":
        return;
      case "groupExists":
      case "groupMissing":
      case "keyChanged":
      case "unknownName":
      case "nothingToAccept":
      case "nameTaken":
      case "refused":
      case "serverChanged":
      case "versionUnknown":
      case "profileFailed":
        this.#violations.push(`${client.name}: ${event.kind}`);
        return;
      default:
        event satisfies never;
    }
  }

  /** Everybody is here, and everybody's table says so. */
  #checkTables(when: string): void {
    const tables = this.#clients.map((client) => {
      const rows = client.machine?.table() ?? [];
      return rows.map((row) => `${row.name} ${row.address?.host}:${row.address?.port} ${row.isOnline}`).join("\n");
    });
    for (const [i, table] of tables.entries()) {
      if (table !== tables[0])
        this.#violations.push(`tables differ ${when}: ${this.#clients[i]?.name}\n${table}\nagainst\n${tables[0]}`);
    }
    const online = this.#clients[0]?.machine?.table().filter((row) => row.isOnline).length ?? 0;
    if (online !== CLIENTS) this.#violations.push(`${online} of ${CLIENTS} are online ${when}`);
    for (const client of this.#clients)
      if (client.machine?.isOnline !== true) this.#violations.push(`${client.name} is not online ${when}`);
  }

  /** Every queue and table stays bounded, at any time. */
  #lookAtSizes(): void {
    for (const { machine } of [this.#server, ...this.#clients]) {
      for (const [what, size] of Object.entries(machine?.sizes ?? {})) {
        if (oversized(what, size, CLIENTS)) this.#oversized.set(what, Math.max(size, this.#oversized.get(what) ?? 0));
      }
    }
    this.#network.at(this.#network.now + LOOK_EVERY_MS, () => this.#lookAtSizes());
  }

  #checkSilence(): void {
    const before = this.#network.record.datagrams;
    this.#network.run(this.#network.now + SILENCE_MS);
    const perClientSecond = (this.#network.record.datagrams - before) / CLIENTS / (SILENCE_MS / 1000);
    if (perClientSecond > QUIET_DATAGRAMS)
      this.#violations.push(`no silence after the storm: ${perClientSecond} datagrams a client and second`);
  }
}
