// The server dies, is not there, or comes back: people go on talking, requests fail in time, and idle clients return.

import assert from "node:assert/strict";
import { once } from "node:events";
import { suite, test } from "node:test";

import type { Program } from "../../scripts/program.ts";
import { bound } from "./relay.ts";
import { bye, complaints, deliver, said, sees, Stage, tableUpdated, welcome } from "./stage.ts";
import { Stopwatch } from "./stopwatch.ts";

const notResponding = ">>> [Server not responding]";
const exiting = ">>> [Exiting]";

async function leavesUnanswered(program: Program, watch: Stopwatch, typedAt: number): Promise<void> {
  const silent = await program.line(notResponding);
  await program.line(exiting);
  watch.assertBetween(typedAt, silent, 2200, 2800);
  assert.equal(await program.exit(), 69);
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
    const leaving = leavesUnanswered(eva, new Stopwatch(eva), eva.type("dereg"));
    await deliver(["ana", ana], ["bob", bob], "after");
    await deliver(["bob", bob], ["ana", ana], "after");
    await Promise.all([leaving, leavesUnanswered(bob, new Stopwatch(bob), bob.type("quit"))]);
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
    await deliver(["ana", ana], ["bob", bob], "hello, stranger");
    await deliver(["bob", bob], ["ana", ana], "hello yourself");
    assert.deepEqual(said(ana), [welcome, ">>> [Message received by bob.]", ">>> bob: hello yourself"]);
  });

  test("no server at the start: two lines 2.5 s later, exit 69", async (t) => {
    const stage = await Stage.open(t);
    const quick = stage.start(["--version"], stage.home("quick"));
    await quick.exit();
    const startingMs = performance.now() - quick.startedAtMs;
    const ana = stage.join("ana");
    const watch = new Stopwatch(ana);
    ana.type("send bob waits for the welcome");
    const silent = await ana.line(notResponding);
    // A busy machine takes its time to start a process; the next test measures what is the client's own.
    watch.assertBetween(ana.startedAtMs, silent, 2200, 3000 + 3 * startingMs);
    assert.equal(await ana.exit(), 69);
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
    const watch = new Stopwatch(ana);
    await once(socket, "message", { signal: AbortSignal.timeout(60_000) });
    // It may have left before it was read.
    await leavesUnanswered(ana, watch, performance.now() - watch.readLateMs);
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
    const watch = new Stopwatch(second);
    const readyAt = performance.now();
    await second.line(/^>>> \[Client (ana|bob) registered from 127\.0\.0\.1:\d+\]$/);
    const back = await second.line(/^>>> \[Client (ana|bob) registered from /);
    watch.assertBetween(readyAt, back, Number.NEGATIVE_INFINITY, 5000);
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
    const next = await stage.nextServer();
    first.kill("SIGKILL");
    await first.exit();
    const watch = new Stopwatch(ana);
    const typedAt = ana.type("dereg");
    const second = await next();
    watch.assertBetween(typedAt, await ana.line(bye), 0, 2500);
    assert.equal(await ana.exit(), 0);
    await second.line(/^>>> \[Client ana registered from /);
    await second.line(">>> [Client ana deregistered]");
  });
});
