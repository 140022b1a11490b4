// A whole udpchat in virtual time: a server, clients who talk, trouble, and the checks of what was promised. Pure.
// Equal seeds give equal histories; a failure is a seed and a scenario. PROTOCOL §11.

import { type ClientEvent } from "#client";

import { ClientActor, type ClientWatch } from "./client-actor.ts";
import { Counters, type Counts } from "./counters.ts";
import { Delays } from "./delays.ts";
import { GroupTalk } from "./group-talk.ts";
import { Ledger } from "./ledger.ts";
import { Network, type WireRecord } from "./network.ts";
import { PostLedger } from "./post-ledger.ts";
import { PutOuts } from "./put-outs.ts";
import { Random } from "./random.ts";
import { Recoveries, type RecoveryTally } from "./recoveries.ts";
import { type Scenario, scenarios } from "./scenarios.ts";
import { ServerActor } from "./server-actor.ts";
import { leftOver, oversized } from "./sizes.ts";
import { Troubles } from "./troubles.ts";
import { calm, type Dealt } from "./weather.ts";

/** Joining, before the talk begins. */
const JOIN_MS = 3000;
/** Talk and trouble go on for so long before somebody hears how far it is. */
const STEP_MS = 1000;
/** Afterwards the weather is calm, until everybody has found everybody and every verdict is told. */
const SETTLE_MS = 20_000;
/** Leaving the groups, at the end. */
const LEAVE_MS = 500;
/** Sizes are looked at so often. */
const LOOK_EVERY_MS = 500;
/** A network where nobody talks is watched for so long, */
const SILENCE_MS = 10_000;
/** … and each client may cause so many datagrams a second: a ping and its answer each 4 s and what a loss adds to it; and
 * so many more for each peer, whose path both keep open. */
const QUIET_DATAGRAMS = 5;
const QUIET_DATAGRAMS_EACH_PEER = 0.3;
/** In one world of three keys are renewed at this age and not after hours, so that it happens while people talk. */
const RENEWING = 1 / 3;
const RENEW_AFTER_MS = 14_000;
/** Places for half-open handshakes at the server, for each client: so few that a cookie is asked for when all call at once. */
const HALF_OPEN_EACH = 2;
/** Of the messages one in so many is to oneself, and crosses no network. */
const TO_ONESELF_EVERY = 20;
/** Part of the messages that must have been said: somebody may be away at the end. */
const MOSTLY_SAID = 0.97;

/** What a world is made of; equal ones give equal histories. */
export interface WorldSettings {
  readonly seed: number;
  /** The scenario's name, which is part of the seed. */
  readonly name: string;
  readonly scenario: Scenario;
  readonly clients: number;
  /** Texts to one person, strewn over the talk. */
  readonly messages: number;
  readonly talkMs: number;
  /** Whether what transports repair is counted, which costs a tenth. */
  readonly isWatched: boolean;
}

/** What the tests run. */
const usual = { clients: 4, messages: 224, talkMs: 20_000 };

export interface Report {
  readonly seed: number;
  readonly scenario: string;
  readonly violations: readonly string[];
  readonly counts: Counts;
  readonly wire: WireRecord;
  /** From being said to being shown, of texts to one person; virtual ms, the shortest first. */
  readonly delaysMs: readonly number[];
  /** What the weather did while people talked. */
  readonly dealt: Readonly<Dealt>;
  /** All zeros unless watched. */
  readonly recoveries: RecoveryTally;
}

/** Runs one scenario with one seed. RangeError for a scenario that there is not. */
export function simulate(seed: number, name: string, isWatched = false): Report {
  const scenario = scenarios[name];
  if (scenario === undefined)
    throw new RangeError(`no scenario ${name}; there are ${Object.keys(scenarios).join(", ")}`);
  const steps = simulateWorld({ ...usual, isWatched, seed, name, scenario });
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Runs a world step by step; each tells how much of the talk is over, 1 for all. */
export function simulateWorld(settings: WorldSettings): Generator<number, Report> {
  return new World(settings).run();
}

class World {
  readonly #settings: WorldSettings;
  readonly #random: Random;
  readonly #network: Network;
  readonly #ledger: Ledger;
  readonly #posts: PostLedger;
  readonly #counters = new Counters();
  readonly #delays = new Delays();
  readonly #recoveries = new Recoveries();
  readonly #server: ServerActor;
  readonly #clients: readonly ClientActor[];
  readonly #troubles: Troubles;
  readonly #groups: GroupTalk;
  readonly #putOuts: PutOuts;
  readonly #violations: string[] = [];
  readonly #oversized = new Map<string, number>();

  constructor(settings: WorldSettings) {
    const { name, scenario, seed } = settings;
    this.#settings = settings;
    this.#random = new Random(seed, name);
    this.#ledger = new Ledger(scenario.hasMailbox);
    this.#network = new Network(new Random(seed, `${name} network`), calm);
    const names = Array.from({ length: settings.clients }, (_, i) => `client${i}`);
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
      limits: { halfOpen: HALF_OPEN_EACH * settings.clients },
      ...(settings.isWatched && { observer: this.#recoveries }),
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
      ...(new Random(seed, "renewal").chance(RENEWING) && { renewAfterMs: RENEW_AFTER_MS }),
      ...(settings.isWatched && { observer: this.#recoveries }),
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

  *run(): Generator<number, Report> {
    const { messages, name, scenario, seed, talkMs } = this.#settings;
    this.#server.start();
    for (const client of this.#clients) client.start();
    this.#network.run(JOIN_MS);
    this.#checkTables("after joining");
    if (this.#hasGroups) this.#groups.begin();
    const weather = scenario.weather(this.#random);
    this.#network.setWeather(weather);
    const before = this.#network.dealt;
    this.#putOuts.isBursty = weather.burst > 1;
    for (let i = 0; i < messages; i++)
      this.#network.at(this.#network.now + this.#random.fraction() * talkMs, () =>
        this.#talk(i % TO_ONESELF_EVERY === 0),
      );
    this.#troubles.plan(scenario, talkMs);
    if (this.#hasGroups) this.#groups.plan(scenario, talkMs);
    this.#lookAtSizes();
    for (let at = STEP_MS; at < talkMs; at += STEP_MS) {
      this.#network.run(JOIN_MS + at);
      yield at / talkMs;
    }
    this.#network.run(JOIN_MS + talkMs);
    const dealt = dealtSince(before, this.#network.dealt);
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
      clientRestarts: this.#clients.reduce((sum, { restarts }) => sum + restarts, 0),
      serverRestarts: this.#server.restarts,
    };
    if (counts.late > 0 && counts.gapsGivenUp === 0)
      this.#violations.push(`${counts.late} texts were shown late, and no gap was given up`);
    if (counts.said < MOSTLY_SAID * messages) this.#violations.push(`only ${counts.said} messages were said`);
    for (const [what, size] of this.#oversized) this.#violations.push(`${what} grew to ${size}`);
    if (this.#counters.rejected > 0) this.#violations.push(`${this.#counters.rejected} letters or posts were rejected`);
    const violations = [
      ...this.#violations,
      ...this.#ledger.violations,
      ...this.#posts.violations,
      ...this.#putOuts.violations,
      ...this.#network.violations,
    ];
    const { record: wire } = this.#network;
    const delaysMs = this.#delays.sorted;
    return { seed, scenario: name, violations, counts, wire, delaysMs, dealt, recoveries: this.#recoveries.tally };
  }

  get #hasGroups(): boolean {
    return this.#settings.scenario.groupMoves > 0;
  }

  #isHere(name: string): boolean {
    return this.#clients.find((client) => client.name === name)?.machine?.isOnline === true;
  }

  #talk(isToOneself: boolean): void {
    const sender = this.#random.pick(this.#clients);
    const others = this.#clients.filter((client) => client !== sender);
    const recipient = isToOneself ? sender : this.#random.pick(others);
    if (sender === undefined || recipient === undefined) return;
    // Somebody who is not there says it as soon as it is back.
    if (sender.machine?.isOnline !== true)
      return this.#network.at(this.#network.now + 100, () => this.#talk(isToOneself));
    const head = this.#ledger.nextText(sender.name, recipient.name);
    const isLong = this.#random.chance(this.#settings.scenario.longMessages);
    const text = isLong ? `${head}|${"x".repeat(1 + this.#random.below(20_000))}` : head;
    const result = sender.ask((machine, now) => machine.send(recipient.name, text, now));
    if (result?.kind !== "accepted") {
      this.#violations.push(`${head} was not accepted: ${result?.kind}`);
      return;
    }
    this.#ledger.said(sender.name, recipient.name, head, result.messageId);
    // What one says to oneself crosses no network.
    if (sender !== recipient) this.#delays.said(head, this.#network.now);
  }

  #note(client: ClientActor, event: ClientEvent): void {
    this.#posts.told(client.name, event, this.#network.now);
    switch (event.kind) {
      case "messageReceived":
        this.#delays.shown(headOf(event.text), this.#network.now);
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

  /** Everybody is here, and everybody's table says so, and where. */
  #checkTables(when: string): void {
    const lines = this.#clients.map(({ name, address }) => `${name} ${address.host}:${address.port} true`);
    const truth = lines.toSorted().join("\n");
    for (const { machine, name } of this.#clients) {
      if (machine?.isOnline !== true) this.#violations.push(`${name} is not online ${when}`);
      const rows = machine?.table() ?? [];
      const table = rows
        .map((row) => `${row.name} ${row.address?.host}:${row.address?.port} ${row.isOnline}`)
        .join("\n");
      if (table !== truth)
        this.#violations.push(`the table of ${name} is wrong ${when}:\n${table}\nand should be\n${truth}`);
    }
  }

  /** Every queue and table stays bounded, at any time. */
  #lookAtSizes(): void {
    for (const [, what, size] of this.#sizes()) {
      if (oversized(what, size, this.#settings.clients))
        this.#oversized.set(what, Math.max(size, this.#oversized.get(what) ?? 0));
    }
    this.#network.at(this.#network.now + LOOK_EVERY_MS, () => this.#lookAtSizes());
  }

  /** Whose, of what, how much. */
  *#sizes(): Iterable<readonly [string, string, number]> {
    for (const { machine, name } of [this.#server, ...this.#clients])
      for (const [what, size] of Object.entries(machine?.sizes ?? {})) yield [name, what, size];
  }

  /** Nobody has anything to do, and holds nothing for it. */
  #checkSilence(): void {
    const before = this.#network.record.datagrams;
    this.#network.run(this.#network.now + SILENCE_MS);
    const { clients } = this.#settings;
    const perClientSecond = (this.#network.record.datagrams - before) / clients / (SILENCE_MS / 1000);
    if (perClientSecond > QUIET_DATAGRAMS + (clients - 1) * QUIET_DATAGRAMS_EACH_PEER)
      this.#violations.push(`no silence after the storm: ${perClientSecond} datagrams a client and second`);
    for (const [name, what, size] of this.#sizes())
      if (leftOver(what, size, clients)) this.#violations.push(`${size} ${what} are left over at ${name}`);
  }
}

function dealtSince(before: Readonly<Dealt>, after: Readonly<Dealt>): Readonly<Dealt> {
  return {
    carried: after.carried - before.carried,
    lost: after.lost - before.lost,
    doubled: after.doubled - before.doubled,
    damaged: after.damaged - before.damaged,
    overtaking: after.overtaking - before.overtaking,
  };
}

/** What stands before the first `|` is what tells a text from all others. */
function headOf(text: string): string {
  return text.split("|")[0] ?? text;
}
