import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Relay } from "./relay.ts";
import { deliver, sees, Stage } from "./stage.ts";

describe("rebinding", { concurrency: true }, () => {
  test("both ends are behind boxes that forget their mappings in mid-conversation: all arrives, once, and nobody is given up", async (t) => {
    const stage = await Stage.open(t);
    await stage.server();
    const [left, right] = [await Relay.open(t, stage.port), await Relay.open(t, stage.port)];
    const ana = await stage.client("ana", { port: left.port });
    const bob = await stage.client("bob", { port: right.port });
    await sees(ana, /^>>> bob \S+ online$/);
    const [a, b] = [["ana", ana] as const, ["bob", bob] as const];
    await deliver(a, b, "first");
    const texts: string[] = [];
    for (let round = 1; round <= 6; round++) {
      await (round % 2 === 0 ? left : right).rebind();
      // Whose box forgot speaks first, as nobody can reach it before.
      const [speaker, hearer] = round % 2 === 0 ? [a, b] : [b, a];
      await deliver(speaker, hearer, `moved ${round}`);
      await deliver(hearer, speaker, `answered ${round}`);
      texts.push(`moved ${round}`, `answered ${round}`);
    }
    for (const text of texts) {
      const shown = [...ana.lines, ...bob.lines].filter((line) => line.text.endsWith(`: ${text}`));
      assert.equal(shown.length, 1, text);
    }
    for (const { lines } of [ana, bob]) assert.ok(!lines.some(({ text }) => text.includes("No ACK")));
  });

  test("whoever is quiet behind such a box gets what was said meanwhile, once, when its server knows where it is", async (t) => {
    const stage = await Stage.open(t);
    await stage.server();
    const relay = await Relay.open(t, stage.port);
    const ana = await stage.client("ana");
    const bob = await stage.client("bob", { port: relay.port });
    await sees(ana, /^>>> bob \S+ online$/);
    await deliver(["ana", ana], ["bob", bob], "first");
    await relay.rebind();
    ana.type("send bob while nobody can reach you");
    await bob.line(/while nobody can reach you$/);
    await deliver(["bob", bob], ["ana", ana], "here I am");
    await deliver(["ana", ana], ["bob", bob], "good");
    const shown = bob.lines.filter(({ text }) => text.includes("while nobody can reach you"));
    assert.equal(shown.length, 1);
  });
});
