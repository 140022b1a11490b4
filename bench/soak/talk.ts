// What the clients of a soak run say: texts to those they know, also while those are away, posts to groups and to everybody.

import { EVERYBODY } from "#client";
import { type Random } from "#sim";

import { type Churn } from "./churn.ts";
import { type Findings } from "./findings.ts";
import { Pace } from "./pace.ts";
import { type PostLedger } from "./post-ledger.ts";
import { type SoakClient } from "./soak-client.ts";
import { type TextLedger } from "./text-ledger.ts";

/** Times a second, of 1,000 clients: texts to somebody, here or not; texts to somebody who is not here; posts to groups, … */
const TEXTS = 15;
const MAIL = 2;
const POSTS = 3;
/** … and to everybody, which cost as much as a thousand texts each. */
const TO_ALL = 1 / 15;
/** Each person picks so many others to talk with, and is picked by as many: as a client keeps something of everybody whom it
 * ever talked to, strangers without end would make it grow without end. */
const PICKS = 4;
/** Those who say something to everybody. */
const CALLERS = 10;
/** What is said in one breath is so much at most, … */
const MOST_AT_ONCE = 3;
/** … and of texts and posts so many are longer than a datagram. */
const LONG = 0.03;
const LONGEST_TEXT = 20_000;
const LONGEST_POST = 4000;
const LONGEST_LINE = 120;

export interface TalkParts {
  readonly clients: readonly SoakClient[];
  readonly random: Random;
  readonly churn: Pick<Churn, "isHere" | "someoneAbsent" | "someoneHere">;
  readonly findings: Findings;
  readonly posts: PostLedger;
  readonly texts: TextLedger;
}

export class Talk {
  readonly #parts: TalkParts;
  readonly #acquaintances: ReadonlyMap<SoakClient, readonly SoakClient[]>;
  readonly #kinds: readonly (readonly [Pace, () => void])[];

  constructor(parts: TalkParts) {
    this.#parts = parts;
    const { clients, random } = parts;
    const acquaintances = new Map(clients.map((client) => [client, new Set<SoakClient>()]));
    for (const client of clients) {
      for (let i = 0; i < PICKS; i++) {
        const other = random.pick(clients);
        if (other === undefined || other === client) continue;
        acquaintances.get(client)?.add(other);
        acquaintances.get(other)?.add(client);
      }
    }
    this.#acquaintances = new Map(Array.from(acquaintances, ([client, others]) => [client, [...others]]));
    const share = clients.length / 1000;
    this.#kinds = [
      [new Pace(TEXTS * share), () => this.#sayTo(this.#parts.random.pick(this.#parts.clients))],
      [new Pace(MAIL * share), () => this.#sayTo(this.#parts.churn.someoneAbsent())],
      [new Pace(POSTS * share), () => this.#post()],
      [new Pace(TO_ALL), () => this.#postToAll()],
    ];
  }

  go(elapsedMs: number): void {
    for (const [pace, say] of this.#kinds) for (let left = pace.take(elapsedMs); left > 0; left--) say();
  }

  /** Somebody who knows that one says something to it, or some things in one breath. */
  #sayTo(to: SoakClient | undefined): void {
    const { churn, findings, random, texts } = this.#parts;
    const from = to && churn.someoneHere(this.#acquaintances.get(to));
    if (to === undefined || from === undefined) return;
    for (let left = 1 + random.below(MOST_AT_ONCE); left > 0; left--) {
      const text = texts.nextText(from.name, to.name, this.#length(LONGEST_TEXT));
      const result = from.ask((machine, now) => machine.send(to.name, text, now));
      if (result.kind === "accepted") texts.said(from.name, to.name, result.messageId);
      else findings.note("not accepted", `${from.name} to ${to.name}: ${result.kind}`);
    }
  }

  #post(): void {
    const { churn, posts } = this.#parts;
    const from = churn.someoneHere();
    const group = from?.machine?.group;
    if (from === undefined || group === undefined) return;
    const text = posts.nextText(from.name, group, this.#length(LONGEST_POST));
    const result = from.ask((machine, now) => machine.sendGroup(text, now));
    if (result.kind === "accepted") posts.said(from.name, group, result.messageId);
  }

  #postToAll(): void {
    const { churn, clients, posts } = this.#parts;
    const from = churn.someoneHere(clients.slice(0, CALLERS));
    if (from === undefined) return;
    const text = posts.nextText(from.name, EVERYBODY, this.#length(LONGEST_LINE));
    const result = from.ask((machine, now) => machine.sendAll(text, now));
    if (result.kind === "accepted") posts.said(from.name, EVERYBODY, result.messageId);
  }

  #length(longest: number): number {
    const { random } = this.#parts;
    return random.below(random.chance(LONG) ? longest : LONGEST_LINE);
  }
}
