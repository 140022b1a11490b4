// Coming and going in the groups of a simulated world, and posts to them and to everybody. Pure.

import { type ClientActor } from "./client-actor.ts";
import { type Network } from "./network.ts";
import { type PostLedger } from "./post-ledger.ts";
import { type Random } from "./random.ts";
import { type Scenario } from "./scenarios.ts";

const GROUPS: readonly string[] = ["lab", "den"];
/** Who finds nobody to do it tries again after so long. */
const AGAIN_MS = 200;
/** Posts that somebody says in one breath. */
const MOST_AT_ONCE = 5;
/** Part of them that may fill some datagrams, so that they come one by one, and how long they are at most. */
const LONG = 0.5;
const LONGEST = 4000;
/** How often somebody enters the first group rather than the second, so that there are others in it. */
const MOSTLY = 0.75;

export interface GroupTalkParts {
  readonly network: Network;
  readonly random: Random;
  readonly clients: readonly ClientActor[];
  readonly ledger: PostLedger;
}

export class GroupTalk {
  readonly #parts: GroupTalkParts;
  #until = 0;

  constructor(parts: GroupTalkParts) {
    this.#parts = parts;
  }

  /** Makes the groups; everybody enters one. */
  begin(): void {
    const { clients, network } = this.#parts;
    for (const group of GROUPS) clients[0]?.ask((machine, now) => machine.createGroup(group, now));
    network.run(network.now + AGAIN_MS);
    for (const client of clients) this.#enter(client, this.#someGroup());
  }

  /** Strews coming, going and posting over the time from now on. */
  plan({ everybodyPosts, groupMoves, groupPosts }: Scenario, lengthMs: number): void {
    const { network, random } = this.#parts;
    this.#until = network.now + lengthMs;
    const kinds: readonly (readonly [number, () => void])[] = [
      [groupMoves, () => this.#move()],
      [groupPosts, () => this.#postToGroup()],
      [everybodyPosts, () => this.#postToAll()],
    ];
    for (const [count, act] of kinds) {
      for (let i = 0; i < count; i++) network.at(network.now + random.fraction() * lengthMs, act);
    }
  }

  /** Somebody is back, or was put out: it enters a group again. */
  comeBack(client: ClientActor): void {
    const { network, random } = this.#parts;
    if (this.#until === 0 || network.now > this.#until) return;
    network.at(network.now + random.fraction() * AGAIN_MS, () => this.#enter(client, this.#someGroup()));
  }

  /** Everybody leaves, and so is shown what was kept. */
  end(): void {
    for (const client of this.#parts.clients) client.ask((machine, now) => machine.leaveGroup(now));
  }

  #someGroup(): string | undefined {
    return this.#parts.random.chance(MOSTLY) ? GROUPS[0] : GROUPS[1];
  }

  #enter(client: ClientActor, group: string | undefined): void {
    if (group === undefined || client.machine?.isOnline !== true) return;
    client.ask((machine, now) => machine.joinGroup(group, now));
  }

  #move(): void {
    const { clients, random } = this.#parts;
    const client = random.pick(clients);
    if (client?.machine?.isOnline !== true) return;
    if (client.machine.group !== undefined && random.chance(0.3)) client.ask((machine, now) => machine.leaveGroup(now));
    else this.#enter(client, this.#someGroup());
  }

  #postToGroup(): void {
    const { clients, ledger, network, random } = this.#parts;
    const here = clients.filter(({ machine }) => machine?.isOnline === true && machine.group !== undefined);
    const client = random.pick(here);
    const group = client?.machine?.group;
    if (client === undefined || group === undefined) return this.#again(() => this.#postToGroup());
    for (let left = 1 + random.below(MOST_AT_ONCE); left > 0; left--) {
      const head = ledger.nextText(client.name);
      const text = random.chance(LONG) ? `${head}|${"x".repeat(random.below(LONGEST))}` : head;
      const result = client.ask((machine, now) => machine.sendGroup(text, now));
      if (result?.kind === "accepted") ledger.said(client.name, group, head, result.messageId, network.now);
    }
  }

  #postToAll(): void {
    const { clients, ledger, network, random } = this.#parts;
    const client = random.pick(clients.filter(({ machine }) => machine?.isOnline === true));
    if (client === undefined) return this.#again(() => this.#postToAll());
    const text = ledger.nextText(client.name);
    const result = client.ask((machine, now) => machine.sendAll(text, now));
    if (result?.kind === "accepted") ledger.said(client.name, undefined, text, result.messageId, network.now);
  }

  #again(act: () => void): void {
    const { network } = this.#parts;
    if (network.now < this.#until) network.at(network.now + AGAIN_MS, act);
  }
}
