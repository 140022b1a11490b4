// Mail across restarts: nothing that was saved is lost with a server or a sender, nothing comes twice, and what no server
// has yet goes out at the next start.

import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { suite, test } from "node:test";

import type { Program } from "../../scripts/program.ts";
import { complaints, deliver, readUntil, said, sees, Stage, tableUpdated, welcome } from "./stage.ts";
import { Stopwatch } from "./stopwatch.ts";

const saved = ">>> [Messages received by the server and saved]";
const youHaveMessages = ">>> [You have messages]";
const noAck = ">>> [No ACK from bob, message sent to server.]";
const notResponding = ">>> [Server not responding]";
const exiting = ">>> [Exiting]";
const received = ">>> [Message received by bob.]";
const receipt = ">>> [Offline Message sent at <time> received by bob.]";
const receiptOfBob = /^>>> \[Offline Message sent at .* received by bob\.\]$/;
const registered = /^>>> \[Client \S+ registered from /;

/** What a program has said, without the times in it. */
function timeless(program: Program): readonly string[] {
  return said(program).map((text) => text.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/, "<time>"));
}

async function saidSoFar(program: Program, count: number): Promise<readonly string[]> {
  while (said(program).length < count) await program.line(/./);
  return timeless(program);
}

async function quit(program: Program): Promise<void> {
  program.type("quit");
  assert.equal(await program.exit(), 0);
}

async function killed(program: Program): Promise<void> {
  program.kill("SIGKILL");
  assert.equal(await program.exit(), "SIGKILL");
}

function lineOfMail(from: string, text: string): string {
  return `>>> ${from}: <time> ${text}`;
}

void suite("mail across restarts", { concurrency: 3 }, () => {
  test("the server killed between saving and collecting, twice: all mail in its order, and receipts for one who was away", async (t) => {
    const stage = await Stage.open(t);
    const data = stage.home("books");
    const first = await stage.server("--data", data);
    const [ana, eva, bob] = await stage.clients("ana", "eva", "bob");
    assert.ok(ana && eva && bob);
    await killed(bob);
    const texts: string[] = [];
    const send = async (name: string, sender: Program, text: string): Promise<void> => {
      sender.type(`send bob ${text}`);
      await sender.line(saved);
      texts.push(lineOfMail(name, text));
    };
    await send("ana", ana, "one");
    await send("eva", eva, "two");
    await send("ana", ana, "three");
    await quit(eva);
    await killed(first);
    const second = await stage.server("--data", data);
    await second.line(registered);
    await send("ana", ana, "four");
    await killed(second);
    const third = await stage.server("--data", data);
    await third.line(registered);
    const bobAgain = await stage.client("bob");
    assert.deepEqual(await saidSoFar(bobAgain, 6), [welcome, youHaveMessages, ...texts]);
    for (const _ of ["one", "three", "four"]) await ana.line(receiptOfBob);
    // A receipt for one who is away outlives a server, too.
    await killed(third);
    const fourth = await stage.server("--data", data);
    await fourth.line(registered);
    await fourth.line(registered);
    const evaAgain = await stage.client("eva");
    assert.deepEqual(await saidSoFar(evaAgain, 2), [welcome, receipt]);
    await sees(bobAgain, /^>>> eva \S+ online$/);
    await deliver(["bob", bobAgain], ["eva", evaAgain], "got it");
    assert.equal(timeless(ana).filter((text) => text === receipt).length, 3);
    assert.equal(timeless(bobAgain).filter((text) => text.includes("<time>")).length, 4);
    assert.deepEqual([complaints(fourth), complaints(ana), complaints(bobAgain)], [[], [], []]);
  });

  test("the server killed in the middle of a collection: the rest comes when it is back, nothing twice", async (t) => {
    const stage = await Stage.open(t);
    const first = await stage.server();
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    await quit(bob);
    await sees(ana, /^>>> bob \S+ offline$/);
    const texts = Array.from({ length: 300 }, (_, i) => `letter ${i} ${"x".repeat(2000)}`);
    ana.write(texts.map((text) => `send bob ${text}\n`).join(""));
    for (const _ of texts) await ana.line(saved);
    const again = stage.join("bob");
    await again.line(youHaveMessages);
    await killed(first);
    const shownBefore = said(again).length;
    const second = await stage.server();
    await second.line(registered);
    await second.line(registered);
    t.diagnostic(`${shownBefore - 2} of ${texts.length} letters were shown before the kill`);
    const expected = texts.map((text) => lineOfMail("ana", text));
    for (const _ of texts) await ana.line(receiptOfBob);
    const mails = (): readonly string[] => timeless(again).filter((text) => text.startsWith(">>> ana: "));
    await readUntil(again, () => mails().length >= texts.length);
    const lines = timeless(again);
    assert.deepEqual(lines.slice(0, 2), [welcome, youHaveMessages]);
    // Who is back goes on collecting, which is announced as ever.
    assert.ok(lines.filter((text) => text === youHaveMessages).length <= 2);
    assert.deepEqual(
      mails().map((text) => text.slice(0, 40)),
      expected.map((text) => text.slice(0, 40)),
    );
    await quit(again);
    const third = await stage.client("bob");
    await sees(ana, /^>>> bob \S+ online$/);
    await deliver(["ana", ana], ["bob", third], "and then?");
    assert.deepEqual(timeless(third), [welcome, ">>> ana: and then?"]);
    assert.equal(timeless(ana).filter((text) => text === receipt).length, texts.length);
  });

  test("server and recipient dead: kept, 2.5 s, 69; at the next start the server has it; and the recipient then", async (t) => {
    const stage = await Stage.open(t);
    const first = await stage.server();
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    await killed(bob);
    await killed(first);
    const before = ana.lines.length;
    const watch = new Stopwatch(ana);
    ana.type("send bob to nobody yet");
    const mailed = await ana.line(noAck);
    watch.assertBetween(mailed, await ana.line(notResponding), 2200, 2800);
    assert.equal(await ana.exit(), 69);
    assert.deepEqual(
      ana.lines.slice(before).map(({ text }) => text),
      [noAck, ">>> [1 messages kept, sent when you are back.]", notResponding, exiting],
    );
    const second = await stage.server();
    const anaAgain = await stage.client("ana");
    const verdict = await anaAgain.line(/saved\]$/);
    assert.equal(verdict.text, saved);
    await second.line(">>> [Message for bob saved]");
    const bobAgain = await stage.client("bob");
    assert.deepEqual(await saidSoFar(bobAgain, 3), [welcome, youHaveMessages, lineOfMail("ana", "to nobody yet")]);
    await anaAgain.line(receiptOfBob);
    await sees(anaAgain, /^>>> bob \S+ online$/);
    await deliver(["ana", anaAgain], ["bob", bobAgain], "at last");
    assert.deepEqual(
      timeless(anaAgain).filter((text) => text === receipt || text === saved || text === received),
      [saved, receipt, received],
    );
  });

  test("--stay, server and recipient dead: the message waits without an end, and goes out when both are back", async (t) => {
    const stage = await Stage.open(t);
    const first = await stage.server();
    const ana = await stage.client("ana", { words: ["--stay"] });
    const bob = await stage.client("bob");
    await ana.line(tableUpdated);
    await killed(bob);
    await killed(first);
    ana.type("send bob with patience");
    await ana.line(noAck);
    await ana.line(">>> [1 messages kept, sent when you are back.]");
    await ana.line(notResponding);
    await stage.server();
    const bobAgain = await stage.client("bob");
    await bobAgain.line(/^>>> ana: (?:.* )?with patience$/);
    // By mail or directly, as it happens who is back first: one end.
    await ana.line(/^>>> \[(?:Offline Message sent at .* received by bob\.|Message received by bob\.)\]$/);
    await sees(ana, /^>>> bob \S+ online$/);
    await deliver(["ana", ana], ["bob", bobAgain], "again");
    assert.equal(said(bobAgain).filter((text) => text.endsWith("with patience")).length, 1);
    assert.ok(!said(ana).includes(exiting));
  });

  test("books of a newer version: one line and 73, left as they are; the older program's mail is still in them", async (t) => {
    const stage = await Stage.open(t);
    const data = stage.home("books");
    const first = await stage.server("--data", data);
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    await quit(bob);
    await sees(ana, /^>>> bob \S+ offline$/);
    ana.type("send bob for any version");
    await ana.line(saved);
    await quit(first);
    const books = join(data, "server.sqlite");
    const version = setVersion(books, 99);
    const refused = stage.start(["-s", String(stage.port), "--data", data], stage.home("server"));
    assert.equal(await refused.exit(), 73);
    assert.deepEqual(refused.lines, []);
    assert.equal(refused.errors.length, 1);
    assert.match(complaints(refused)[0] ?? "", /^udpchat: .*server\.sqlite was written by a newer udpchat\b.+$/);
    assert.equal(setVersion(books, version), 99);
    const second = await stage.server("--data", data);
    await second.line(registered);
    const bobAgain = await stage.client("bob");
    assert.deepEqual(await saidSoFar(bobAgain, 3), [welcome, youHaveMessages, lineOfMail("ana", "for any version")]);
  });
});

/** Gives the version that stood there. */
function setVersion(path: string, version: number): number {
  const database = new DatabaseSync(path);
  const found = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
  database.exec(`PRAGMA user_version = ${version}; PRAGMA wal_checkpoint(TRUNCATE)`);
  database.close();
  return found;
}
