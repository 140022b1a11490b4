// Groups when processes die or stand still: the dead member is put out and nobody else, a member that was cut off is told,
// and a server that dies and comes back finds its groups and what was said in them as they were.

import assert from "node:assert/strict";
import { suite, test } from "node:test";

import type { Program } from "../../scripts/program.ts";
import { Relay } from "./relay.ts";
import { bye, complaints, deliver, gather, heard, sees, serverEvents, Stage, tableUpdated, welcome } from "./stage.ts";
import { Stopwatch } from "./stopwatch.ts";

const taken = ">>> (lab) [Message received by Server.]";
const backMs = 5000;

function post(from: string, text: string): string {
  return `>>> (lab) Group_Message ${from}: ${text}`;
}

function count(lines: readonly string[], line: string): number {
  return lines.filter((each) => each === line).length;
}

/** Waits until so many of a program's lines match, read before or not. */
async function until(program: Program, matching: RegExp, times: number): Promise<readonly string[]> {
  for (;;) {
    const found = heard(program).filter((line) => matching.test(line));
    if (found.length >= times) return found;
    await program.line(matching);
  }
}

/** The members that a member is told of. */
async function members(asker: Program, last: string): Promise<readonly string[]> {
  const before = heard(asker).length;
  asker.type("list_members");
  await asker.line(">>> (lab) [Members in the group lab:]");
  await asker.line(`>>> (lab) ${last}`);
  const lines = heard(asker).slice(before);
  return lines.slice(lines.indexOf(">>> (lab) [Members in the group lab:]") + 1);
}

/** Of the posts that a member read, those that the others read, too. */
function shared(posts: readonly string[], others: readonly (readonly string[])[]): readonly string[] {
  return posts.filter((line) => others.every((other) => other.includes(line)));
}

void suite("group deaths", { concurrency: 3 }, () => {
  test("three send 20 each while two members are killed: all of it in order at the living, only the dead put out", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const names = ["ana", "bob", "eva", "ida", "jan", "kim"] as const;
    const clients = await stage.clients(...names, "out");
    const [ana, bob, eva, ida, jan, kim, out] = clients;
    assert.ok(ana && bob && eva && ida && jan && kim && out);
    await gather("lab", ana, bob, eva, ida, jan, kim);
    jan.kill("SIGKILL");
    await jan.exit();
    const senders = { ana, bob, eva };
    const posts = Array.from({ length: 20 }, (_, i) => i + 1);
    for (const number of posts) {
      for (const sender of Object.values(senders)) sender.type(`send_group post ${number}`);
      if (number === 10) kim.kill("SIGKILL");
    }
    const read: (readonly string[])[] = [];
    for (const member of [ana, bob, eva, ida]) {
      const own = member === ida ? 0 : posts.length;
      const got = await until(member, /^>>> \(lab\) Group_Message /, 3 * posts.length - own);
      for (const [name, sender] of Object.entries(senders)) {
        const expected = sender === member ? [] : posts.map((number) => post(name, `post ${number}`));
        assert.deepEqual(
          got.filter((line) => line.startsWith(post(name, ""))),
          expected,
        );
      }
      read.push(got);
    }
    // The server orders what is said in a group: all who read the same posts read them in the same order.
    for (const one of read) {
      for (const other of read) assert.deepEqual(shared(one, [other]), shared(other, [one]));
    }
    for (const sender of Object.values(senders)) {
      const verdicts = await until(sender, /Message received by Server/, posts.length);
      assert.deepEqual(
        verdicts,
        posts.map(() => taken),
      );
    }
    for (const dead of ["jan", "kim"]) {
      await until(server, new RegExp(`^>>> \\[Client ${dead} not responsive, removed from group lab\\]$`), 1);
      await until(server, new RegExp(`^>>> \\[Client ${dead} offline: no answer\\]$`), 1);
      await sees(out, new RegExp(`^>>> ${dead} 127\\.0\\.0\\.1:\\d+ offline$`));
    }
    for (const member of [ana, bob, eva, ida]) {
      assert.deepEqual(
        await members(member, "ida"),
        ["ana", "bob", "eva", "ida"].map((name) => `>>> (lab) ${name}`),
      );
      assert.equal(count(heard(member), ">>> [You were removed from group lab.]"), 0);
    }
    const events = serverEvents(server);
    assert.equal(events.filter((line) => / offline: | removed /.test(line)).length, 4);
    assert.equal(count(events, ">>> [Client ana sent group message]"), posts.length);
    assert.deepEqual([...complaints(server), ...complaints(ida)], []);
  });

  test("a member that stood still longer than the verdict is told that it is out, and is back without a welcome", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const [ana, bob, out] = await stage.clients("ana", "bob", "out");
    assert.ok(ana && bob && out);
    await gather("lab", ana, bob);
    out.type("send bob psst");
    await bob.line(">>> (lab) [Private message from out, shown when you leave.]");
    bob.kill("SIGSTOP");
    ana.type("send_group meanwhile");
    await ana.line(taken);
    await server.line(">>> [Client bob not responsive, removed from group lab]");
    await sees(out, /^>>> bob 127\.0\.0\.1:\d+ offline$/);
    ana.type("send_group and this");
    await ana.line(taken);
    const watch = new Stopwatch(bob);
    const continuedAt = performance.now();
    bob.kill("SIGCONT");
    watch.assertBetween(continuedAt, await bob.line(">>> [You were removed from group lab.]"), 0, backMs);
    await bob.line(">>> out: psst");
    bob.type("send_group is no command here");
    await bob.line(">>> [Invalid command]");
    await sees(out, /^>>> bob 127\.0\.0\.1:\d+ online$/);
    await deliver(["out", out], ["bob", bob], "back?");
    // It may enter again, and reads what is said from then on.
    bob.type("join_group lab");
    await bob.line(">>> [Entered group lab successfully]");
    ana.type("send_group once more");
    await bob.line(post("ana", "once more"));
    // What was sent while it still was a member may wait in its socket; what came after is not for it.
    const read = heard(bob).filter((line) => line !== post("ana", "meanwhile"));
    assert.deepEqual(read, [
      welcome,
      ">>> [Entered group lab successfully]",
      ">>> (lab) [Private message from out, shown when you leave.]",
      ">>> [You were removed from group lab.]",
      ">>> out: psst",
      ">>> [Invalid command]",
      ">>> out: back?",
      ">>> [Entered group lab successfully]",
      post("ana", "once more"),
    ]);
    assert.equal(heard(ana).filter((line) => / removed /.test(line)).length, 0);
  });

  test("kept in a group and the member killed: shown once, at its next start, outside of the group", async (t) => {
    const stage = await Stage.open(t);
    await stage.server();
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    await gather("lab", bob);
    for (const text of ["one", "two"]) {
      ana.type(`send bob ${text}`);
      await bob.line(">>> (lab) [Private message from ana, shown when you leave.]");
      await ana.line(">>> [Message received by bob.]");
    }
    bob.kill("SIGKILL");
    await bob.exit();
    const again = await stage.client("bob");
    while (!heard(again).includes(">>> ana: two")) await again.line(/./);
    again.type("list_members");
    await again.line(">>> [Invalid command]");
    await ana.line(tableUpdated);
    await deliver(["ana", ana], ["bob", again], "three");
    again.type("quit");
    assert.equal(await again.exit(), 0);
    await sees(ana, /^>>> bob \S+ offline$/);
    const third = await stage.client("bob");
    await sees(ana, /^>>> bob \S+ online$/);
    await deliver(["ana", ana], ["bob", third], "four");
    assert.deepEqual(heard(third), [welcome, ">>> ana: four"]);
    assert.deepEqual(
      heard(again).toSorted(),
      [welcome, ">>> ana: one", ">>> ana: two", ">>> [Invalid command]", ">>> ana: three", bye].toSorted(),
    );
    assert.ok(heard(again).indexOf(">>> ana: one") < heard(again).indexOf(">>> ana: two"));
  });

  test("a member killed and back at once is outside, and the group goes on", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    await gather("lab", ana, bob);
    bob.kill("SIGKILL");
    await bob.exit();
    const again = await stage.client("bob");
    ana.type("send_group not for bob");
    await ana.line(taken);
    assert.deepEqual(await members(ana, "ana"), [">>> (lab) ana"]);
    again.type("leave_group");
    await again.line(">>> [Invalid command]");
    again.type("join_group lab");
    await again.line(">>> [Entered group lab successfully]");
    ana.type("send_group for bob");
    await again.line(post("ana", "for bob"));
    assert.equal(heard(again).filter((line) => line.includes("Group_Message")).length, 1);
    assert.equal(
      serverEvents(server).filter((line) => /bob (?:left|not responsive).* group lab\]$/.test(line)).length,
      1,
    );
  });

  test("killed together with the server and back at once: outside, though the server took it for a member", async (t) => {
    const stage = await Stage.open(t);
    const first = await stage.server();
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    await gather("lab", ana, bob);
    for (const program of [first, bob]) {
      program.kill("SIGKILL");
      await program.exit();
    }
    const second = await stage.server();
    const again = await stage.client("bob");
    // The second where its start took longer than a server waits for those who were there.
    await second.line(/^>>> \[Client bob (?:left|not responsive, removed from) group lab\]$/);
    again.type("leave_group");
    await again.line(">>> [Invalid command]");
    assert.deepEqual(await members(ana, "ana"), [">>> (lab) ana"]);
  });

  test("the server killed and started again: members are back in 5 s, in their group, and a post arrives once", async (t) => {
    const stage = await Stage.open(t);
    const first = await stage.server();
    const [ana, bob, eva, out] = await stage.clients("ana", "bob", "eva", "out");
    assert.ok(ana && bob && eva && out);
    await gather("lab", ana, bob, eva);
    first.kill("SIGKILL");
    await first.exit();
    const second = await stage.server();
    const watch = new Stopwatch(second);
    const readyAt = performance.now();
    const registered = /^>>> \[Client \w+ registered from /;
    for (let missing = 3; missing > 0; missing--) await second.line(registered);
    watch.assertBetween(readyAt, await second.line(registered), Number.NEGATIVE_INFINITY, backMs);
    assert.deepEqual(
      await members(ana, "eva"),
      ["ana", "bob", "eva"].map((name) => `>>> (lab) ${name}`),
    );
    ana.type("send_group after");
    await ana.line(taken);
    bob.type("send_group after that");
    await bob.line(taken);
    await Promise.all([eva.line(post("bob", "after that")), ana.line(post("bob", "after that"))]);
    for (const member of [ana, bob, eva]) member.type("leave_group");
    for (const member of [ana, bob, eva]) await member.line(">>> [Leave group chat lab]");
    await deliver(["out", out], ["eva", eva], "done");
    assert.deepEqual(heard(eva), [
      welcome,
      ">>> [Entered group lab successfully]",
      post("ana", "after"),
      post("bob", "after that"),
      ">>> [Leave group chat lab]",
      ">>> out: done",
    ]);
    assert.equal(count(heard(bob), post("ana", "after")), 1);
    assert.equal([ana, bob, out].flatMap(heard).filter((line) => line === welcome).length, 3);
    assert.deepEqual(
      serverEvents(second).filter((line) => /removed|offline|joined/.test(line)),
      [],
    );
  });

  test("taken, and the server killed before a member has it: it arrives once when both are back", async (t) => {
    const stage = await Stage.open(t);
    const first = await stage.server();
    const relay = await Relay.open(t, stage.port);
    const [ana, eva] = await stage.clients("ana", "eva");
    const bob = await stage.client("bob", { port: relay.port });
    assert.ok(ana && eva);
    await gather("lab", ana, eva, bob);
    relay.admits = () => false;
    for (const text of ["one", "two"]) ana.type(`send_group ${text}`);
    await ana.line(taken);
    await ana.line(taken);
    first.kill("SIGKILL");
    await first.exit();
    await stage.server();
    relay.admits = () => true;
    await bob.line(post("ana", "two"));
    // What came twice would stand before this one.
    ana.type("send_group three");
    await Promise.all([bob.line(post("ana", "three")), eva.line(post("ana", "three")), ana.line(taken)]);
    const texts = ["one", "two", "three"].map((text) => post("ana", text));
    for (const member of [bob, eva]) assert.deepEqual(heard(member).slice(2), texts);
    assert.deepEqual(heard(ana).slice(3), [taken, taken, taken]);
  });

  test("read, and the server killed before its sender was answered: answered after the restart, and not sent again", async (t) => {
    const stage = await Stage.open(t);
    const first = await stage.server();
    const relay = await Relay.open(t, stage.port);
    const ana = await stage.client("ana", { port: relay.port });
    const bob = await stage.client("bob");
    await ana.line(tableUpdated);
    await gather("lab", ana, bob);
    const next = await stage.nextServer();
    relay.admits = () => false;
    ana.type("send_group one");
    await bob.line(post("ana", "one"));
    assert.equal(count(heard(ana), taken), 0);
    first.kill("SIGKILL");
    await first.exit();
    const second = await next();
    relay.admits = () => true;
    await ana.line(taken);
    ana.type("send_group two");
    await bob.line(post("ana", "two"));
    await ana.line(taken);
    assert.deepEqual(heard(bob).slice(2), [post("ana", "one"), post("ana", "two")]);
    await second.line(">>> [Client ana sent group message]");
    assert.equal(count(serverEvents(second), ">>> [Client ana sent group message]"), 1);
  });

  test("typed while the server is dead and taken when it is back at once: one verdict, and read once", async (t) => {
    const stage = await Stage.open(t);
    const first = await stage.server();
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    await gather("lab", ana, bob);
    const next = await stage.nextServer();
    first.kill("SIGKILL");
    await first.exit();
    ana.type("send_group one");
    ana.type("send_group two");
    const second = await next();
    await bob.line(post("ana", "two"));
    ana.type("leave_group");
    await ana.line(">>> [Leave group chat lab]");
    await second.line(">>> [Client ana left group lab]");
    assert.deepEqual(heard(ana).slice(3), [taken, taken, ">>> [Leave group chat lab]"]);
    assert.deepEqual(heard(bob).slice(2), [post("ana", "one"), post("ana", "two")]);
    assert.equal(count(serverEvents(second), ">>> [Client ana sent group message]"), 2);
  });

  test("a kept private message survives the server's restart, and is shown on leaving", async (t) => {
    const stage = await Stage.open(t);
    const first = await stage.server();
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    await gather("lab", bob);
    ana.type("send bob psst");
    await bob.line(">>> (lab) [Private message from ana, shown when you leave.]");
    first.kill("SIGKILL");
    await first.exit();
    const second = await stage.server();
    await second.line(/^>>> \[Client bob registered from /);
    ana.type("send bob and this");
    await bob.line(">>> (lab) [Private message from ana, shown when you leave.]");
    await ana.line(">>> [Message received by bob.]");
    bob.type("leave_group");
    await bob.line(">>> ana: and this");
    assert.deepEqual(heard(bob).slice(-3), [">>> [Leave group chat lab]", ">>> ana: psst", ">>> ana: and this"]);
    assert.ok(!bob.lines.some(({ text }) => text === `>>> (lab) ${welcome.slice(4)}`));
    assert.ok(bob.lines.some(({ text }) => text === tableUpdated));
  });
});
