// What a user is told of paths and of the tries of a message, through the real program.

import assert from "node:assert/strict";
import { suite, test } from "node:test";

import { Relay } from "./relay.ts";
import { answer, deliver, gather, sees, Stage } from "./stage.ts";

const address = "127\\.0\\.0\\.1:\\d+";
const figures = "rtt \\d+\\.\\d ms, lost \\d+\\.\\d % of [1-9]\\d*, resent \\d+, mtu [1-9]\\d{3,}";

void suite("net and why", { concurrency: 3 }, () => {
  test("net: a line for the server, and one for each with whom there is a path", async (t) => {
    const stage = await Stage.open(t);
    await stage.server();
    const [ana, bob] = await stage.clients("ana", "bob", "eve");
    assert.ok(ana && bob);
    const server = new RegExp(`^>>> \\[Server\\] 127\\.0\\.0\\.1:${stage.port} ${figures}$`);
    const [first, ...others] = await answer(ana, "net");
    assert.match(first ?? "", server);
    assert.deepEqual(others, []);
    await deliver(["ana", ana], ["bob", bob], "hello");
    const [again, path, ...more] = await answer(ana, "net");
    assert.match(again ?? "", server);
    assert.match(path ?? "", new RegExp(`^>>> bob ${address} ${figures}$`));
    assert.deepEqual(more, []);
    await gather("lab", ana);
    const inside = await answer(ana, "net", ">>> (lab) ");
    assert.equal(inside.length, 2);
    assert.ok(inside.every((line) => line.startsWith(">>> (lab) ")));
  });

  test("why: where a message is, and every try before: direct, by mail, to everybody", async (t) => {
    const stage = await Stage.open(t);
    await stage.server();
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    assert.deepEqual(await answer(ana, "why"), [">>> [Nothing was sent yet.]"]);
    await deliver(["ana", ana], ["bob", bob], "hello");
    const direct = await answer(ana, "why");
    assert.equal(direct[0], ">>> [Message 1 to bob, 5 bytes: delivered]");
    assert.match(direct[1] ?? "", new RegExp(`^>>> \\[\\d+\\.\\d ms: left for ${address}[^\\]]*\\]$`));
    assert.match(direct.at(-1) ?? "", /^>>> \[\d+\.\d ms: delivered\]$/);
    bob.type("quit");
    await bob.exit();
    await sees(ana, /^>>> bob \S+ offline$/);
    ana.type("send bob for later");
    await ana.line(">>> [Messages received by the server and saved]");
    const mailed = await answer(ana, "why");
    assert.equal(mailed[0], ">>> [Message 2 to bob, 9 bytes: saved at the server]");
    assert.deepEqual(
      mailed.slice(1).map((line) => line.replace(/\d+\.\d ms/, "t")),
      [">>> [t: asked the server to keep it]", ">>> [t: saved at the server]"],
    );
    const back = await stage.client("bob");
    await back.line(/for later$/);
    await ana.line(/^>>> \[Offline Message sent at .+ received by bob\.\]$/);
    assert.equal((await answer(ana, "why 2"))[0], ">>> [Message 2 to bob, 9 bytes: delivered]");
    ana.type("send_all all of you");
    await ana.line(">>> [Message received by Server.]");
    assert.equal(
      (await answer(ana, "why"))[0],
      ">>> [Message 3 to everybody, 10 bytes: taken by the server, which passes it on]",
    );
    assert.deepEqual(await answer(ana, "why 1"), direct);
    assert.deepEqual(await answer(ana, "why 4"), [">>> [The last message is 3.]"]);
    assert.deepEqual(await answer(ana, "why bob"), [">>> [Usage: why [<n>]]"]);
  });

  test("over a path that loses, why tells of every time that a message left, and net of what was lost", async (t) => {
    const stage = await Stage.open(t);
    await stage.server();
    const relay = await Relay.open(t, stage.port);
    const ana = await stage.client("ana");
    const bob = await stage.client("bob", { port: relay.port });
    await sees(ana, /^>>> bob \S+ online$/);
    await deliver(["ana", ana], ["bob", bob], "first");
    for (let round = 1; ; round++) {
      // The first packet with a message of each round is lost; acknowledgements alone are shorter. Where the repeated one takes too long, another session takes over, whose
      // figures begin anew.
      let isLosing = true;
      relay.admits = ({ length }, from) => {
        if (from === stage.port || length < 70 || !isLosing) return true;
        isLosing = false;
        return false;
      };
      await deliver(["ana", ana], ["bob", bob], `number ${round}`);
      const why = await answer(ana, "why");
      assert.equal(why[0], `>>> [Message ${round + 1} to bob, ${7 + String(round).length} bytes: delivered]`);
      const left = why.filter((line) => line.includes(" left for "));
      assert.ok(left.length > 1 || / left for \S+ \d+ times, at \d+\.\d, \d+\.\d/.test(left[0] ?? ""), why.join("\n"));
      const [, path = ""] = await answer(ana, "net");
      const [, lost = "0", resent = "0"] = /lost (\S+) % of \d+, resent (\d+)/.exec(path) ?? [];
      if (Number(lost) > 0 && Number(resent) > 0) break;
      assert.ok(round < 20, path);
    }
  });
});
