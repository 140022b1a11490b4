// How long things take, as far as they can be seen from the keyboard: verdicts, the probes behind them, table lines, who
// was cut off, and who is silent without being asked.

import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { suite, test, type TestContext } from "node:test";

import { connect } from "#library";

import { freePort } from "../../scripts/free-port.ts";
import { Relay } from "./relay.ts";
import { complaints, deliver, linesSince, readUntil, said, sees, Stage, tableUpdated, welcome } from "./stage.ts";
import { Stopwatch } from "./stopwatch.ts";

const noAck = ">>> [No ACK from bob, message sent to server.]";
const saved = ">>> [Messages received by the server and saved]";
/** A path on a busy machine measures slow and the verdict takes longer, up to 3 s. */
const mostMs = 3300;
const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`;

async function boundTo(t: TestContext, port: number): Promise<Socket> {
  const socket = createSocket("udp4");
  t.after(() => socket.close());
  socket.bind(port, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}

void suite("time", { concurrency: 4 }, () => {
  for (const [what, words, least] of [
    ["500 ms", [], 500],
    ["--ack-timeout", ["--ack-timeout", "1500"], 1500],
  ] as const) {
    test(`the verdict on a silent peer takes ${what}, with ten probes or more, which do not double`, async (t) => {
      const stage = await Stage.open(t);
      await stage.server();
      const [anaPort, bobPort] = [await freePort(), await freePort()];
      const ana = await stage.client("ana", { clientPort: anaPort, words });
      const bob = await stage.client("bob", { clientPort: bobPort });
      await sees(ana, /^>>> bob \S+ online$/);
      await deliver(["ana", ana], ["bob", bob], "there");
      await deliver(["bob", bob], ["ana", ana], "here");
      bob.kill("SIGKILL");
      await bob.exit();
      // Who has a dead one's port hears what it is sent.
      const grave = await boundTo(t, bobPort);
      let heard = 0;
      grave.on("message", (_, { port }) => {
        if (port === anaPort) heard++;
      });
      const watch = new Stopwatch(ana);
      const typedAt = ana.type("send bob still there?");
      watch.assertBetween(typedAt, await ana.line(noAck), least, mostMs);
      // By then all that was sent is here; after the verdict nothing is.
      await ana.line(saved);
      assert.ok(heard > 10, `${heard} datagrams`);
    });
  }

  test("lost datagrams cost milliseconds and not a verdict: a hundred messages over a path that loses one in five", async (t) => {
    const stage = await Stage.open(t);
    await stage.server();
    // A box for each: whoever calls the other comes by one of them.
    const relays = [await Relay.open(t, stage.port), await Relay.open(t, stage.port)] as const;
    // Long verdicts, so that none comes because a busy machine stands still.
    const words = ["--ack-timeout", "1500"];
    const ana = await stage.client("ana", { port: relays[0].port, words });
    const bob = await stage.client("bob", { port: relays[1].port, words });
    await sees(ana, /^>>> bob \S+ online$/);
    // A handshake has five tries in the time of a verdict and not ten: one in two hundred would be lost.
    await deliver(["ana", ana], ["bob", bob], "a path");
    const before = said(ana).length;
    let state = 1;
    let lost = 0;
    const admits = (): boolean => {
      // Numerical Recipes' generator: as irregular as losses are, and the same at each run.
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      const isLost = state < 0x1_0000_0000 / 5;
      if (isLost) lost++;
      return !isLost;
    };
    for (const relay of relays) relay.admits = admits;
    const texts = Array.from({ length: 50 }, (_, i) => `line ${i}`);
    for (const text of texts) {
      await deliver(["ana", ana], ["bob", bob], text);
      await deliver(["bob", bob], ["ana", ana], text);
    }
    assert.ok(lost > 10, `${lost} lost`);
    const answered = [">>> [Message received by bob.]", ">>> bob: "];
    const verdicts = said(ana).slice(before);
    assert.equal(verdicts.filter((text) => answered.some((each) => text.startsWith(each))).length, 100);
    assert.ok(![...said(ana), ...said(bob)].some((text) => text.includes("No ACK")));
  });

  test("sixty who come within seconds are at most five table lines a second, and all of them in the table", async (t) => {
    const stage = await Stage.open(t);
    await stage.server();
    const ana = await stage.client("ana");
    const before = ana.lines.length;
    const guests = 60;
    const watch = new Stopwatch(ana);
    const comes = async (i: number): Promise<void> => {
      const name = `guest${i}`;
      const session = await connect({ name, host: "127.0.0.1", port: stage.port, folder: stage.home(name) });
      t.after(() => session.close());
      for await (const event of session) if (event.kind === "registered") return;
    };
    for (let i = 0; i < guests; i += 4) await Promise.all([i, i + 1, i + 2, i + 3].map(comes));
    for (let i = guests - 4; i < guests; i++) await sees(ana, new RegExp(`^>>> guest${i} \\S+ online$`));
    const times = ana.lines
      .slice(before)
      .filter(({ text }) => text === tableUpdated)
      .map(({ atMs }) => atMs);
    assert.ok(times.length > 1, `${times.length} lines`);
    // The first may have been read late.
    const spanMs = (times.at(-1) ?? 0) - (times[0] ?? 0) + watch.readLateMs;
    assert.ok(times.length <= 2 + spanMs / 200, `${times.length} lines in ${spanMs} ms`);
    t.diagnostic(`${guests} came within ${spanMs.toFixed(0)} ms: ${times.length} lines`);
    assert.equal(new Set(said(ana).filter((text) => text.endsWith(" online"))).size, guests + 1);
  });

  test("one who was put offline and was only cut off is back by itself, with mail and table and no second welcome", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    bob.kill("SIGSTOP");
    ana.type("send bob can you hear me?");
    await ana.line(noAck);
    await ana.line(saved);
    await server.line(">>> [Client bob offline: no answer]");
    await sees(ana, /^>>> bob \S+ offline$/);
    const news = linesSince(bob);
    const watch = new Stopwatch(bob);
    const backAt = performance.now();
    bob.kill("SIGCONT");
    watch.assertBetween(backAt, await server.line(/^>>> \[Client bob registered from /), 0, 5000);
    await bob.line(">>> [You have messages]");
    await bob.line(new RegExp(String.raw`^>>> ana: ${time} can you hear me\?$`));
    await ana.line(new RegExp(String.raw`^>>> \[Offline Message sent at ${time} received by bob\.\]$`));
    await sees(ana, /^>>> bob \S+ online$/);
    await deliver(["ana", ana], ["bob", bob], "loud and clear");
    await readUntil(bob, () => news().includes(tableUpdated));
    assert.equal(said(bob).filter((text) => text === welcome).length, 1);
    assert.deepEqual(complaints(bob), []);
  });

  test("one who is silent without being asked is noticed within 60 s, and the others read it in the table", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    const from = ana.lines.length;
    bob.kill("SIGSTOP");
    await server.line(">>> [Client bob offline: no answer]", 60_000);
    await ana.line(tableUpdated);
    ana.type("clients");
    await ana.line(/^>>> bob \S+ offline$/);
    assert.equal(ana.lines.slice(from).filter(({ text }) => text === tableUpdated).length, 1);
  });
});
