// The server dies, is not there, or comes back: people go on talking, requests fail in time, and idle clients return.

import assert from "node:assert/strict";
import { once } from "node:events";
import { suite, test } from "node:test";

import type { Program } from "../../scripts/program.ts";
import { bound } from "./relay.ts";
import { bye, complaints, deliver, said, sees, Stage, tableUpdated, welcome } from "./stage.ts";

const notResponding = ">>> [Server not responding]";
const exiting = ">>> [Exiting]";

function assertBetween(ms: number, least: number, most: number): void {
  assert.ok(ms >= least && ms <= most, `${ms.toFixed(0)} ms, expected ${least} to ${most}`);
}

async function leavesUnanswered(program: Program, typedAt: number): Promise<void> {
  const silent = await program.line(notResponding);
  await program.line(exiting);
  assertBetween(silent.atMs - typedAt, 2200, 2800);
  assert.equal(await program.exit(1000), 69);
  assert.deepEqual(said(program).slice(-2), [notResponding, exiting]);
}

void suite("server death", { concurrency: 2 }, () => {
  test("the server killed: direct messages go on, also between strangers, and a request fails after 2.5 s", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const [ana, bob, eva] = await stage.clients("ana", "bob", "eva");
    assert.ok(ana && bob && eva);
    await deliver(["ana", ana], ["bob", bob], "before");
    server.kill("SIGKILL");
    assert.equal(await server.exit(), "SIGKILL");
    const leaving = leavesUnanswered(eva, eva.type("dereg"));
    await deliver(["ana", ana], ["bob", bob], "after");
    await deliver(["bob", bob], ["ana", ana], "after");
    await Promise.all([leaving, leavesUnanswered(bob, bob.type("quit"))]);
    assert.deepEqual(said(bob), [
      welcome,
      ">>> ana: before",
      ">>> ana: after",
      ">>> [Message received by ana.]",
      notResponding,
      exiting,
    ]);
    assert.deepEqual(complaints(bob), []);
  });

  test("the server killed: two who never spoke before do, both ways", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    server.kill("SIGKILL");
    await server.exit();
    const typedAt = ana.type("send bob hello, stranger");
    const shown = await bob.line(">>> ana: hello, stranger");
    await ana.line(">>> [Message received by bob.]");
    assertBetween(shown.atMs - typedAt, 0, 500);
    await deliver(["bob", bob], ["ana", ana], "hello yourself");
    assert.deepEqual(said(ana), [welcome, ">>> [Message received by bob.]", ">>> bob: hello yourself"]);
  });

  test("no server at the start: two lines 2.5 s later, exit 69", async (t) => {
    const stage = await Stage.open(t);
    const quick = stage.start(["--version"], stage.home("quick"));
    await quick.exit();
    const startingMs = performance.now() - quick.startedAtMs;
    const ana = stage.join("ana");
    ana.type("send bob waits for the welcome");
    const silent = await ana.line(notResponding);
    // A busy machine takes its time to start a process; the next test measures what is the client's own.
    assertBetween(silent.atMs - ana.startedAtMs, 2200, 3000 + 3 * startingMs);
    assert.equal(await ana.exit(1000), 69);
    assert.deepEqual(
      ana.lines.map(({ text }) => text),
      [notResponding, exiting],
    );
  });

  test("something else on the server's port, which says nothing: two lines 2.5 s after the first datagram", async (t) => {
    const stage = await Stage.open(t);
    const socket = await bound();
    t.after(() => socket.close());
    const ana = stage.join("ana", { port: socket.address().port });
    await once(socket, "message", { signal: AbortSignal.timeout(10_000) });
    await leavesUnanswered(ana, performance.now());
    assert.deepEqual(
      ana.lines.map(({ text }) => text),
      [notResponding, exiting],
    );
  });

  test("the server killed and started again: idle clients are back by themselves, without a second welcome", async (t) => {
    const stage = await Stage.open(t);
    const first = await stage.server();
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    first.kill("SIGKILL");
    await first.exit();
    const second = await stage.server();
    const readyAt = performance.now();
    const back = [
      await second.line(/^>>> \[Client (ana|bob) registered from 127\.0\.0\.1:\d+\]$/),
      await second.line(/^>>> \[Client (ana|bob) registered from /),
    ];
    assertBetween(Math.max(...back.map(({ atMs }) => atMs)) - readyAt, -1000, 5000);
    await sees(ana, /^>>> bob 127\.0\.0\.1:\d+ online$/);
    const seenAt = said(ana).length;
    await deliver(["ana", ana], ["bob", bob], "back");
    bob.type("dereg");
    await bob.line(bye);
    assert.equal(await bob.exit(), 0);
    await second.line(">>> [Client bob deregistered]");
    await ana.line(tableUpdated);
    assert.deepEqual(said(ana).slice(seenAt), [">>> [Message received by bob.]"]);
    assert.equal([...said(ana), ...said(bob)].filter((text) => text === welcome).length, 2);
    assert.equal(second.lines.filter(({ text }) => / registered from /.test(text)).length, 2);
  });

  test("the server killed and started again: one who is back reaches one who is about to be", async (t) => {
    const stage = await Stage.open(t);
    const first = await stage.server();
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    first.kill("SIGKILL");
    await first.exit();
    bob.kill("SIGSTOP");
    const second = await stage.server();
    await second.line(/^>>> \[Client ana registered from /);
    await ana.line(tableUpdated);
    ana.type("send bob you are not gone");
    bob.kill("SIGCONT");
    const verdict = await ana.line(/^>>> \[(?:Message received by|No ACK from) bob/);
    assert.equal(verdict.text, ">>> [Message received by bob.]");
  });

  test("the server killed and started again: a request made at once succeeds inside 2.5 s", async (t) => {
    const stage = await Stage.open(t);
    const first = await stage.server();
    const [ana] = await stage.clients("ana");
    assert.ok(ana);
    first.kill("SIGKILL");
    await first.exit();
    const typedAt = ana.type("dereg");
    const second = await stage.server();
    const gone = await ana.line(bye);
    assertBetween(gone.atMs - typedAt, 0, 2500);
    assert.equal(await ana.exit(), 0);
    await second.line(/^>>> \[Client ana registered from /);
    await second.line(">>> [Client ana deregistered]");
  });
});
