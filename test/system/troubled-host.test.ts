// Real processes on hosts whose clocks jump, that sleep, and whose disks fail to sync: a library preloaded into the
// program moves its wall clock and fails its syncs. Needs a C compiler.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";

import { type Program } from "../../scripts/program.ts";
import { complaints, deliver, gather, said, sees, Stage, tableUpdated, welcome } from "../acceptance/stage.ts";
import { Stopwatch } from "../acceptance/stopwatch.ts";

const launcher = join(import.meta.dirname, "..", "..", "udpchat");
const saved = ">>> [Messages received by the server and saved]";
const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;
/** Whoever was away is back within so long of being able to. */
const BACK_MS = 5000;

/** A host of one program, whose troubles a test decides. */
class Host {
  readonly #stage: Stage;
  readonly #name: string;
  readonly #trouble: string;
  readonly #library: string;
  #clockS = 0;
  #syncErrno = 0;
  #isMade = false;

  constructor(stage: Stage, name: string, library: string) {
    this.#stage = stage;
    this.#name = name;
    this.#library = library;
    this.#trouble = stage.home(`${name}.trouble`);
    this.#tell();
  }

  start(...words: readonly string[]): Program {
    const environment = [`LD_PRELOAD=${this.#library}`, `TROUBLED_HOST=${this.#trouble}`];
    const home = this.#stage.home(this.#name);
    return this.#stage.start([...environment, launcher, ...words], home, { launcher: "/usr/bin/env" });
  }

  /** A client, registered and with its table. */
  async client(): Promise<Program> {
    const client = this.start("-c", this.#name, "127.0.0.1", String(this.#stage.port), "0");
    await client.line(welcome);
    await client.line(tableUpdated);
    return client;
  }

  /** The wall clock jumps. */
  jump(seconds: number): void {
    this.#clockS += seconds;
    this.#tell();
  }

  /** Whether syncs fail from now on. */
  setBroken(isBroken: boolean): void {
    this.#syncErrno = isBroken ? constants.errno.EIO : 0;
    this.#tell();
  }

  #tell(): void {
    const numbers = BigInt64Array.of(BigInt(this.#clockS), BigInt(this.#syncErrno));
    // In place: programs have it mapped.
    writeFileSync(this.#trouble, new Uint8Array(numbers.buffer), { flag: this.#isMade ? "r+" : "w" });
    this.#isMade = true;
  }
}

async function open(t: TestContext): Promise<{ readonly stage: Stage; readonly host: (name: string) => Host }> {
  const stage = await Stage.open(t);
  const library = join(stage.folder, "troubled-host.so");
  const source = join(import.meta.dirname, "troubled-host.c");
  execFileSync("cc", ["-O2", "-shared", "-fPIC", "-o", library, source, "-ldl"]);
  return { stage, host: (name) => new Host(stage, name, library) };
}

/** The time that a client has shown with a letter, ms. */
function dateOf(program: Program, text: string): number {
  const line = program.lines.find((each) => each.text.endsWith(` ${text}`))?.text ?? assert.fail(`no ${text}`);
  return new Date(line.replace(/^>>> \w+: (\S+ \S+) .*$/, "$1")).getTime();
}

test("syncs that fail: refused, the rest goes on, and what was saved before and after is there", async (t) => {
  const { stage, host } = await open(t);
  const books = host("server");
  const server = books.start("-s", String(stage.port));
  await server.line(/^>>> \[Server is online on /);
  const [ana, eva, bob] = await stage.clients("ana", "eva", "bob");
  assert.ok(ana && eva && bob);
  bob.type("quit");
  await bob.exit();
  await sees(ana, /^>>> bob \S+ offline$/);
  ana.type("send bob before");
  await ana.line(saved);
  books.setBroken(true);
  ana.type("send bob meanwhile");
  await ana.line(/^>>> \[Refused: [^\]]+\]$/);
  await server.line(/^>>> \[Books not written: .*\]$/);
  await deliver(["ana", ana], ["eva", eva], "and we go on");
  books.setBroken(false);
  ana.type("send bob after");
  await ana.line(saved);
  server.kill("SIGKILL");
  await server.exit();
  await books.start("-s", String(stage.port)).line(/^>>> \[Server is online on /);
  const again = await stage.client("bob");
  await again.line(/^>>> ana: \S+ \S+ after$/);
  assert.deepEqual(
    said(again).flatMap((line) => (line.startsWith(">>> ana: ") ? [line.split(" ").at(-1)] : [])),
    ["before", "after"],
  );
  assert.deepEqual([complaints(server), complaints(ana)], [[], []]);
});

test("clocks that jump by a day, there and back, in the middle of a conversation: nobody notices", async (t) => {
  const { stage, host } = await open(t);
  const [books, anas, bobs] = ["server", "ana", "bob"].map(host);
  assert.ok(books && anas && bobs);
  const server = books.start("-s", String(stage.port));
  await server.line(/^>>> \[Server is online on /);
  const [ana, bob] = [await anas.client(), await bobs.client()];
  await ana.line(tableUpdated);
  await gather("lab", ana, bob);
  let number = 0;
  for (const jumping of [anas, bobs, books])
    for (const seconds of [DAY_S, -2 * DAY_S, DAY_S]) {
      jumping.jump(seconds);
      number++;
      ana.type(`send_group post ${number}`);
      await bob.line(`>>> (lab) Group_Message ana: post ${number}`);
      await ana.line(">>> (lab) [Message received by Server.]");
      bob.type(`send_group answer ${number}`);
      await ana.line(`>>> (lab) Group_Message bob: answer ${number}`);
    }
  for (const client of [ana, bob]) client.type("leave_group");
  await ana.line(">>> [Leave group chat lab]");
  await bob.line(">>> [Leave group chat lab]");
  anas.jump(DAY_S);
  await deliver(["ana", ana], ["bob", bob], "tomorrow");
  await deliver(["bob", bob], ["ana", ana], "today");
  for (const program of [ana, bob]) {
    assert.equal(said(program).filter((line) => /No ACK|removed|Refused|not responding/.test(line)).length, 0);
    assert.deepEqual(complaints(program), []);
  }
  // A letter has its sender's time, but that of its arrival where the sender's is later.
  bob.type("quit");
  await bob.exit();
  await sees(ana, /^>>> bob \S+ offline$/);
  ana.type("send bob ahead");
  await ana.line(saved);
  anas.jump(-2 * DAY_S);
  // A clock that jumped is noticed with the next datagram or deadline.
  await deliver(["ana", ana], ["ana", ana], "what time is it?");
  ana.type("send bob behind");
  await ana.line(saved);
  const again = await bobs.client();
  await again.line(/^>>> ana: \S+ \S+ behind$/);
  const [ahead, behind] = ["ahead", "behind"].map((text) => (Date.now() - dateOf(again, text)) / 1000);
  assert.ok(Math.abs(ahead ?? Number.NaN) < HOUR_S / 2, `${ahead} s ago`);
  assert.ok(Math.abs((behind ?? Number.NaN) - DAY_S) < HOUR_S / 2, `${behind} s ago`);
});

test("asleep for an hour: back within 5 s, with what was left meanwhile, once and in order", async (t) => {
  const { stage, host } = await open(t);
  const bobs = host("bob");
  const server = await stage.server();
  const ana = await stage.client("ana");
  const bob = await bobs.client();
  await ana.line(tableUpdated);
  await deliver(["ana", ana], ["bob", bob], "good night");
  bob.kill("SIGSTOP");
  for (let i = 1; i <= 3; i++) ana.type(`send bob dream ${i}`);
  for (let i = 1; i <= 3; i++) await ana.line(saved);
  await server.line(">>> [Client bob offline: no answer]");
  bobs.jump(HOUR_S);
  const watch = new Stopwatch(bob);
  const awakeAt = performance.now();
  bob.kill("SIGCONT");
  watch.assertBetween(awakeAt, await server.line(/^>>> \[Client bob registered from /), 0, BACK_MS);
  await bob.line(/^>>> ana: .*dream 3$/);
  await deliver(["bob", bob], ["ana", ana], "good morning");
  assert.deepEqual(
    said(bob).flatMap((line) => /^>>> ana: .*(dream \d)$/.exec(line)?.[1] ?? []),
    ["dream 1", "dream 2", "dream 3"],
  );
  assert.equal(said(bob).filter((line) => line === welcome).length, 1);
});
