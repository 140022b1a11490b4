// The command table, line by line: what each mode knows, how arguments that are missing or unusable are answered, `help`,
// `clients`, and when a typed line runs.

import assert from "node:assert/strict";
import { suite, test } from "node:test";

import type { Program } from "../../scripts/program.ts";
import { bye, complaints, gather, said, sees, Stage, tableUpdated, welcome } from "./stage.ts";

const invalid = "[Invalid command]";
const offline = "[You are offline.]";
const saved = ">>> [Messages received by the server and saved]";
const long = "x".repeat(500);

type Answered = readonly (readonly [string, readonly string[]])[];

const outsideGroups: Answered = [
  ["send", ["[Usage: send <name> <message>]"]],
  ["send bob", ["[Usage: send <name> <message>]"]],
  ["send_all", ["[Usage: send_all <message>]"]],
  ["create_group", ["[Usage: create_group <group>]"]],
  ["create_group two words", ["[Usage: create_group <group>]"]],
  ["list_groups all", ["[Usage: list_groups]"]],
  ["join_group", ["[Usage: join_group <group>]"]],
  ["trust", ["[Usage: trust <name>]"]],
  ["clients all", ["[Usage: clients]"]],
  ["help me", ["[Usage: help]"]],
  ["quit now", ["[Usage: quit]"]],
  ["exit now", ["[Usage: exit]"]],
  ["ctrl + c now", ["[Usage: ctrl + c]"]],
  ["dereg ana now", ["[Usage: dereg <own name>]"]],
  ["reg ana now", ["[Usage: reg <own name>]"]],
  ["reg", ["[You are already registered.]"]],
  ["reg ana", ["[You are already registered.]"]],
  ["reg bob", ["[You can only register yourself.]"]],
  ["dereg bob", ["[You can only deregister yourself.]"]],
  ["send_group hi", [invalid]],
  ["send_group", [invalid]],
  ["list_members", [invalid]],
  ["leave_group", [invalid]],
  ["Send bob hi", [invalid]],
  ["LIST_GROUPS", [invalid]],
  ["dance", [invalid]],
  ["ctrl+c", [invalid]],
  ["create_group ../x", ["[Not a usable name: ../x]"]],
  ["create_group ..", ["[Not a usable name: ..]"]],
  ["create_group -x", ["[Not a usable name: -x]"]],
  ["join_group a/b", ["[Not a usable name: a/b]"]],
  [`create_group ${long}`, [`[Not a usable name: ${long}]`]],
  [`join_group ${long}`, [`[Not a usable name: ${long}]`]],
  ["create_group \u001b[31mred\u0007", ["[Not a usable name: red]"]],
  ["send ../x hi", ["[Not a usable name: ../x]"]],
  ["trust -x", ["[Not a usable name: -x]"]],
  ["send zoe hi", ["[No such client: zoe]"]],
  ["trust zoe", ["[No such client: zoe]"]],
  [`send ana ${"y".repeat(65_537)}`, ["[Message too long: 65537 of 65536 bytes.]"]],
  [`send_all ${"y".repeat(65_537)}`, ["[Message too long: 65537 of 65536 bytes.]"]],
];

const inGroup: Answered = [
  ["send ana hi", [invalid]],
  ["send", [invalid]],
  ["send_all hi", [invalid]],
  ["create_group den", [invalid]],
  ["list_groups", [invalid]],
  ["join_group lab", [invalid]],
  ["trust bob", [invalid]],
  ["dance", [invalid]],
  ["List_members", [invalid]],
  ["send_group", ["[Usage: send_group <message>]"]],
  ["list_members all", ["[Usage: list_members]"]],
  ["leave_group lab", ["[Usage: leave_group]"]],
  ["dereg bob", ["[You can only deregister yourself.]"]],
  ["reg", ["[You are already registered.]"]],
  [`send_group ${"y".repeat(65_537)}`, ["[Message too long: 65537 of 65536 bytes.]"]],
];

const whileOffline: Answered = [
  ["send bob hi", [offline]],
  ["send_all hi", [offline]],
  ["create_group den", [offline]],
  ["list_groups", [offline]],
  ["join_group lab", [offline]],
  ["send_group hi", [offline]],
  ["list_members", [offline]],
  ["leave_group", [offline]],
  ["trust bob", [offline]],
  ["dereg", [offline]],
  ["dereg bob", ["[You can only deregister yourself.]"]],
  ["reg bob", ["[You can only register yourself.]"]],
  ["dance", [invalid]],
  ["send", ["[Usage: send <name> <message>]"]],
];

/** Everything typed at once is answered at once, in order, each line behind that prompt. */
async function assertAnswers(client: Program, prompt: string, answered: Answered): Promise<void> {
  const expected = [...answered.flatMap(([, lines]) => lines), invalid].map((line) => prompt + line);
  const before = said(client).length;
  client.write([...answered.map(([line]) => `${line}\n`), "so far\n"].join(""));
  while (said(client).length < before + expected.length) await client.line(/./);
  assert.deepEqual(said(client).slice(before), expected);
}

/** The words that `help` lists, and what it says besides. */
async function help(client: Program, prompt: string): Promise<{ readonly words: string[]; readonly rest: string[] }> {
  const before = said(client).length;
  client.type("help");
  client.type("so far");
  while (said(client).slice(before).at(-1) !== prompt + invalid) await client.line(/./);
  const lines = said(client).slice(before, -1);
  const listed = /^(ctrl \+ c|[a-z_]+)(?: <[a-z ]+>| \[<n>\])* {2,}\S/;
  assert.ok(lines.every((line) => line.startsWith(prompt)));
  const texts = lines.map((line) => line.slice(prompt.length));
  return {
    words: texts.flatMap((text) => listed.exec(text)?.[1] ?? []),
    rest: texts.filter((text) => !listed.test(text)),
  };
}

const everywhere = ["clients", "net", "why", "dereg", "quit", "exit", "ctrl + c", "help"];

void suite("commands", { concurrency: 3 }, () => {
  test("outside: usage of every command, names that cannot be, nobody's names, unknown and inside words", async (t) => {
    const stage = await Stage.open(t);
    await stage.server();
    const [ana] = await stage.clients("ana", "bob");
    assert.ok(ana);
    await assertAnswers(ana, ">>> ", outsideGroups);
    assert.deepEqual(complaints(ana), []);
  });

  test("inside: usage of every command, unknown and outside words, all behind the group's prompt", async (t) => {
    const stage = await Stage.open(t);
    await stage.server();
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    await gather("lab", ana);
    await assertAnswers(ana, ">>> (lab) ", inGroup);
    ana.type("clients");
    await ana.line(/^>>> \(lab\) ana 127\.0\.0\.1:\d+ online$/);
    await ana.line(/^>>> \(lab\) bob 127\.0\.0\.1:\d+ online$/);
    ana.type("leave_group");
    await ana.line(">>> [Leave group chat lab]");
    await assertAnswers(ana, ">>> ", [["send_group hi", [invalid]]]);
    assert.deepEqual(complaints(ana), []);
  });

  test("offline under --stay: every command is refused for that, and what is none is still invalid", async (t) => {
    const stage = await Stage.open(t);
    await stage.server();
    const ana = await stage.client("ana", { words: ["--stay"] });
    ana.type("dereg");
    await ana.line(bye);
    await assertAnswers(ana, ">>> ", whileOffline);
    const { words } = await help(ana, ">>> ");
    assert.deepEqual(words.toSorted(), ["clients", "net", "why", "reg", "quit", "exit", "ctrl + c", "help"].toSorted());
    ana.type("exit");
    assert.equal(await ana.exit(), 0);
  });

  test("help lists the commands that work here and now, and says what the server could read", async (t) => {
    const stage = await Stage.open(t);
    await stage.server();
    const ana = await stage.client("ana");
    const outside = await help(ana, ">>> ");
    const words = ["send", "send_all", "create_group", "list_groups", "join_group", "trust"];
    assert.deepEqual(outside.words.toSorted(), [...words, ...everywhere].toSorted());
    assert.equal(outside.rest.length, 1);
    assert.match(outside.rest[0] ?? "", /server could read groups and send_all/);
    await gather("lab", ana);
    const inside = await help(ana, ">>> (lab) ");
    assert.deepEqual(inside.words.toSorted(), ["send_group", "list_members", "leave_group", ...everywhere].toSorted());
  });

  test("clients lists everybody by name, oneself included, online and offline, IPv6 in brackets", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const bob = await stage.client("bob", { host: "localhost", clientPort: 0 });
    const ana = await stage.client("Ana", { host: "::1" });
    await bob.line(tableUpdated);
    bob.type("dereg");
    assert.equal(await bob.exit(), 0);
    await sees(ana, /^>>> bob (?:127\.0\.0\.1|\[::1\]):\d+ offline$/);
    const before = said(ana).length;
    ana.type("clients");
    ana.type("so far");
    await ana.line(`>>> ${invalid}`);
    const rows = said(ana).slice(before, -1);
    assert.equal(rows.length, 2);
    assert.match(rows[0] ?? "", /^>>> Ana \[::1\]:\d+ online$/);
    assert.match(rows[1] ?? "", /^>>> bob (?:127\.0\.0\.1|\[::1\]):\d+ offline$/);
    const registered = await server.line(/^>>> \[Client Ana registered from \[::1\]:\d+\]$/);
    const port = /:(\d+)\]$/.exec(registered.text)?.[1];
    assert.match(rows[0] ?? "", new RegExp(`:${port} online$`));
  });

  test("what is typed before the welcome waits for the first table, and then runs in the order typed", async (t) => {
    const stage = await Stage.open(t);
    await stage.server();
    const ana = stage.join("ana");
    ana.write("dance\nsend ana note\nclients\ncreate_group lab\nsend\n");
    await ana.line(">>> [Group lab created by Server.]");
    const lines = ana.lines.map(({ text }) => text);
    assert.deepEqual(lines.slice(0, 3), [welcome, tableUpdated, `>>> ${invalid}`]);
    const at = (line: RegExp): number => lines.findIndex((text) => line.test(text));
    assert.ok(at(/^>>> ana 127\.0\.0\.1:\d+ online$/) > 2);
    assert.ok(at(/^>>> \[Usage: send /) > at(/^>>> ana 127/));
  });

  test("thirty lines typed at once to three people: all in order, nobody waits for the verdict on the one who is dead", async (t) => {
    const stage = await Stage.open(t);
    await stage.server();
    const [bob, eva, joe] = await stage.clients("bob", "eva", "joe");
    // The verdict takes long, so that nothing comes behind it because a busy machine is slow.
    const ana = await stage.client("ana", { words: ["--ack-timeout", "3000"] });
    assert.ok(bob && eva && joe);
    eva.kill("SIGKILL");
    await eva.exit();
    const texts = Array.from({ length: 10 }, (_, i) => `line ${i}`);
    ana.write(texts.map((text) => `send eva ${text}\nsend bob ${text}\nsend joe ${text}\n`).join(""));
    await assertAnswersBefore(ana, /^>>> \[No ACK from eva/);
    await bob.line(">>> ana: line 9");
    await joe.line(">>> ana: line 9");
    while (said(ana).filter((text) => text === saved).length < 10) await ana.line(/./);
    for (const [name, program] of [
      ["bob", bob],
      ["joe", joe],
    ] as const) {
      assert.deepEqual(
        said(program).filter((text) => text.startsWith(">>> ana: ")),
        texts.map((text) => `>>> ana: ${text}`),
      );
      assert.equal(said(ana).filter((text) => text === `>>> [Message received by ${name}.]`).length, 10);
    }
    const noAck = ">>> [No ACK from eva, message sent to server.]";
    assert.equal(said(ana).filter((text) => text === noAck).length, 10);
  });

  test("the server declines: the 33rd group of one person is refused with its reason, and nothing was done", async (t) => {
    const stage = await Stage.open(t);
    await stage.server();
    const ana = await stage.client("ana");
    for (let i = 0; i < 32; i++) ana.type(`create_group g${i}`);
    await ana.line(">>> [Group g31 created by Server.]");
    ana.type("create_group onemore");
    await ana.line(/^>>> \[Refused: [^\]]+\]$/);
    ana.type("join_group onemore");
    await ana.line(">>> [Group onemore does not exist]");
  });
});

/** A command is answered before a line of that kind has come. */
async function assertAnswersBefore(client: Program, later: RegExp): Promise<void> {
  client.type("dance");
  await client.line(`>>> ${invalid}`);
  assert.ok(!said(client).some((text) => later.test(text)));
}
