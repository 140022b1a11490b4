// Going: dereg, quit and its spellings, the end of the input, signals, and staying for `reg`.

import assert from "node:assert/strict";
import { suite, test } from "node:test";

import { bye, complaints, deliver, said, sees, Stage, tableUpdated, welcome } from "./stage.ts";

void suite("leaving", { concurrency: 4 }, () => {
  test("--stay: offline the process stays, says so, comes back, and quits", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server("--no-mailbox");
    const ana = await stage.client("ana");
    const bob = await stage.client("bob", { words: ["--stay"] });
    await ana.line(tableUpdated);
    await deliver(["ana", ana], ["bob", bob], "one");
    bob.type("dereg bob");
    await bob.line(bye);
    await server.line(">>> [Client bob deregistered]");
    await ana.line(tableUpdated);
    ana.type("send bob nobody reads this");
    await ana.line(">>> [No ACK from bob, message not delivered]");
    for (const line of ["send ana hi", "dereg", "reg ana", "reg bob"]) bob.type(line);
    await bob.line(welcome);
    await bob.line(tableUpdated);
    await sees(ana, /^>>> bob 127\.0\.0\.1:\d+ online$/);
    await deliver(["ana", ana], ["bob", bob], "two");
    await deliver(["bob", bob], ["ana", ana], "three");
    bob.type("dereg");
    bob.type("reg");
    bob.type("quit");
    assert.equal(await bob.exit(), 0);
    assert.deepEqual(said(bob), [
      welcome,
      ">>> ana: one",
      bye,
      ">>> [You are offline.]",
      ">>> [You are offline.]",
      ">>> [You can only register yourself.]",
      welcome,
      ">>> ana: two",
      ">>> [Message received by ana.]",
      bye,
      welcome,
      bye,
    ]);
    assert.deepEqual(complaints(bob), []);
  });

  test("--stay: without its server the client stays and finds it again", async (t) => {
    const stage = await Stage.open(t);
    const first = await stage.server();
    const ana = await stage.client("ana", { words: ["--stay"] });
    first.kill("SIGKILL");
    await first.exit();
    ana.type("dereg");
    await ana.line(">>> [Server not responding]");
    const second = await stage.server();
    await second.line(/^>>> \[Client ana registered from /);
    ana.type("send ana here");
    await ana.line(">>> [Message received by ana.]");
    ana.type("quit");
    assert.equal(await ana.exit(), 0);
    assert.deepEqual(said(ana), [
      welcome,
      ">>> [Server not responding]",
      ">>> ana: here",
      ">>> [Message received by ana.]",
      bye,
    ]);
  });

  for (const word of ["dereg", "dereg ana", "quit", "exit", "ctrl + c"]) {
    test(`${word} ends the client with 0 and its server knows`, async (t) => {
      const stage = await Stage.open(t);
      const server = await stage.server();
      const ana = await stage.client("ana");
      ana.type(word);
      ana.type("send ana too late");
      assert.equal(await ana.exit(), 0);
      assert.deepEqual(said(ana), [welcome, bye]);
      await server.line(">>> [Client ana deregistered]");
    });
  }

  test("the end of the input leaves after what was typed before has its verdicts, under --stay, too", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const [bob, eva] = await stage.clients("bob", "eva");
    assert.ok(bob && eva);
    eva.kill("SIGKILL");
    await eva.exit();
    for (const words of [[], ["--stay"]]) {
      const ana = stage.join("ana", { words });
      ana.write("send bob one\nsend eva nobody\nsend bob no line break behind this");
      ana.endInput();
      assert.equal(await ana.exit(), 0);
      const lines = said(ana);
      assert.deepEqual([lines[0], lines.at(-1)], [welcome, bye]);
      const received = ">>> [Message received by bob.]";
      const saved = ">>> [Messages received by the server and saved]";
      // The first time nobody knows yet that she is gone.
      const noAck = words.length === 0 ? [">>> [No ACK from eva, message sent to server.]"] : [];
      assert.deepEqual(lines.slice(1, -1).toSorted(), [received, received, ...noAck, saved].toSorted());
      await server.line(">>> [Client ana deregistered]");
    }
    const pair = [">>> ana: one", ">>> ana: no line break behind this"];
    assert.deepEqual(said(bob), [welcome, ...pair, ...pair]);
  });

  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    test(`${signal} ends client and server with ${code}, and the client says goodbye`, async (t) => {
      const stage = await Stage.open(t);
      const server = await stage.server();
      const [ana, bob] = await stage.clients("ana", "bob");
      assert.ok(ana && bob);
      ana.kill(signal);
      assert.equal(await ana.exit(), code);
      await server.line(">>> [Client ana deregistered]");
      await bob.line(tableUpdated);
      bob.type("clients");
      await bob.line(/^>>> ana .* offline$/);
      server.kill(signal);
      assert.equal(await server.exit(), code);
      assert.deepEqual([complaints(ana), complaints(server)], [[], []]);
    });
  }
});
