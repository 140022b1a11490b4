// Groups at the real program: making, listing, entering and leaving them, what is said in them, what is kept for whoever
// is in one, and the lines that the server prints of it all.

import assert from "node:assert/strict";
import { suite, test } from "node:test";

import type { Program } from "../../scripts/program.ts";
import { bye, complaints, deliver, gather, heard, serverEvents, Stage, welcome } from "./stage.ts";

const invalid = "[Invalid command]";
const taken = "[Message received by Server.]";
const inLab = ">>> (lab) ";
const left = ">>> [Leave group chat lab]";
const entered = ">>> [Entered group lab successfully]";

function keptLine(from: string): string {
  return `${inLab}[Private message from ${from}, shown when you leave.]`;
}

/** Somebody outside writes to somebody in the group: the line there, the verdict here. */
async function whisper(from: readonly [string, Program], to: readonly [string, Program], text: string): Promise<void> {
  from[1].type(`send ${to[0]} ${text}`);
  await Promise.all([to[1].line(keptLine(from[0])), from[1].line(`>>> [Message received by ${to[0]}.]`)]);
}

function tableLines(client: Program): number {
  return client.lines.length - heard(client).length;
}

/** Types lines, and says what came of them; a line that is none ends it, behind that prompt. */
async function answers(client: Program, prompt: string, ...typed: readonly string[]): Promise<readonly string[]> {
  const before = heard(client).length;
  for (const line of typed) client.type(line);
  // Answers of the server come later than what is said at once; a listing comes after all that was asked before it.
  client.type(prompt === ">>> " ? "list_groups" : "list_members");
  await client.line(prompt === ">>> " ? ">>> [Available group chats:]" : `${prompt}[Members in the group lab:]`);
  const all = heard(client).slice(before);
  return all.slice(
    0,
    all.findIndex((line) => /(?:Available group chats|Members in the group lab):\]$/.test(line)),
  );
}

void suite("groups", { concurrency: 3 }, () => {
  test("create_group: made, already there, the same name in another writing, and names that cannot be", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    assert.deepEqual(await answers(ana, ">>> ", "create_group Lab"), [">>> [Group Lab created by Server.]"]);
    const exists = ">>> [Group Lab already exists.]";
    // The third one has a Cyrillic a, the fourth is written in full width.
    const again = ["create_group Lab", "create_group LAB", "create_group L\u0430b", "create_group \uff2c\uff41\uff42"];
    assert.deepEqual(
      await answers(bob, ">>> ", ...again),
      again.map(() => exists),
    );
    const long = "x".repeat(500);
    const unusable = ["../x", "..", "-x", "a/b", long, "x".repeat(33)];
    assert.deepEqual(
      await answers(ana, ">>> ", ...unusable.map((name) => `create_group ${name}`)),
      unusable.map((name) => `>>> [Not a usable name: ${name}]`),
    );
    assert.deepEqual(await answers(ana, ">>> ", "create_group \u001b[31mred\u0007\u202e"), [
      ">>> [Not a usable name: red]",
    ]);
    await bob.line(">>> Lab");
    assert.deepEqual(heard(bob).slice(-2), [">>> [Available group chats:]", ">>> Lab"]);
    // It did not enter what it made.
    assert.deepEqual(await answers(ana, ">>> ", "list_members"), [`>>> ${invalid}`]);
    const events = serverEvents(server).filter((line) => / creat/.test(line));
    assert.deepEqual(events, [
      ">>> [Client ana created group Lab successfully]",
      ">>> [Client bob creating group Lab failed, group already exists]",
      ">>> [Client bob creating group LAB failed, group already exists]",
      ">>> [Client bob creating group L\u0430b failed, group already exists]",
      ">>> [Client bob creating group Lab failed, group already exists]",
    ]);
    assert.deepEqual([...complaints(ana), ...complaints(bob), ...complaints(server)], []);
  });

  test("list_groups: none, and several in their order, at the client and at the server", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const ana = await stage.client("ana");
    ana.type("list_groups");
    await ana.line(">>> [Available group chats:]");
    for (const group of ["zoo", "lab", "Alpha", "10", "9"]) ana.type(`create_group ${group}`);
    await ana.line(">>> [Group 9 created by Server.]");
    ana.type("list_groups");
    await ana.line(">>> zoo");
    const names = [">>> 10", ">>> 9", ">>> Alpha", ">>> lab", ">>> zoo"];
    const made = ["zoo", "lab", "Alpha", "10", "9"];
    assert.deepEqual(heard(ana), [
      welcome,
      ">>> [Available group chats:]",
      ...made.map((group) => `>>> [Group ${group} created by Server.]`),
      ">>> [Available group chats:]",
      ...names,
    ]);
    await server.line(">>> zoo");
    const asked = ">>> [Client ana requested listing groups, current groups:]";
    assert.deepEqual(serverEvents(server), [
      asked,
      ...made.map((group) => `>>> [Client ana created group ${group} successfully]`),
      asked,
      ...names,
    ]);
  });

  test("join_group: entered as registered, does not exist, unusable; one group at a time", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const ana = await stage.client("ana");
    ana.type("create_group Lab");
    ana.type("join_group nowhere");
    ana.type("join_group ../x");
    ana.type("join_group lAB");
    ana.type("join_group den");
    ana.type("leave_group");
    await ana.line(">>> [Leave group chat Lab]");
    assert.deepEqual(heard(ana), [
      welcome,
      ">>> [Group Lab created by Server.]",
      ">>> [Group nowhere does not exist]",
      ">>> [Not a usable name: ../x]",
      ">>> [Entered group Lab successfully]",
      `>>> (Lab) ${invalid}`,
      ">>> [Leave group chat Lab]",
    ]);
    await server.line(">>> [Client ana left group Lab]");
    assert.deepEqual(serverEvents(server), [
      ">>> [Client ana created group Lab successfully]",
      ">>> [Client ana joining group nowhere failed, group does not exist]",
      ">>> [Client ana joined group Lab]",
      ">>> [Client ana left group Lab]",
    ]);
  });

  test("send_group reaches everybody in the group but the sender; list_members names the asker, too", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const [ana, bob, eva, out] = await stage.clients("ana", "bob", "eva", "out");
    assert.ok(ana && bob && eva && out);
    await gather("lab", eva, ana, bob);
    ana.type("send_group  two spaces before,  two between");
    await ana.line(inLab + taken);
    for (const other of [bob, eva]) await other.line(`${inLab}Group_Message ana:  two spaces before,  two between`);
    bob.type("send_group Grüße, Київ 👩‍👩‍👧");
    await bob.line(inLab + taken);
    for (const other of [ana, eva]) await other.line(`${inLab}Group_Message bob: Grüße, Київ 👩‍👩‍👧`);
    const members = [`${inLab}[Members in the group lab:]`, `${inLab}ana`, `${inLab}bob`, `${inLab}eva`];
    ana.type("list_members");
    await ana.line(`${inLab}eva`);
    eva.type("leave_group");
    await eva.line(left);
    ana.type("send_group without eva");
    await bob.line(`${inLab}Group_Message ana: without eva`);
    await ana.line(inLab + taken);
    bob.type("list_members");
    await bob.line(`${inLab}bob`);
    await deliver(["out", out], ["eva", eva], "done");
    const post = `${inLab}Group_Message`;
    const [first, second] = ["ana:  two spaces before,  two between", "bob: Grüße, Київ 👩‍👩‍👧"];
    assert.deepEqual(heard(ana), [welcome, entered, inLab + taken, `${post} ${second}`, ...members, inLab + taken]);
    assert.deepEqual(heard(bob), [
      welcome,
      entered,
      `${post} ${first}`,
      inLab + taken,
      `${post} ana: without eva`,
      ...members.slice(0, 3),
    ]);
    assert.deepEqual(heard(eva).slice(2), [entered, `${post} ${first}`, `${post} ${second}`, left, ">>> out: done"]);
    assert.deepEqual(heard(out), [welcome, ">>> [Message received by eva.]"]);
    await server.line(">>> [Client bob requested listing members of group lab:]");
    await server.line(">>> bob");
    assert.deepEqual(serverEvents(server), [
      ">>> [Client eva created group lab successfully]",
      ...["eva", "ana", "bob"].map((name) => `>>> [Client ${name} joined group lab]`),
      ">>> [Client ana sent group message]",
      ">>> [Client bob sent group message]",
      ">>> [Client ana requested listing members of group lab:]",
      ">>> ana",
      ">>> bob",
      ">>> eva",
      ">>> [Client eva left group lab]",
      ">>> [Client ana sent group message]",
      ">>> [Client bob requested listing members of group lab:]",
      ">>> ana",
      ">>> bob",
    ]);
  });

  test("commands of the other mode are invalid and do nothing; missing arguments are told their usage", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    await gather("lab", bob);
    const inside = ["send_group hi", "list_members", "leave_group"];
    assert.deepEqual(
      await answers(ana, ">>> ", ...inside),
      inside.map(() => `>>> ${invalid}`),
    );
    assert.deepEqual(await answers(ana, ">>> ", "create_group", "join_group", "send_all", "send bob"), [
      ">>> [Usage: create_group <group>]",
      ">>> [Usage: join_group <group>]",
      ">>> [Usage: send_all <message>]",
      ">>> [Usage: send <name> <message>]",
    ]);
    const outside = ["send ana hi", "send bob hi", "send_all hi", "create_group den", "list_groups", "join_group lab"];
    assert.deepEqual(
      await answers(bob, inLab, ...outside),
      outside.map(() => inLab + invalid),
    );
    assert.deepEqual(await answers(bob, inLab, "send_group", "list_members x", "leave_group lab"), [
      `${inLab}[Usage: send_group <message>]`,
      `${inLab}[Usage: list_members]`,
      `${inLab}[Usage: leave_group]`,
    ]);
    await whisper(["ana", ana], ["bob", bob], "done");
    assert.deepEqual(
      heard(ana).filter((line) => /bob/.test(line)),
      [">>> [Message received by bob.]"],
    );
    assert.deepEqual(
      serverEvents(server).filter((line) => /sent|left|created|joining/.test(line)),
      [">>> [Client bob created group lab successfully]"],
    );
  });

  test("four clients and a group: private messages are told, acknowledged, kept, and shown in order on leaving", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const [ana, bob, eva, out] = await stage.clients("ana", "bob", "eva", "out");
    assert.ok(ana && bob && eva && out);
    await gather("lab", ana, bob);
    const bobIn = ["bob", bob] as const;
    await whisper(["eva", eva], bobIn, "one");
    await whisper(["out", out], bobIn, "two");
    ana.type("send_group hello");
    await bob.line(`${inLab}Group_Message ana: hello`);
    await whisper(["eva", eva], bobIn, "  three, with spaces");
    bob.type("send_group hello yourself");
    await ana.line(`${inLab}Group_Message bob: hello yourself`);
    await bob.line(inLab + taken);
    await whisper(["out", out], bobIn, "four");
    const inside = heard(bob).slice(2);
    assert.deepEqual(inside, [
      keptLine("eva"),
      keptLine("out"),
      `${inLab}Group_Message ana: hello`,
      keptLine("eva"),
      inLab + taken,
      keptLine("out"),
    ]);
    bob.type("leave_group");
    await bob.line(">>> out: four");
    await deliver(["eva", eva], ["bob", bob], "five");
    assert.deepEqual(heard(bob).slice(2 + inside.length), [
      left,
      ">>> eva: one",
      ">>> out: two",
      ">>> eva:   three, with spaces",
      ">>> out: four",
      ">>> eva: five",
    ]);
    // What was shown is not kept on: entering and leaving again shows nothing.
    bob.type("join_group lab");
    bob.type("leave_group");
    bob.type("quit");
    await bob.line(bye);
    assert.equal(await bob.exit(), 0);
    assert.deepEqual(heard(bob).slice(-4), [">>> eva: five", entered, left, bye]);
    assert.equal(heard(ana).filter((line) => /eva|out|Private/.test(line)).length, 0);
    assert.deepEqual(
      serverEvents(server).filter((line) => /eva|out/.test(line)),
      [],
    );
  });

  test("kept private messages are shown before the goodbye of dereg, quit and the end of input", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const [ana, bob, eva, zoe] = await stage.clients("ana", "bob", "eva", "zoe");
    assert.ok(ana && bob && eva && zoe);
    const leavings: readonly (readonly [string, Program, () => unknown])[] = [
      ["bob", bob, (): unknown => bob.type("dereg")],
      ["eva", eva, (): unknown => eva.type("quit")],
      ["zoe", zoe, (): void => zoe.endInput()],
    ];
    await gather("lab", bob, eva, zoe);
    for (const [name, member, leave] of leavings) {
      for (const text of ["one", "two"]) await whisper(["ana", ana], [name, member], text);
      const before = heard(member).length;
      leave();
      assert.equal(await member.exit(), 0);
      const kept = [">>> ana: one", ">>> ana: two"];
      assert.deepEqual(heard(member).slice(before), [...kept, `${inLab}[You are Offline. Bye.]`]);
      await server.line(`>>> [Client ${name} deregistered]`);
      assert.equal(serverEvents(server).filter((line) => line === `>>> [Client ${name} left group lab]`).length, 1);
    }
    ana.type("join_group lab");
    ana.type("list_members");
    await ana.line(`${inLab}ana`);
    assert.deepEqual(await answers(ana, inLab), []);
    assert.doesNotMatch(heard(ana).join("\n"), /\) (?:bob|eva|zoe)/);
    const again = await stage.client("bob");
    assert.deepEqual(await answers(again, ">>> ", "list_members"), [`>>> ${invalid}`]);
    assert.deepEqual(heard(again).slice(0, 2), [welcome, `>>> ${invalid}`]);
  });

  test("a group message of 60,000 characters arrives intact at everybody, before the one typed after it", async (t) => {
    const stage = await Stage.open(t);
    await stage.server();
    const [ana, bob, eva] = await stage.clients("ana", "bob", "eva");
    assert.ok(ana && bob && eva);
    await gather("lab", ana, bob, eva);
    const long = Array.from({ length: 10_000 }, (_, i) => `${String(i).padStart(5, "0")} `)
      .join("")
      .trimEnd();
    assert.equal(long.length, 59_999);
    const text = `${long}!`;
    ana.type(`send_group ${text}`);
    ana.type("send_group short");
    for (const other of [bob, eva]) {
      await other.line(`${inLab}Group_Message ana: short`);
      assert.deepEqual(heard(other).slice(-2), [
        `${inLab}Group_Message ana: ${text}`,
        `${inLab}Group_Message ana: short`,
      ]);
    }
    await ana.line(inLab + taken);
    await ana.line(inLab + taken);
  });

  test("one joins and leaves a thousand times: the others read every post, and nothing else", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const [ana, bob, eva] = await stage.clients("ana", "bob", "eva");
    assert.ok(ana && bob && eva);
    await gather("lab", ana, eva);
    const rounds = 1000;
    const tables = [ana, eva].map(tableLines);
    eva.type("send_group begin");
    await ana.line(`${inLab}Group_Message eva: begin`);
    bob.write("join_group lab\nleave_group\n".repeat(rounds));
    const posts = 20;
    for (let i = 1; i <= posts; i++) {
      // One post each fiftieth round: they meet the member coming and going.
      for (let round = 0; round < rounds / posts; round++) await bob.line(left);
      ana.type(`send_group post ${i}`);
      await eva.line(`${inLab}Group_Message ana: post ${i}`);
    }
    bob.type("send bob done");
    await bob.line(">>> bob: done", 60_000);
    ana.type("list_members");
    await ana.line(`${inLab}eva`);
    const got = Array.from({ length: posts }, (_, i) => `${inLab}Group_Message ana: post ${i + 1}`);
    assert.deepEqual(heard(eva).slice(2), [inLab + taken, ...got]);
    assert.deepEqual(heard(ana).slice(-3), [`${inLab}[Members in the group lab:]`, `${inLab}ana`, `${inLab}eva`]);
    const count = (program: Program, line: string): number => heard(program).filter((each) => each === line).length;
    assert.deepEqual([count(bob, entered), count(bob, left)], [rounds, rounds]);
    assert.deepEqual(
      [count(server, ">>> [Client bob joined group lab]"), count(server, ">>> [Client bob left group lab]")],
      [rounds, rounds],
    );
    assert.deepEqual([ana, eva].map(tableLines), tables);
    assert.deepEqual([...complaints(server), ...complaints(bob)], []);
  });
});
