// A client dies without a word (kill -9): everybody finds out, and its owner comes back.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Relay } from "./relay.ts";
import { answer, deliver, said, sees, Stage, tableUpdated, welcome } from "./stage.ts";
import { Stopwatch } from "./stopwatch.ts";

const noAck = ">>> [No ACK from eva, message not delivered]";

function tableLines(lines: readonly { readonly text: string }[]): readonly string[] {
  return lines
    .map(({ text }) => text)
    .filter((text) => / (online|offline)$/.test(text))
    .map((text) => text.replace(/127\.0\.0\.1:\d+/, "…"));
}

test("somebody writes to one who was killed: the verdict, the server's word, the tables, and its owner back", async (t) => {
  const stage = await Stage.open(t);
  const server = await stage.server("--no-mailbox");
  const [ana, bob, eva] = await stage.clients("ana", "bob", "eva");
  assert.ok(ana && bob && eva);
  await deliver(["ana", ana], ["eva", eva], "are you there?");
  eva.kill("SIGKILL");
  assert.equal(await eva.exit(), "SIGKILL");
  const watch = new Stopwatch(ana);
  const typedAt = ana.type("send eva and now?");
  // On a path that a busy machine makes slow the verdict takes longer, up to 3 s.
  watch.assertBetween(typedAt, await ana.line(noAck), 500, 3300);
  await server.line(">>> [Client eva offline: no answer]");
  await Promise.all([ana.line(tableUpdated), bob.line(tableUpdated)]);
  bob.type("clients");
  await bob.line(/^>>> eva /);
  assert.deepEqual(tableLines(bob.lines), [">>> ana … online", ">>> bob … online", ">>> eva … offline"]);
  server.type("clients");
  await server.line(/^>>> eva .* offline$/);
  // At once: whoever is away is not even called.
  ana.type("send eva hello?");
  await ana.line(noAck);
  const why = await answer(ana, "why");
  assert.deepEqual(
    why.map((line) => line.replace(/\d+\.\d ms/, "<time>")),
    [">>> [Message 3 to eva, 6 bytes: not delivered]", ">>> [<time>: not delivered]"],
  );

  const again = await stage.client("eva");
  await Promise.all([ana.line(tableUpdated), bob.line(tableUpdated)]);
  await deliver(["ana", ana], ["eva", again], "welcome back");
  await deliver(["eva", again], ["bob", bob], "here I am");
  assert.deepEqual(said(again), [welcome, ">>> ana: welcome back", ">>> [Message received by bob.]"]);
  assert.deepEqual(
    said(ana).filter((line) => !why.includes(line)),
    [
      welcome,
      ">>> [Message received by eva.]",
      noAck,
      noAck,
      ">>> [Invalid command]",
      ">>> [Message received by eva.]",
    ],
  );
  assert.equal(server.lines.filter(({ text }) => text.endsWith("offline: no answer]")).length, 1);
});

test("its owner is back at once, from another port, while the server still takes the dead one for alive", async (t) => {
  const stage = await Stage.open(t);
  const server = await stage.server();
  const [ana, eva] = await stage.clients("ana", "eva");
  assert.ok(ana && eva);
  await deliver(["ana", ana], ["eva", eva], "one");
  await deliver(["eva", eva], ["ana", ana], "two");
  eva.kill("SIGKILL");
  await eva.exit();
  const relay = await Relay.open(t, stage.port);
  const again = stage.join("eva", { port: relay.port });
  const watch = new Stopwatch(again);
  await again.line(tableUpdated);
  const [call] = relay.passed;
  assert.ok(call && again.lines[0]);
  // The server asks the dead one for the time of a verdict, which is 3 s at most where the path is slow.
  watch.assertBetween(call.atMs, again.lines[0], 500, 3300);
  const registered = /^>>> \[Client eva registered from 127\.0\.0\.1:(\d+)\]$/;
  const [oldPort, newPort] = [
    registered.exec((await server.line(registered)).text)?.[1],
    registered.exec((await server.line(registered)).text)?.[1],
  ];
  assert.notEqual(newPort, oldPort);
  await sees(ana, new RegExp(`^>>> eva 127\\.0\\.0\\.1:${newPort} online$`));
  const seenAt = said(ana).length;
  await deliver(["ana", ana], ["eva", again], "three");
  await deliver(["eva", again], ["ana", ana], "four");
  assert.deepEqual(said(again), [welcome, ">>> ana: three", ">>> [Message received by ana.]"]);
  assert.deepEqual(said(ana).slice(seenAt), [">>> [Message received by eva.]", ">>> eva: four"]);
  assert.equal(said(ana).filter((text) => text === ">>> eva: two").length, 1);
});
