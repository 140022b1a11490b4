// Mail from the keyboard: what is sent to people who are away or silent, what they read on coming back, and what their
// senders read then.

import assert from "node:assert/strict";
import { suite, test } from "node:test";

import { serve } from "#library";

import type { Program } from "../../scripts/program.ts";
import { bye, complaints, deliver, linesSince, readUntil, said, sees, Stage, tableUpdated, welcome } from "./stage.ts";

const saved = ">>> [Messages received by the server and saved]";
const youHaveMessages = ">>> [You have messages]";
const noAckFromBob = ">>> [No ACK from bob, message sent to server.]";
const messageForBob = ">>> [Message for bob saved]";
const received = ">>> [Message received by bob.]";
const time = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/;
const receiptOfBob = /^>>> \[Offline Message sent at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d received by bob\.\]$/;

/** Lines without the times in them. */
function timeless(lines: readonly string[]): readonly string[] {
  return lines.map((text) => text.replace(time, "<time>"));
}

function lineOfMail(from: string, text: string): string {
  return `>>> ${from}: <time> ${text}`;
}

const receipt = ">>> [Offline Message sent at <time> received by bob.]";

async function quit(...programs: readonly Program[]): Promise<void> {
  for (const program of programs) program.type("quit");
  for (const program of programs) assert.equal(await program.exit(), 0);
}

async function killed(program: Program): Promise<void> {
  program.kill("SIGKILL");
  assert.equal(await program.exit(), "SIGKILL");
}

/** Sends to somebody the table says is offline; done when the server has it. */
async function mail(sender: Program, to: string, text: string): Promise<void> {
  sender.type(`send ${to} ${text}`);
  await sender.line(saved);
}

/** Waits until a client has printed so many lines besides table lines; gives them without their times. */
async function saidSoFar(program: Program, count: number): Promise<readonly string[]> {
  while (said(program).length < count) await program.line(/./);
  return timeless(said(program));
}

void suite("mail", { concurrency: 3 }, () => {
  test("to somebody the table says is offline: no wait, no No ACK line, saved; read in the server's order; receipts", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const [ana, eva, bob] = await stage.clients("ana", "eva", "bob");
    assert.ok(ana && eva && bob);
    await quit(bob);
    for (const client of [ana, eva]) await sees(client, /^>>> bob \S+ offline$/);
    const before = [said(ana).length, said(eva).length];
    const startedAtMs = Date.now();
    for (const [sender, text] of [
      [ana, "one"],
      [eva, "two  with   spaces "],
      [ana, "three"],
      [eva, "four"],
    ] as const) {
      await mail(sender, "bob", text);
      await server.line(messageForBob);
    }
    const news = [linesSince(ana), linesSince(eva)];
    const again = await stage.client("bob");
    assert.deepEqual(await saidSoFar(again, 6), [
      welcome,
      youHaveMessages,
      lineOfMail("ana", "one"),
      lineOfMail("eva", "two  with   spaces "),
      lineOfMail("ana", "three"),
      lineOfMail("eva", "four"),
    ]);
    assert.deepEqual(
      again.lines.slice(0, 3).map(({ text }) => text),
      [welcome, tableUpdated, youHaveMessages],
    );
    const shownAtMs = new Date(time.exec(said(again)[2] ?? "")?.[0] ?? "").getTime();
    assert.ok(shownAtMs > startedAtMs - 1000 && shownAtMs <= Date.now(), `${said(again)[2]}`);
    for (const [i, sender] of [ana, eva].entries()) {
      await sender.line(receiptOfBob);
      await sender.line(receiptOfBob);
      // Its table has him online: what goes to him goes directly.
      await readUntil(sender, () => news[i]?.().includes(tableUpdated) === true);
      await deliver([i === 0 ? "ana" : "eva", sender], ["bob", again], "welcome back");
      const lines = timeless(said(sender)).slice(before[i]);
      assert.deepEqual(lines, [saved, saved, receipt, receipt, received]);
    }
    await quit(again);
    const third = await stage.client("bob");
    await deliver(["ana", ana], ["bob", third], "nothing is left");
    assert.deepEqual(said(third), [welcome, ">>> ana: nothing is left"]);
    assert.deepEqual([complaints(ana), complaints(again), complaints(server)], [[], [], []]);
  });

  test("to one who was killed: No ACK and sent to server, saved, the tables; the next one goes straight to the server", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const [ana, eva, bob] = await stage.clients("ana", "eva", "bob");
    assert.ok(ana && eva && bob);
    await deliver(["ana", ana], ["bob", bob], "are you there?");
    await killed(bob);
    const before = said(ana).length;
    ana.type("send bob one");
    await ana.line(noAckFromBob);
    await ana.line(saved);
    const words = [await server.line(/^>>> \[(?:Client bob offline|Message for bob)/), await server.line(/^>>> \[/)];
    assert.deepEqual(
      new Set(words.map(({ text }) => text)),
      new Set([">>> [Client bob offline: no answer]", messageForBob]),
    );
    for (const client of [ana, eva]) await sees(client, /^>>> bob \S+ offline$/);
    await mail(ana, "bob", "two");
    await server.line(messageForBob);
    const verdicts = said(ana)
      .slice(before)
      .filter((text) => /\bbob,|saved\]$/.test(text));
    assert.deepEqual(verdicts, [noAckFromBob, saved, saved]);
    const again = await stage.client("bob");
    assert.deepEqual(await saidSoFar(again, 4), [
      welcome,
      youHaveMessages,
      lineOfMail("ana", "one"),
      lineOfMail("ana", "two"),
    ]);
    await ana.line(receiptOfBob);
    await ana.line(receiptOfBob);
    await deliver(["ana", ana], ["bob", again], "three");
    assert.equal(said(again).length, 5);
  });

  test("receipts are kept for a sender who was away; at its start welcome, table, mail, receipts; receipts alone are no mail", async (t) => {
    const stage = await Stage.open(t);
    await stage.server();
    const [ana, eva, bob] = await stage.clients("ana", "eva", "bob");
    assert.ok(ana && eva && bob);
    await quit(bob);
    for (const client of [ana, eva]) await sees(client, /^>>> bob \S+ offline$/);
    await mail(ana, "bob", "from ana");
    await mail(eva, "bob", "from eva");
    // One says goodbye and the other does not.
    await quit(ana);
    await killed(eva);
    const again = await stage.client("bob");
    assert.deepEqual((await saidSoFar(again, 4)).slice(2), [
      lineOfMail("ana", "from ana"),
      lineOfMail("eva", "from eva"),
    ]);
    await mail(again, "ana", "back to ana");
    await quit(again);
    const anaAgain = await stage.client("ana");
    assert.deepEqual(await saidSoFar(anaAgain, 4), [
      welcome,
      youHaveMessages,
      lineOfMail("bob", "back to ana"),
      receipt,
    ]);
    assert.equal(anaAgain.lines[1]?.text, tableUpdated);
    const evaAgain = await stage.client("eva");
    assert.deepEqual(await saidSoFar(evaAgain, 2), [welcome, receipt]);
  });

  test("quit behind a send to one who was killed waits until it is saved; the receipt comes at the next start", async (t) => {
    const stage = await Stage.open(t);
    await stage.server();
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    await killed(bob);
    const before = said(ana).length;
    ana.write("send bob one\nsend bob two\nquit\n");
    assert.equal(await ana.exit(), 0);
    assert.deepEqual(said(ana).slice(before, -1).toSorted(), [noAckFromBob, noAckFromBob, saved, saved].toSorted());
    assert.equal(said(ana).at(-1), bye);
    const bobAgain = await stage.client("bob");
    assert.deepEqual((await saidSoFar(bobAgain, 4)).slice(2), [lineOfMail("ana", "one"), lineOfMail("ana", "two")]);
    const anaAgain = await stage.client("ana");
    assert.deepEqual(await saidSoFar(anaAgain, 3), [welcome, receipt, receipt]);
  });

  test("who leaves with mail pending has it at the next start, all of it once and in order", async (t) => {
    const stage = await Stage.open(t);
    await stage.server();
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    await quit(bob);
    await sees(ana, /^>>> bob \S+ offline$/);
    const texts = Array.from({ length: 200 }, (_, i) => `letter ${i}`);
    ana.write(texts.map((text) => `send bob ${text}\n`).join(""));
    for (const _ of texts) await ana.line(saved);
    const lives: Program[] = [];
    // Leaves at its first table, then at its first letter, then stays.
    const first = stage.join("bob");
    lives.push(first);
    await quit(first);
    const second = await stage.client("bob");
    lives.push(second);
    second.type("dereg");
    assert.equal(await second.exit(), 0);
    const third = await stage.client("bob");
    lives.push(third);
    for (const _ of texts) await ana.line(receiptOfBob);
    await deliver(["ana", ana], ["bob", third], "the end");
    const shown = lives.flatMap((life) => timeless(said(life)).filter((text) => text.startsWith(">>> ana: ")));
    assert.deepEqual(shown, [...texts.map((text) => lineOfMail("ana", text)), ">>> ana: the end"]);
  });

  test("64 KiB by mail come whole", async (t) => {
    const stage = await Stage.open(t);
    await stage.server();
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    await killed(bob);
    const text = Array.from({ length: 10_000 }, (_, i) => String(i * 7919))
      .join("ж")
      .slice(0, 52_000);
    const long = text + "x".repeat(65_536 - Buffer.byteLength(text));
    ana.type(`send bob ${long}`);
    await ana.line(noAckFromBob);
    await ana.line(saved);
    await mail(ana, "bob", "short");
    const again = await stage.client("bob");
    const lines = await saidSoFar(again, 4);
    assert.ok(lines[2] === lineOfMail("ana", long), `${lines[2]?.length} characters`);
    assert.equal(lines[3], lineOfMail("ana", "short"));
    await ana.line(receiptOfBob);
    await ana.line(receiptOfBob);
  });

  test("mail is bound to the key: who gets the name later does not get it, its old owner does", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    await quit(bob);
    await sees(ana, /^>>> bob \S+ offline$/);
    await mail(ana, "bob", "for the first bob");
    server.type("release bob");
    await server.line(">>> [Name bob is free.]");
    const other = await stage.client("bob", { home: stage.home("other") });
    const eva = await stage.client("eva");
    await other.line(tableUpdated);
    await deliver(["eva", eva], ["bob", other], "who are you?");
    await quit(other);
    const otherAgain = await stage.client("bob", { home: stage.home("other") });
    await sees(eva, /^>>> bob \S+ online$/);
    await deliver(["eva", eva], ["bob", otherAgain], "still you?");
    for (const program of [other, otherAgain]) assert.ok(!said(program).includes(youHaveMessages));
    assert.ok(!timeless(said(ana)).includes(receipt));
    await quit(otherAgain);
    server.type("release bob");
    await server.line(">>> [Name bob is free.]");
    const owner = await stage.client("bob");
    assert.deepEqual(await saidSoFar(owner, 3), [welcome, youHaveMessages, lineOfMail("ana", "for the first bob")]);
    await ana.line(receiptOfBob);
  });

  test("a mailbox that is full refuses with its reason, keeps what it has, and takes mail again once it is read", async (t) => {
    const stage = await Stage.open(t);
    const events: string[] = [];
    const server = await serve({
      port: stage.port,
      folder: stage.home("server"),
      hasMailbox: true,
      limits: { mailboxBytes: 40_000, senderBytes: 40_000, strangerBytes: 40_000 },
      onLine: (line) => events.push(line),
    });
    t.after(() => server.close());
    const [ana, eva, bob] = await stage.clients("ana", "eva", "bob");
    assert.ok(ana && eva && bob);
    await deliver(["bob", bob], ["ana", ana], "we know each other");
    await quit(bob);
    for (const client of [ana, eva]) await sees(client, /^>>> bob \S+ offline$/);
    await mail(ana, "bob", `one ${"x".repeat(16_000)}`);
    await mail(eva, "bob", `two ${"x".repeat(16_000)}`);
    for (const sender of [ana, eva]) {
      sender.type(`send bob too much ${"x".repeat(16_000)}`);
      const { text } = await sender.line(/^>>> \[Refused: [^\]]+\]$/);
      assert.match(text, /full/);
    }
    assert.equal(events.filter((line) => line === "[Message for bob saved]").length, 2);
    const again = await stage.client("bob");
    const lines = await saidSoFar(again, 4);
    assert.deepEqual(
      lines.slice(2).map((text) => text.slice(0, 24)),
      [">>> ana: <time> one xxxx", ">>> eva: <time> two xxxx"],
    );
    await ana.line(receiptOfBob);
    await eva.line(receiptOfBob);
    await quit(again);
    await sees(ana, /^>>> bob \S+ offline$/);
    await mail(ana, "bob", `three ${"x".repeat(16_000)}`);
    const third = await stage.client("bob");
    assert.match((await saidSoFar(third, 3))[2] ?? "", /^>>> ana: <time> three x+$/);
  });
});
