// A name belongs to a key: who is refused, how, and that whoever is here is unharmed by it.

import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { suite, test } from "node:test";

import type { Program } from "../../scripts/program.ts";
import { complaints, deliver, said, Stage, welcome } from "./stage.ts";

async function assertRefused(program: Program, line: string): Promise<void> {
  assert.equal(await program.exit(), 77);
  assert.deepEqual(said(program), [line]);
  assert.match(
    complaints(program).join("\n"),
    /^udpchat: got the name "[^"]+", expected [^\n]*; choose another, or [^\n]*release[^\n]*$/,
  );
}

void suite("names", { concurrency: true }, () => {
  test("a name in use is refused to another key, in any spelling, and its owner goes on", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const [yb, bob] = await stage.clients("yb", "bob");
    assert.ok(yb && bob);
    const others = [stage.join("yb", { home: stage.home("other") }), stage.join("YB", { home: stage.home("third") })];
    for (const [i, name] of ["yb", "YB"].entries()) {
      const other = others[i];
      assert.ok(other);
      await assertRefused(other, `>>> [Name ${name} is taken.]`);
    }
    await deliver(["bob", bob], ["yb", yb], "still you?");
    await deliver(["yb", yb], ["bob", bob], "still me");
    assert.deepEqual(said(yb), [welcome, ">>> bob: still you?", ">>> [Message received by bob.]"]);
    assert.equal(server.lines.filter(({ text }) => text.includes("Client yb") || text.includes("Client YB")).length, 1);
  });

  test("a profile in use on this machine is one line and 73, and its first process goes on", async (t) => {
    const stage = await Stage.open(t);
    await stage.server();
    const ana = await stage.client("ana");
    const second = stage.join("ana");
    assert.equal(await second.exit(), 73);
    assert.deepEqual(second.lines, []);
    assert.match(complaints(second).join("\n"), /^udpchat: \S+ is in use by another process, [^\n]+$/);
    ana.type("send ana unharmed");
    await ana.line(">>> [Message received by ana.]");
  });

  test("a copied profile is refused while the first is here, which goes on; and let in after it", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    await deliver(["ana", ana], ["bob", bob], "one");
    cpSync(stage.home("ana"), stage.home("copy"), { recursive: true });
    const copy = stage.join("ana", { home: stage.home("copy") });
    await assertRefused(copy, ">>> [Name ana is taken.]");
    await deliver(["ana", ana], ["bob", bob], "two");
    await deliver(["bob", bob], ["ana", ana], "three");
    assert.deepEqual(said(ana).slice(1), [
      ">>> [Message received by bob.]",
      ">>> [Message received by bob.]",
      ">>> bob: three",
    ]);
    ana.type("quit");
    assert.equal(await ana.exit(), 0);
    await server.line(">>> [Client ana deregistered]");
    const later = await stage.client("ana", { home: stage.home("copy") });
    await deliver(["ana", later], ["bob", bob], "four");
  });
});
