// Three real clients and a server talk: every direction, oneself, and what people type that is no message.

import assert from "node:assert/strict";
import { suite, test } from "node:test";

import { bye, complaints, deliver, said, Stage, welcome } from "./stage.ts";

const invalid = ">>> [Invalid command]";
const usage = ">>> [Usage: send <name> <message>]";

/** What is typed, and the lines it is answered with. */
const answered: readonly (readonly [string, readonly string[]])[] = [
  ["", []],
  ["   ", []],
  ["send", [usage]],
  ["send y", [usage]],
  ["send bob", [usage]],
  ["send bob ", [usage]],
  ["send zoe hi", [">>> [No such client: zoe]"]],
  ["send ../x hi", [">>> [Not a usable name: ../x]"]],
  ["SEND bob hi", [invalid]],
  ["Send bob hi", [invalid]],
  ["nonsense", [invalid]],
  ["sendbob hi", [invalid]],
  ["clients now", [">>> [Usage: clients]"]],
  ["trust", [">>> [Usage: trust <name>]"]],
  ["trust zoe", [">>> [No such client: zoe]"]],
  ["dereg bob", [">>> [You can only deregister yourself.]"]],
  ["reg", [">>> [You are already registered.]"]],
  ["reg bob", [">>> [You can only register yourself.]"]],
];

void suite("talk", { concurrency: true }, () => {
  test("three clients reach each other in all six directions, and each reads that it arrived", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const names = ["ana", "bob", "eva"] as const;
    const programs = await stage.clients(...names);
    const all = programs.map((program, i) => [names[i] ?? "", program] as const);
    for (const sender of all) {
      for (const recipient of all) {
        if (sender !== recipient) await deliver(sender, recipient, `from ${sender[0]} to ${recipient[0]}`);
      }
    }
    const got = (from: string, to: string): string => `>>> ${from}: from ${from} to ${to}`;
    const received = (name: string): string => `>>> [Message received by ${name}.]`;
    const [ana, bob, eva] = programs.map(said);
    assert.deepEqual(ana, [welcome, received("bob"), received("eva"), got("bob", "ana"), got("eva", "ana")]);
    assert.deepEqual(bob, [welcome, got("ana", "bob"), received("ana"), received("eva"), got("eva", "bob")]);
    assert.deepEqual(eva, [welcome, got("ana", "eva"), got("bob", "eva"), received("ana"), received("bob")]);
    for (const program of programs) {
      program.type("dereg");
      await program.line(bye);
      assert.equal(await program.exit(), 0);
      assert.deepEqual(complaints(program), []);
    }
    await server.line(">>> [Client eva deregistered]");
    const events = said(server).map((line) => line.replace(/ from 127\.0\.0\.1:\d+\]$/, " from …]"));
    assert.deepEqual(events.slice(1), [
      ...names.map((name) => `>>> [Client ${name} registered from …]`),
      ...names.map((name) => `>>> [Client ${name} deregistered]`),
    ]);
    server.type("quit");
    assert.equal(await server.exit(), 0);
    assert.deepEqual(complaints(server), []);
  });

  test("one writes to oneself, by any spelling of the name", async (t) => {
    const stage = await Stage.open(t);
    await stage.server();
    const ana = await stage.client("Ana");
    ana.type("send Ana note to self");
    await ana.line(">>> [Message received by Ana.]");
    ana.type("send ANA again");
    await ana.line(">>> [Message received by Ana.]");
    const received = ">>> [Message received by Ana.]";
    assert.deepEqual(said(ana), [welcome, ">>> Ana: note to self", received, ">>> Ana: again", received]);
  });

  test("what is typed comes out as typed, and what cannot be sent is answered with its line", async (t) => {
    const stage = await Stage.open(t);
    await stage.server();
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    const texts = [
      "  two spaces before,  two between, two after  ",
      "Grüße aus Kyjiw, Київ, 京都 — 👩‍👩‍👧 🏳️‍🌈",
      "\ttab",
      "send eva hi",
      "x",
    ];
    for (const text of texts) ana.type(`send bob ${text}`);
    for (const text of texts) await bob.line(`>>> ana: ${text.replaceAll("\t", "    ")}`);
    for (const _ of texts) await ana.line(">>> [Message received by bob.]");
    ana.write(Buffer.concat([Buffer.from("send bob a"), Buffer.of(0xff, 0xfe, 0xc3), Buffer.from("b\n")]));
    await bob.line(">>> ana: a\ufffd\ufffd\ufffdb");
    await ana.line(">>> [Message received by bob.]");
    ana.write(Buffer.concat([Buffer.from("send bob \u001b[2Jred\u0007\u202e end"), Buffer.of(0), Buffer.from("\r\n")]));
    await bob.line(">>> ana: red end");
    await ana.line(">>> [Message received by bob.]");
    const before = ana.lines.length;
    for (const [line] of answered) ana.type(line);
    ana.type("send ana done");
    await ana.line(">>> [Message received by ana.]");
    assert.deepEqual(
      ana.lines.slice(before).map(({ text }) => text),
      [...answered.flatMap(([, answer]) => answer), ">>> ana: done", ">>> [Message received by ana.]"],
    );
    await deliver(["ana", ana], ["bob", bob], "still here");
    assert.equal(said(bob).length, 1 + texts.length + 3);
  });
});
