// `send_all` at the real program: read by everybody else wherever they are, kept for those who are away, and read once.

import assert from "node:assert/strict";
import { suite, test } from "node:test";

import type { Program } from "../../scripts/program.ts";
import { complaints, deliver, gather, heard, sees, serverEvents, Stage, tableUpdated, welcome } from "./stage.ts";

const taken = ">>> [Message received by Server.]";
const mail = ">>> [You have messages]";

function live(from: string, text: string): string {
  return `>>> Channel_Message ${from}: ${text}`;
}

/** The line with its time of sending taken out, which has to lie between now and then. */
function timeless(line: string, sinceMs: number): string {
  const time = /^(>>> (?:Channel_Message )?[a-z]+: )(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) /.exec(line);
  if (time === null) return line;
  const [all, opening = "", shown = ""] = time;
  const atMs = Date.parse(shown.replace(" ", "T"));
  assert.ok(atMs >= sinceMs - 1000 && atMs <= Date.now() + 1000, line);
  return `${opening}<time> ${line.slice(all.length)}`;
}

async function tell(sender: Program, text: string): Promise<void> {
  sender.type(`send_all ${text}`);
  await sender.line(taken);
}

async function leave(client: Program): Promise<void> {
  client.type("dereg");
  assert.equal(await client.exit(), 0);
}

void suite("everybody", { concurrency: 3 }, () => {
  test("send_all is taken by the server and read by everybody else, in groups and outside", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const [ana, bob, eva, out] = await stage.clients("ana", "bob", "eva", "out");
    assert.ok(ana && bob && eva && out);
    await gather("lab", bob, eva);
    await tell(ana, " hello,  everybody");
    await out.line(live("ana", " hello,  everybody"));
    await tell(out, "Grüße 👩‍👩‍👧");
    await ana.line(live("out", "Grüße 👩‍👩‍👧"));
    for (const member of [bob, eva]) {
      await member.line(`>>> (lab) Channel_Message ana:  hello,  everybody`);
      await member.line(`>>> (lab) Channel_Message out: Grüße 👩‍👩‍👧`);
    }
    await deliver(["ana", ana], ["out", out], "done");
    assert.deepEqual(heard(ana), [welcome, taken, live("out", "Grüße 👩‍👩‍👧"), ">>> [Message received by out.]"]);
    assert.deepEqual(heard(out), [welcome, live("ana", " hello,  everybody"), taken, ">>> ana: done"]);
    assert.equal(heard(bob).length, 1 + 2 + 2);
    assert.equal(heard(eva).length, 1 + 1 + 2);
    // What it says is nobody's business: the server prints nothing of it.
    assert.deepEqual(serverEvents(server), [
      ">>> [Client bob created group lab successfully]",
      ">>> [Client bob joined group lab]",
      ">>> [Client eva joined group lab]",
    ]);
    assert.deepEqual(complaints(server), []);
  });

  test("kept for those who are away: read with the time of sending, in order, once, over a restart of the server", async (t) => {
    const stage = await Stage.open(t);
    const sinceMs = Date.now();
    const first = await stage.server();
    const [ana, bob, eva] = await stage.clients("ana", "bob", "eva");
    assert.ok(ana && bob && eva);
    await tell(ana, "before");
    await Promise.all([bob.line(live("ana", "before")), eva.line(live("ana", "before"))]);
    await leave(bob);
    await ana.line(tableUpdated);
    await tell(ana, "one");
    await tell(eva, "two");
    ana.type("send bob three");
    await ana.line(">>> [Messages received by the server and saved]");
    await tell(ana, "four");
    await eva.line(live("ana", "four"));
    first.kill("SIGKILL");
    await first.exit();
    const second = await stage.server();
    // Both are back, in whichever order: what is said from here on is no mail for them.
    for (const _ of [ana, eva]) await second.line(/^>>> \[Client \S+ registered from /);
    const again = await stage.client("bob");
    await again.line(/^>>> Channel_Message ana: \S+ \S+ four$/);
    await ana.line(/^>>> \[Offline Message sent at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d received by bob\.\]$/);
    await tell(ana, "five");
    await Promise.all([again.line(live("ana", "five")), eva.line(live("ana", "five"))]);
    assert.deepEqual(
      heard(again).map((line) => timeless(line, sinceMs)),
      [
        welcome,
        mail,
        ">>> Channel_Message ana: <time> one",
        ">>> Channel_Message eva: <time> two",
        ">>> ana: <time> three",
        ">>> Channel_Message ana: <time> four",
        live("ana", "five"),
      ],
    );
    await leave(again);
    const third = await stage.client("bob");
    await tell(eva, "six");
    await third.line(live("eva", "six"));
    assert.deepEqual(heard(third), [welcome, live("eva", "six")]);
    const read = (client: Program): readonly string[] =>
      heard(client).filter((line) => line.startsWith(live("ana", "")));
    assert.deepEqual(
      read(eva),
      ["before", "one", "four", "five"].map((text) => live("ana", text)),
    );
    assert.deepEqual(read(ana), []);
  });

  test("taken, and the server killed at once: whoever was here reads it once when the server is back", async (t) => {
    const stage = await Stage.open(t);
    const sinceMs = Date.now();
    const first = await stage.server();
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    await tell(ana, "one");
    first.kill("SIGKILL");
    await first.exit();
    const second = await stage.server();
    await second.line(/^>>> \[Client bob registered from /);
    await tell(ana, "two");
    await bob.line(/^>>> Channel_Message ana: .*two$/);
    // What a server of before took reads as mail, unless it was handed over in time.
    const texts = heard(bob).map((line) => timeless(line, sinceMs).replace("<time> ", ""));
    assert.deepEqual(
      texts.filter((line) => line !== mail),
      [welcome, live("ana", "one"), live("ana", "two")],
    );
  });

  test("one that was killed reads what it missed, once; who comes for the first time reads nothing of before", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const sinceMs = Date.now();
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    await tell(ana, "before");
    await bob.line(live("ana", "before"));
    bob.kill("SIGKILL");
    await bob.exit();
    await tell(ana, "missed");
    const eva = await stage.client("eva");
    await sees(eva, /^>>> bob 127\.0\.0\.1:\d+ (?:online|offline)$/);
    await tell(ana, "after");
    await eva.line(live("ana", "after"));
    const again = await stage.client("bob");
    await again.line(/^>>> Channel_Message ana: .*after$/);
    const texts = heard(again).map((line) => timeless(line, sinceMs).replace("<time> ", ""));
    assert.deepEqual(
      texts.filter((line) => line.startsWith(">>> Channel_Message")),
      [live("ana", "missed"), live("ana", "after")],
    );
    assert.deepEqual(
      heard(eva).filter((line) => line.startsWith(">>> Channel_Message")),
      [live("ana", "after")],
    );
    assert.deepEqual(complaints(server), []);
  });

  test("without a mailbox it reaches those who are here, and is kept for nobody", async (t) => {
    const stage = await Stage.open(t);
    await stage.server("--no-mailbox");
    const [ana, bob, eva] = await stage.clients("ana", "bob", "eva");
    assert.ok(ana && bob && eva);
    await leave(bob);
    await ana.line(tableUpdated);
    await tell(ana, "not for bob");
    await eva.line(live("ana", "not for bob"));
    const again = await stage.client("bob");
    await tell(ana, "for bob");
    await again.line(live("ana", "for bob"));
    assert.deepEqual(heard(again), [welcome, live("ana", "for bob")]);
  });

  test("three send 20 each and one 60,000 characters at once: each sender's in order, intact, at everybody else", async (t) => {
    const stage = await Stage.open(t);
    await stage.server();
    const names = ["ana", "bob", "eva"] as const;
    const clients = await stage.clients(...names);
    const long = Array.from({ length: 10_000 }, (_, i) => String(i).padStart(6, "0")).join("");
    const texts = [...Array.from({ length: 20 }, (_, i) => `message ${i + 1}`), long, "last"];
    for (const text of texts) for (const client of clients) client.type(`send_all ${text}`);
    for (const [at, client] of clients.entries()) {
      while (heard(client).length < 1 + names.length * texts.length) await client.line(/./);
      for (const [from, name] of names.entries()) {
        assert.deepEqual(
          heard(client).filter((line) => line.startsWith(live(name, ""))),
          from === at ? [] : texts.map((text) => live(name, text)),
        );
      }
      assert.equal(heard(client).filter((line) => line === taken).length, texts.length);
    }
  });
});
