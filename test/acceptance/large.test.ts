// Much at once and long at once: pasted lines, long messages, and the one byte too many.

import assert from "node:assert/strict";
import { test } from "node:test";

import type { Program } from "../../scripts/program.ts";
import { deliver, said, Stage, welcome } from "./stage.ts";

const received = ">>> [Message received by bob.]";

async function pair(stage: Stage): Promise<readonly [Program, Program]> {
  await stage.server();
  const [ana, bob] = await stage.clients("ana", "bob");
  assert.ok(ana && bob);
  return [ana, bob];
}

for (const count of [30, 10_000]) {
  test(`${count} lines pasted at once arrive once, in order, each with its verdict`, async (t) => {
    const stage = await Stage.open(t);
    const [ana, bob] = await pair(stage);
    const texts = Array.from({ length: count }, (_, i) => `line ${i} of a paste`);
    const startedAt = ana.write(texts.map((text) => `send bob ${text}\n`).join(""));
    ana.type("help");
    await bob.line(`>>> ana: ${texts.at(-1)}`, 120_000);
    t.diagnostic(`${count} lines shown after ${(performance.now() - startedAt).toFixed(0)} ms`);
    for (const _ of texts) await ana.line(received, 120_000);
    assert.deepEqual(said(bob), [welcome, ...texts.map((text) => `>>> ana: ${text}`)]);
    assert.deepEqual(new Set(said(ana).filter((text) => text.startsWith(">>> ["))), new Set([welcome, received]));
    assert.equal(said(ana).filter((text) => text === received).length, count);
  });
}

test("a message of 59,000 characters, and one of 64 KiB exactly, cross whole; one byte more is refused", async (t) => {
  const stage = await Stage.open(t);
  const [ana, bob] = await pair(stage);
  const words = Array.from({ length: 12_000 }, (_, i) =>
    String(i * 7919)
      .padStart(4, "0")
      .slice(-4),
  ).join(" ");
  await deliver(["ana", ana], ["bob", bob], words.slice(0, 59_000));
  await deliver(["bob", bob], ["ana", ana], words.slice(0, 59_000));
  await deliver(["ana", ana], ["bob", bob], `${"ж".repeat(32_767)}ab`);
  assert.equal(Buffer.byteLength(`${"ж".repeat(32_767)}ab`), 65_536);
  ana.type(`send bob ${"ж".repeat(32_768)}a`);
  await ana.line(">>> [Message too long: 65537 of 65536 bytes.]");
  ana.type(`send bob ${"x".repeat(1_000_000)}`);
  await ana.line(">>> [Message too long: 1000000 of 65536 bytes.]");
  ana.type(`send bob ${"😀".repeat(1_000_000)}`);
  await ana.line(">>> [Message too long: 4000000 of 65536 bytes.]");
  ana.type(`${"x".repeat(2_000_000)} bob hi`);
  await ana.line(">>> [Invalid command]");
  await deliver(["ana", ana], ["bob", bob], "short again");
  assert.equal(said(bob).length, 5);
});
