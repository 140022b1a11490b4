// Sender, recipient and server are killed at random instants, round after round, each going on with the same folder; at
// the end nothing is lost and nothing doubled. Real processes on loopback; what is random comes from one seed:
// `KILL_SEED=<seed> node --test test/system/kill-rounds.test.ts`.

import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { toHex } from "#bytes";
import { Random } from "#sim";

import type { Program } from "../../scripts/program.ts";
import { complaints, Stage, tableUpdated, welcome } from "../acceptance/stage.ts";

const rounds = 200;
const longestMs = 600_000;
/** Kills fall so long after the last line was typed at most: a direct message and its verdict take 10 ms, those of
 * somebody silent 500 ms. */
const killWithinMs = 120;
const silenceMs = 700;
/** Starts at the end until everything has its receipt. */
const mostEndings = 6;

const names = ["ana", "bob"] as const;
type Name = (typeof names)[number];

/** One process of one person. */
interface Life {
  readonly program: Program;
  /** What it was told to send, in order. */
  readonly typed: string[];
  isReady: boolean;
  isKilled: boolean;
}

interface SentRow {
  readonly messageId: Uint8Array;
  readonly epoch: Uint8Array;
  readonly text: string;
  readonly end: string | null;
}

interface ReceivedRow {
  readonly messageId: Uint8Array;
  readonly text: string;
  readonly isShown: number;
}

/** Somebody who talks to the other one, life after life. */
class Person {
  readonly name: Name;
  readonly lives: Life[] = [];
  readonly #stage: Stage;
  #said = 0;

  constructor(stage: Stage, name: Name) {
    this.#stage = stage;
    this.name = name;
  }

  get other(): Name {
    return this.name === "ana" ? "bob" : "ana";
  }

  get life(): Life {
    const life = this.lives.at(-1);
    assert.ok(life);
    return life;
  }

  start(): void {
    const program = this.#stage.join(this.name, { words: ["--stay"] });
    this.lives.push({ program, typed: [], isReady: false, isKilled: false });
  }

  /** Gives what it says. */
  say(): string {
    const text = `${this.name} says ${++this.#said}`;
    this.life.typed.push(text);
    this.life.program.type(`send ${this.other} ${text}`);
    return text;
  }

  async kill(): Promise<void> {
    this.life.isKilled = true;
    this.life.program.kill("SIGKILL");
    await this.life.program.exit();
  }

  async ready(): Promise<void> {
    if (this.life.isReady) return;
    await this.life.program.line(welcome);
    this.life.isReady = true;
  }

  async quit(): Promise<void> {
    this.life.program.type("quit");
    assert.equal(await this.life.program.exit(), 0);
  }

  /** Which texts of the other one were printed, in order, and in which life. */
  printed(): readonly { readonly text: string; readonly life: number }[] {
    const line = new RegExp(
      String.raw`^>>> ${this.other}: (?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d )?(${this.other} says \d+)$`,
    );
    return this.lives.flatMap(({ program }, life) =>
      program.lines.flatMap(({ text }) => {
        const found = line.exec(text)?.[1];
        return found === undefined ? [] : [{ text: found, life }];
      }),
    );
  }

  /** Receipts that it was told of. */
  receipts(): number {
    const line = new RegExp(
      String.raw`^>>> \[(?:Offline Message sent at .* received|Message received) by ${this.other}\.\]$`,
    );
    return this.lives.flatMap(({ program }) => program.lines).filter(({ text }) => line.test(text)).length;
  }

  sent(): readonly SentRow[] {
    const rows = this.#rows(
      "SELECT messageId, epoch, text, end FROM messages LEFT JOIN ends USING (id) WHERE isOutgoing = 1 ORDER BY id",
    );
    return rows as unknown as readonly SentRow[];
  }

  received(): readonly ReceivedRow[] {
    const rows = this.#rows("SELECT messageId, text, isShown FROM messages WHERE isOutgoing = 0 ORDER BY id");
    return rows as unknown as readonly ReceivedRow[];
  }

  #rows(query: string): readonly Record<string, unknown>[] {
    const path = join(this.#stage.home(this.name), "profiles", this.name, "profile.sqlite");
    const database = new DatabaseSync(path, { readOnly: true });
    const rows = database.prepare(query).all();
    database.close();
    return rows;
  }
}

test(
  `${rounds} rounds of kill -9 of sender, recipient and server: nothing is lost, nothing doubled`,
  { timeout: longestMs },
  async (t) => {
    const seed = Number(process.env["KILL_SEED"] ?? randomInt(2 ** 32));
    t.diagnostic(`KILL_SEED=${seed}`);
    try {
      await killThem(t, new Random(seed, "kills"));
    } catch (error) {
      throw new Error(`replay with: KILL_SEED=${seed} node --test test/system/kill-rounds.test.ts`, { cause: error });
    }
  },
);

async function killThem(t: TestContext, random: Random): Promise<void> {
  const startedAtMs = performance.now();
  const stage = await Stage.open(t);
  const servers = [await stage.server()];
  const [ana, bob] = [new Person(stage, "ana"), new Person(stage, "bob")];
  const people = [ana, bob];
  for (const person of people) person.start();
  for (const person of people) await person.ready();
  await ana.life.program.line(tableUpdated);
  await bob.life.program.line(tableUpdated);

  const talk = (most: number): void => {
    for (let i = random.below(most + 1); i > 0; i--) random.pick(people)?.say();
  };
  const kills = { ana: 0, bob: 0, server: 0 };
  for (let round = 0; round < rounds; round++) {
    const victims = new Set([random.pick([ana, bob, "server"] as const)]);
    if (random.chance(0.15)) victims.add(random.pick([ana, bob, "server"] as const));
    // Now and then somebody is killed who is only just starting.
    for (const person of people) if (victims.has(person) && random.chance(0.7)) await person.ready();
    talk(6);
    await pause(random.below(random.chance(0.15) ? silenceMs : killWithinMs));
    for (const victim of victims) {
      if (victim === "server") {
        kills.server++;
        servers.at(-1)?.kill("SIGKILL");
        await servers.at(-1)?.exit();
      } else if (victim !== undefined) {
        kills[victim.name]++;
        await victim.kill();
      }
    }
    for (const person of people) if (!victims.has(person) && random.chance(0.5)) person.say();
    if (random.chance(0.1)) await pause(random.below(silenceMs));
    if (victims.has("server")) servers.push(await stage.server());
    for (const person of people) if (victims.has(person)) person.start();
    talk(2);
  }
  t.diagnostic(
    `${rounds} rounds in ${((performance.now() - startedAtMs) / 1000).toFixed(0)} s, kills ${JSON.stringify(kills)}`,
  );

  await settle(people);
  check(t, ana, bob);
  check(t, bob, ana);
  const all = [...servers, ...people.flatMap(({ lives }) => lives.map(({ program }) => program))];
  assert.deepEqual(all.flatMap(complaints), []);
}

/** Everybody is up until every message has its receipt. */
async function settle(people: readonly Person[]): Promise<void> {
  for (let ending = 1; ; ending++) {
    const last = people.map((person) => person.say());
    for (const [at, person] of people.entries()) {
      const text = last[1 - at] ?? "";
      await person.life.program.line(new RegExp(`^>>> ${person.other}: (?:\\S+ \\S+ )?${text}$`), 60_000);
    }
    for (const person of people) await person.quit();
    const isDone = people.every((person) => person.sent().every(({ end }) => end === "received"));
    if (isDone || ending === mostEndings) return;
    for (const person of people) person.start();
    for (const person of people) await person.ready();
  }
}

/** What one said is with the other: once, in order, shown, or stored where a kill of the other one came between. */
function check(t: TestContext, from: Person, to: Person): void {
  const sent = from.sent();
  const received = to.received();
  const printed = to.printed();
  const lifeOf = new Map(printed.map(({ text, life }) => [text, life]));
  const safe = new Set(sent.map(({ text }) => text));

  // What was typed is in the history, but for the last things typed before a kill.
  for (const { typed, isKilled } of from.lives) {
    const accepted = typed.filter((text) => safe.has(text));
    assert.deepEqual(accepted, typed.slice(0, isKilled ? accepted.length : typed.length));
  }
  assert.equal(safe.size, sent.length, "typed once, in the history once");
  const open = sent.filter(({ end }) => end !== "received").map(({ text, end }) => `${text}: ${end}`);
  assert.deepEqual(open, [], "each has its receipt");
  assert.ok(from.receipts() <= sent.length, `${from.receipts()} receipts of ${sent.length} messages`);

  // All of it arrived once, as it was said.
  const byId = (row: SentRow | ReceivedRow): string => `${toHex(row.messageId)} ${row.text}`;
  assert.deepEqual(received.map(byId).toSorted(), sent.map(byId).toSorted());
  assert.ok(received.every(({ isShown }) => isShown === 1));

  // Shown once, and in order within what one process numbered.
  const doubled = printed.filter(({ text }, i) => printed.findIndex((other) => other.text === text) !== i);
  assert.deepEqual(doubled, [], "nothing is shown twice");
  const order = new Map(sent.map(({ text, epoch }, i) => [text, { at: i, epoch: toHex(epoch) }]));
  const lastOf = new Map<string, number>();
  for (const { text } of printed) {
    const place = order.get(text);
    assert.ok(place, `${text} was shown and is not in its sender's history`);
    assert.ok(place.at > (lastOf.get(place.epoch) ?? -1), `${text} is shown behind what was said later`);
    lastOf.set(place.epoch, place.at);
  }

  // What was never shown lies where a life of the recipient ended.
  const lives = sent.map(({ text }) => lifeOf.get(text));
  const unshown = sent.filter((_, i) => {
    if (lives[i] !== undefined) return false;
    const before = lives.slice(0, i).findLast((life) => life !== undefined) ?? -1;
    const after = lives.slice(i).find((life) => life !== undefined) ?? to.lives.length;
    assert.ok(before < after, `${sent[i]?.text} was not shown in life ${before}, which went on`);
    return true;
  });
  const forgotten = from.lives.flatMap(({ typed }) => typed).length - sent.length;
  t.diagnostic(
    `${from.name} to ${to.name}: ${sent.length} accepted, ${printed.length} shown, ${unshown.length} in the history alone; ` +
      `${forgotten} typed into a process that was killed first`,
  );
}
