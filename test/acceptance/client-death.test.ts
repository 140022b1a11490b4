// A client dies without a word (kill -9): everybody finds out, and its owner comes back.

import assert from "node:assert/strict";
import { test } from "node:test";

import { deliver, said, sees, Stage, tableUpdated, welcome } from "./stage.ts";

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
  const typedAt = ana.type("send eva and now?");
  const verdict = await ana.line(noAck);
  const waitedMs = verdict.atMs - typedAt;
  assert.ok(waitedMs >= 500 && waitedMs <= 1000, `${waitedMs} ms`);
  await server.line(">>> [Client eva offline: no answer]");
  await Promise.all([ana.line(tableUpdated), bob.line(tableUpdated)]);
  bob.type("clients");
  await bob.line(/^>>> eva /);
  assert.deepEqual(tableLines(bob.lines), [">>> ana … online", ">>> bob … online", ">>> eva … offline"]);
  server.type("clients");
  await server.line(/^>>> eva .* offline$/);
  const toldAt = ana.type("send eva hello?");
  assert.ok((await ana.line(noAck)).atMs - toldAt < 250);

  const again = await stage.client("eva");
  await Promise.all([ana.line(tableUpdated), bob.line(tableUpdated)]);
  await deliver(["ana", ana], ["eva", again], "welcome back");
  await deliver(["eva", again], ["bob", bob], "here I am");
  assert.deepEqual(said(again), [welcome, ">>> ana: welcome back", ">>> [Message received by bob.]"]);
  assert.deepEqual(said(ana), [
    welcome,
    ">>> [Message received by eva.]",
    noAck,
    noAck,
    ">>> [Message received by eva.]",
  ]);
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
  const again = await stage.client("eva");
  const registered = /^>>> \[Client eva registered from 127\.0\.0\.1:(\d+)\]$/;
  const [oldPort, newPort] = [
    registered.exec((await server.line(registered)).text)?.[1],
    registered.exec((await server.line(registered)).text)?.[1],
  ];
  assert.notEqual(newPort, oldPort);
  const startedAt = again.lines[0]?.atMs ?? Number.POSITIVE_INFINITY;
  assert.ok(startedAt - again.startedAtMs < 2500, `${startedAt - again.startedAtMs} ms`);
  await sees(ana, new RegExp(`^>>> eva 127\\.0\\.0\\.1:${newPort} online$`));
  const seenAt = said(ana).length;
  await deliver(["ana", ana], ["eva", again], "three");
  await deliver(["eva", again], ["ana", ana], "four");
  assert.deepEqual(said(again), [welcome, ">>> ana: three", ">>> [Message received by ana.]"]);
  assert.deepEqual(said(ana).slice(seenAt), [">>> [Message received by eva.]", ">>> eva: four"]);
  assert.equal(said(ana).filter((text) => text === ">>> eva: two").length, 1);
});
