// Going and coming back: what `reg` prints, in which order, what is kept for whom is away, and `dereg` from a group.

import assert from "node:assert/strict";
import { suite, test } from "node:test";

import { answer, bye, complaints, deliver, gather, said, sees, Stage, tableUpdated, welcome } from "./stage.ts";

const saved = ">>> [Messages received by the server and saved]";
const mail = ">>> [You have messages]";
const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`;

void suite("stay", { concurrency: 3 }, () => {
  test("reg prints the welcome, the table, the mail and then the receipts, as a start does", async (t) => {
    const stage = await Stage.open(t);
    await stage.server();
    const ana = await stage.client("ana", { words: ["--stay"] });
    const bob = await stage.client("bob", { words: ["--stay"] });
    await ana.line(tableUpdated);
    bob.type("dereg bob");
    await bob.line(bye);
    await sees(ana, /^>>> bob \S+ offline$/);
    ana.type("send bob for bob");
    await ana.line(saved);
    ana.type("dereg ana");
    await ana.line(bye);
    bob.type("reg bob");
    await bob.line(new RegExp(`^>>> ana: ${time} for bob$`));
    bob.type("send ana for ana");
    bob.type("send ana and more");
    await bob.line(saved);
    await bob.line(saved);
    const before = ana.lines.length;
    ana.type("reg");
    await ana.line(new RegExp(String.raw`^>>> \[Offline Message sent at ${time} received by bob\.\]$`));
    for (const _ of [1, 2])
      await bob.line(new RegExp(String.raw`^>>> \[Offline Message sent at ${time} received by ana\.\]$`));
    const lines = ana.lines.slice(before).map(({ text }) => text.replace(new RegExp(time), "<time>"));
    assert.deepEqual(lines.slice(0, 3), [welcome, tableUpdated, mail]);
    assert.deepEqual(
      lines.slice(3).filter((text) => text !== tableUpdated),
      [">>> bob: <time> for ana", ">>> bob: <time> and more", ">>> [Offline Message sent at <time> received by bob.]"],
    );
    // A start reads the same, and nothing of it comes twice.
    ana.type("quit");
    assert.equal(await ana.exit(), 0);
    const again = await stage.client("ana");
    await deliver(["ana", again], ["bob", bob], "nothing left");
    assert.deepEqual(said(again), [welcome, ">>> [Message received by bob.]"]);
    assert.equal(said(bob).filter((text) => text === mail).length, 1);
    assert.deepEqual([complaints(ana), complaints(bob)], [[], []]);
  });

  test("receipts alone do not announce mail", async (t) => {
    const stage = await Stage.open(t);
    await stage.server();
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    bob.type("quit");
    assert.equal(await bob.exit(), 0);
    await sees(ana, /^>>> bob \S+ offline$/);
    ana.type("send bob for later");
    await ana.line(saved);
    ana.type("quit");
    assert.equal(await ana.exit(), 0);
    const bobAgain = await stage.client("bob");
    await bobAgain.line(new RegExp(`^>>> ana: ${time} for later$`));
    bobAgain.type("quit");
    assert.equal(await bobAgain.exit(), 0);
    const anaAgain = await stage.client("ana");
    await anaAgain.line(new RegExp(String.raw`^>>> \[Offline Message sent at ${time} received by bob\.\]$`));
    assert.equal(said(anaAgain).length, 2);
  });

  test("dereg in a group leaves it: what was kept is shown, then offline; reg comes back outside", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const ana = await stage.client("ana", { words: ["--stay"] });
    const bob = await stage.client("bob");
    await ana.line(tableUpdated);
    await gather("lab", ana);
    bob.type("send ana in private");
    await bob.line(">>> [Message received by ana.]");
    await ana.line(">>> (lab) [Private message from bob, shown when you leave.]");
    const before = said(ana).length;
    ana.type("dereg");
    await ana.line(/\[You are Offline\. Bye\.\]$/);
    assert.equal(said(ana)[before], ">>> bob: in private");
    await server.line(">>> [Client ana deregistered]");
    bob.type("join_group lab");
    bob.type("list_members");
    await bob.line(">>> (lab) [Members in the group lab:]");
    await bob.line(">>> (lab) bob");
    ana.type("reg");
    await ana.line(welcome);
    await ana.line(tableUpdated);
    ana.type("leave_group");
    await ana.line(">>> [Invalid command]");
    bob.type("list_members");
    bob.type("leave_group");
    await bob.line(">>> [Leave group chat lab]");
    assert.ok(!said(bob).includes(">>> (lab) ana"));
  });

  test("--no-mailbox: not delivered, at once for whoever is offline, and never sent again", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server("--no-mailbox");
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    bob.kill("SIGKILL");
    await bob.exit();
    const notDelivered = ">>> [No ACK from bob, message not delivered]";
    ana.type("send bob one");
    await ana.line(notDelivered);
    await server.line(">>> [Client bob offline: no answer]");
    await sees(ana, /^>>> bob \S+ offline$/);
    ana.type("send bob two");
    await ana.line(notDelivered);
    // At once: whoever is offline is not even called.
    assert.deepEqual(
      (await answer(ana, "why")).map((line) => line.replace(/\d+\.\d ms/, "<time>")),
      [">>> [Message 2 to bob, 3 bytes: not delivered]", ">>> [<time>: not delivered]"],
    );
    const again = await stage.client("bob");
    await sees(ana, /^>>> bob \S+ online$/);
    await deliver(["ana", ana], ["bob", again], "three");
    assert.deepEqual(said(again), [welcome, ">>> ana: three"]);
    assert.ok(!said(ana).some((text) => /saved\]|exists!!|sent to server/.test(text)));
    assert.ok(!said(server).some((text) => text.includes("saved")));
  });
});
