// Keys that change: a person's holds messages until somebody trusts it, a server's ends the client.

import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { suite, test } from "node:test";

import { complaints, deliver, said, sees, Stage, welcome } from "./stage.ts";

const keyChanged = ">>> [Key of bob changed: message held. trust bob to accept.]";

void suite("keys", { concurrency: true }, () => {
  test("a new bob behind the old name: nothing passes in either direction until it is trusted", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    await deliver(["ana", ana], ["bob", bob], "to the first bob");
    await deliver(["bob", bob], ["ana", ana], "from the first bob");
    bob.type("quit");
    assert.equal(await bob.exit(), 0);
    rmSync(stage.home("bob"), { recursive: true });
    server.type("release bob");
    await server.line(">>> [Name bob is free.]");
    const newBob = await stage.client("bob");
    await sees(ana, /^>>> bob 127\.0\.0\.1:\d+ online$/);
    const before = said(ana).length;

    ana.type("send bob held one");
    await ana.line(keyChanged);
    ana.type("send bob held two");
    await ana.line(keyChanged);
    newBob.type("send ana from the new bob");
    newBob.type("send ana and more");
    await ana.line(keyChanged);
    // What goes through the same clients afterwards comes out; what is held does not.
    for (const [name, program] of [
      ["ana", ana],
      ["bob", newBob],
    ] as const) {
      program.type(`send ${name} note`);
      await program.line(`>>> [Message received by ${name}.]`);
    }
    const note = [">>> ana: note", ">>> [Message received by ana.]"];
    assert.deepEqual(said(ana).slice(before), [keyChanged, keyChanged, keyChanged, ...note]);
    assert.deepEqual(said(newBob), [welcome, ">>> bob: note", ">>> [Message received by bob.]"]);

    ana.type("trust bob");
    await newBob.line(">>> ana: held two");
    while (said(ana).length < before + 9) await ana.line(/./);
    while (said(newBob).length < 7) await newBob.line(/./);
    const later = said(ana).slice(before + 5);
    assert.deepEqual(
      later.filter((text) => text.startsWith(">>> bob: ")),
      [">>> bob: from the new bob", ">>> bob: and more"],
    );
    assert.deepEqual(
      later.filter((text) => !text.startsWith(">>> bob: ")),
      [">>> [Message received by bob.]", ">>> [Message received by bob.]"],
    );
    const got = said(newBob).slice(3);
    assert.deepEqual(
      got.filter((text) => text.startsWith(">>> ana: ")),
      [">>> ana: held one", ">>> ana: held two"],
    );
    assert.deepEqual(
      got.filter((text) => !text.startsWith(">>> ana: ")),
      [">>> [Message received by ana.]", ">>> [Message received by ana.]"],
    );
    await deliver(["ana", ana], ["bob", newBob], "as ever");
    assert.deepEqual([complaints(ana), complaints(newBob)], [[], []]);
  });

  test("another server behind a known address is refused with both fingerprints; --new-server accepts it", async (t) => {
    const stage = await Stage.open(t);
    const first = await stage.server("--data", stage.home("first"));
    const ana = await stage.client("ana");
    ana.type("quit");
    assert.equal(await ana.exit(), 0);
    first.type("quit");
    assert.equal(await first.exit(), 0);
    await stage.server("--data", stage.home("second"));
    const refused = stage.join("ana");
    assert.equal(await refused.exit(), 77);
    assert.deepEqual(refused.lines, []);
    assert.equal(refused.errors.length, 1);
    const found = /^udpchat: got the server fingerprint "([^"]{8,})", expected "([^"]{8,})"; .*--new-server$/.exec(
      complaints(refused)[0] ?? "",
    );
    assert.ok(found !== null, complaints(refused)[0]);
    assert.notEqual(found[1], found[2]);
    const accepting = await stage.client("ana", { words: ["--new-server"] });
    accepting.type("quit");
    assert.equal(await accepting.exit(), 0);
    await stage.client("ana");
  });
});
