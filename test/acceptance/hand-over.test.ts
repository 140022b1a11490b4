// The recipient turned out to be there: the server hands the message over. And what goes by mail and what goes directly
// are shown in one order, once each.

import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";

import type { Program } from "../../scripts/program.ts";
import { Relay } from "./relay.ts";
import { complaints, deliver, linesSince, readUntil, said, sees, Stage, tableUpdated, welcome } from "./stage.ts";

const saved = ">>> [Messages received by the server and saved]";
const youHaveMessages = ">>> [You have messages]";
const noAck = ">>> [No ACK from bob, message sent to server.]";
const exists = ">>> [Client bob exists!!]";
const received = ">>> [Message received by bob.]";
const time = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/;

/** A client behind a relay. */
async function behindRelay(t: TestContext, stage: Stage, name: string): Promise<readonly [Program, Relay]> {
  const relay = await Relay.open(t, stage.port);
  return [await stage.client(name, { port: relay.port }), relay];
}

void suite("hand-over", { concurrency: 3 }, () => {
  test("the recipient is there for the server alone: exists, the table, received; shown once, as a direct message", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const [bob, bobsRelay] = await behindRelay(t, stage, "bob");
    const [ana, anasRelay] = await behindRelay(t, stage, "ana");
    await sees(bob, /^>>> ana \S+ online$/);
    for (const relay of [bobsRelay, anasRelay]) relay.admits = (_, from) => from === stage.port;
    const [news, toBob] = [linesSince(ana), said(bob).length];
    ana.type("send bob round the corner");
    await bob.line(">>> ana: round the corner");
    await ana.line(received);
    assert.deepEqual(
      news().filter((text) => text !== tableUpdated),
      [noAck, exists, received],
    );
    // The line of a fresh table follows.
    await readUntil(ana, () => news().lastIndexOf(tableUpdated) > news().indexOf(exists));
    // In the group, too, it is a message like any other: kept, and shown as a direct one.
    bob.type("create_group lab");
    bob.type("join_group lab");
    await bob.line(/\[Entered group lab successfully\]$/);
    ana.type("send bob for later");
    await ana.line(exists);
    await ana.line(received);
    await bob.line(">>> (lab) [Private message from ana, shown when you leave.]");
    bob.type("leave_group");
    await bob.line(">>> ana: for later");
    // The way is free again: nothing comes a second time, and what follows goes directly.
    for (const relay of [bobsRelay, anasRelay]) relay.admits = () => true;
    for (;;) {
      ana.type("send bob still there?");
      const { text } = await ana.line(/^>>> \[(?:Message received by bob|Client bob exists)/);
      if (text === received) break;
      await ana.line(received);
    }
    await bob.line(">>> ana: still there?");
    const shown = said(bob).slice(toBob);
    for (const text of ["round the corner", "for later"])
      assert.equal(shown.filter((line) => line.endsWith(text)).length, 1, text);
    assert.ok(!said(bob).includes(youHaveMessages));
    assert.ok(![...said(server), ...said(ana)].some((text) => text.endsWith("saved]")));
    assert.ok(!said(server).some((text) => text.endsWith("[Client bob offline: no answer]")));
    assert.deepEqual([complaints(ana), complaints(bob), complaints(server)], [[], [], []]);
  });

  test("the recipient stood still for just longer than a verdict: both ways bring the message, and it is shown once", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const bob = await stage.client("bob");
    const ana = await stage.client("ana", { words: ["--ack-timeout", "100"] });
    await sees(bob, /^>>> ana \S+ online$/);
    await deliver(["ana", ana], ["bob", bob], "a path");
    const [toAna, toBob] = [said(ana).length, said(bob).length];
    bob.kill("SIGSTOP");
    ana.type("send bob one");
    ana.type("send bob two");
    await ana.line(noAck);
    await ana.line(noAck);
    bob.kill("SIGCONT");
    await bob.line(">>> ana: two");
    await ana.line(received);
    await ana.line(received);
    await deliver(["bob", bob], ["ana", ana], "what is it?");
    await deliver(["ana", ana], ["bob", bob], "three");
    assert.deepEqual(
      said(bob)
        .slice(toBob)
        .filter((text) => text.startsWith(">>> ana: ")),
      [">>> ana: one", ">>> ana: two", ">>> ana: three"],
    );
    const verdicts = said(ana)
      .slice(toAna)
      .filter((text) => text !== exists && !text.startsWith(">>> bob: "));
    assert.deepEqual(verdicts, [noAck, noAck, received, received, received]);
    assert.ok(!said(server).some((text) => text.includes("saved]") || text.includes("offline")));
  });

  test("message 1 by mail and message 2 direct: the second waits for the first, whose mail takes its time", async (t) => {
    const stage = await Stage.open(t);
    await stage.server();
    const ana = await stage.client("ana");
    const [bob, relay] = await behindRelay(t, stage, "bob");
    await sees(ana, /^>>> bob \S+ online$/);
    bob.kill("SIGKILL");
    await bob.exit();
    ana.type(`send bob one ${"x".repeat(60_000)}`);
    await ana.line(saved);
    // Of what is long, the server gets through to him as much as a registration takes, and a piece of the letter.
    let longOnes = 0;
    let isOpen = false;
    relay.admits = (bytes, from) => isOpen || from !== stage.port || bytes.length < 600 || ++longOnes <= 15;
    const again = await stage.client("bob", { port: relay.port });
    await sees(ana, /^>>> bob \S+ online$/);
    ana.type("send bob two");
    ana.type("send bob three");
    await ana.line(received);
    await ana.line(received);
    assert.ok(longOnes > 15);
    assert.deepEqual(said(again), [welcome]);
    isOpen = true;
    await again.line(">>> ana: three");
    const lines = said(again).map((text) => text.replace(time, "<time>").replace(/x+$/, "x"));
    assert.deepEqual(lines, [welcome, youHaveMessages, ">>> ana: <time> one x", ">>> ana: two", ">>> ana: three"]);
    await ana.line(/^>>> \[Offline Message sent at .* received by bob\.\]$/);
  });
});
