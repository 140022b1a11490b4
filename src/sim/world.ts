// A whole udpchat in virtual time: a server, clients who talk, trouble, and the checks of what was promised. Pure.
// Equal seeds give equal histories; a failure is a seed and a scenario.

import { toHex } from "#bytes";
import { type ClientEvent } from "#client";

import { ClientActor, ServerActor } from "./actors.ts";
import { Ledger, type Tally } from "./ledger.ts";
import { Network, type WireRecord } from "./network.ts";
import { Random } from "./random.ts";
import { type Scenario, scenarios } from "./scenarios.ts";
import { calm } from "./weather.ts";

const CLIENTS = 4;
const MESSAGES = 206;
/** Joining, before the talk begins. */
const JOIN_MS = 3000;
/** Talk and trouble last so long, … */
const TALK_MS = 20_000;
/** … then the weather is calm, until everybody has found everybody and every verdict is told. */
const SETTLE_MS = 20_000;
/** Sizes are looked at so often, … */
const LOOK_EVERY_MS = 500;
/** … and none may be above this: some sessions a pair while they take each other's place, a batch or two for a disk. */
const LARGEST_SIZES: Readonly<Record<string, number>> = {
  sessions: 24,
  halfOpen: 24,
  openings: 16,
  calls: 24,
  peers: CLIENTS,
  probings: 16,
  invited: 24,
  persons: CLIENTS,
  visitors: 24,
  questions: CLIENTS,
  storeOperations: 200,
};
/** A network where nobody talks is watched for so long, */
const SILENCE_MS = 10_000;
/** … and each client may cause so many datagrams a second: a ping and its answer each 4 s, some keepalives to peers. */
const QUIET_DATAGRAMS = 6;
const LONGEST_CUT_MS = 4000;
const LONGEST_ABSENCE_MS = 3000;

export interface Report {
  readonly seed: number;
  readonly scenario: string;
  readonly violations: readonly string[];
  readonly tally: Tally;
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
  readonly #ledger = new Ledger();
  readonly #server: ServerActor;
  readonly #clients: readonly ClientActor[];
  readonly #texts = new Map<string, string>();
  readonly #violations: string[] = [];
  #nextHost = 100;

  constructor(seed: number, name: string, scenario: Scenario) {
    this.#seed = seed;
    this.#name = name;
    this.#scenario = scenario;
    this.#random = new Random(seed, name);
    this.#network = new Network(new Random(seed, `${name} network`), calm);
    const serverAddress = { host: "10.0.0.1", port: 4000 };
    this.#server = new ServerActor(this.#network, new Random(seed, "server"), serverAddress);
    this.#clients = Array.from({ length: CLIENTS }, (_, i) => {
      const address = { host: `10.0.0.${10 + i}`, port: 5000 };
      const onEvent = (client: ClientActor, event: ClientEvent): void => this.#note(client, event);
      return new ClientActor(
        `client${i}`,
        this.#network,
        new Random(seed, `client ${i}`),
        address,
        serverAddress,
        onEvent,
      );
    });
  }

  run(): Report {
    this.#server.start();
    for (const client of this.#clients) client.start();
    this.#network.run(JOIN_MS);
    this.#checkTables("after joining");
    this.#network.setWeather(this.#scenario.weather(this.#random));
    this.#plan();
    this.#lookAtSizes();
    this.#network.run(JOIN_MS + TALK_MS);
    this.#calmDown();
    this.#network.run(this.#network.now + SETTLE_MS);
    this.#checkTables("after the storm");
    this.#checkSilence();
    this.#ledger.judge();
    if (this.#ledger.tally.said < 200) this.#violations.push(`only ${this.#ledger.tally.said} messages were said`);
    const violations = [...this.#violations, ...this.#ledger.violations, ...this.#network.violations];
    return {
      seed: this.#seed,
      scenario: this.#name,
      violations,
      tally: this.#ledger.tally,
      wire: this.#network.record,
    };
  }

  #plan(): void {
    for (let i = 0; i < MESSAGES; i++) this.#network.at(this.#someTime(), () => this.#talk());
    this.#times(this.#scenario.cuts, () => this.#cut());
    this.#times(this.#scenario.clientCrashes, () => this.#crashClient());
    this.#times(this.#scenario.serverCrashes, () => this.#crashServer());
    this.#times(this.#scenario.moves, () => this.#move());
  }

  #times(count: number, trouble: () => void): void {
    for (let i = 0; i < count; i++) this.#network.at(this.#someTime(), trouble);
  }

  #someTime(): number {
    return this.#network.now + this.#random.fraction() * TALK_MS;
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
    this.#ledger.said(sender.name, recipient.name, head);
    this.#texts.set(toHex(result.messageId), head);
  }

  #note(client: ClientActor, event: ClientEvent): void {
    switch (event.kind) {
      case "messageReceived":
        return this.#ledger.shown(client.name, event.from, event.text, event.isLate);
      case "messageEnded":
        return this.#ledger.ended(
          this.#texts.get(toHex(event.messageId)) ?? toHex(event.messageId),
          event.end === "received",
        );
      case "serverSilent":
      case "registered":
      case "tableUpdated":
      case "deregistered":
        return;
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

  #cut(): void {
    const places = [this.#server, ...this.#clients];
    const a = this.#random.pick(places);
    const b = this.#random.pick(places);
    if (a === undefined || b === undefined || a === b) return;
    const [from, to] = [a.address, b.address];
    this.#network.setCut(from, to, true);
    this.#network.at(this.#network.now + this.#random.fraction() * LONGEST_CUT_MS, () =>
      this.#network.setCut(from, to, false),
    );
  }

  #crashClient(): void {
    const client = this.#random.pick(this.#clients);
    if (client?.machine === undefined) return;
    client.kill();
    this.#ledger.killed(client.name);
    if (this.#random.chance(0.5)) client.move(this.#newAddress());
    this.#network.at(this.#network.now + this.#random.fraction() * LONGEST_ABSENCE_MS, () => client.start());
  }

  #crashServer(): void {
    if (this.#server.machine === undefined) return;
    this.#server.kill();
    this.#network.at(this.#network.now + this.#random.fraction() * LONGEST_ABSENCE_MS, () => this.#server.start());
  }

  #move(): void {
    const client = this.#random.pick(this.#clients);
    if (client === undefined) return;
    // A new port as behind a NAT that forgot, or a new address altogether.
    const address = this.#random.chance(0.5)
      ? { host: client.address.host, port: this.#nextHost++ + 5000 }
      : this.#newAddress();
    client.move(address);
  }

  #newAddress(): { readonly host: string; readonly port: number } {
    return { host: `10.0.1.${this.#nextHost++ % 250}`, port: 5000 };
  }

  #calmDown(): void {
    this.#network.setWeather(calm);
    this.#network.healAll();
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
        const largest = LARGEST_SIZES[what];
        if (largest !== undefined && size > largest) this.#violations.push(`${what} grew to ${size}`);
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
