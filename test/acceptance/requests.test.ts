// The server is killed, then each request is made in turn: two lines after 2.5 s and exit 69, what was kept shown first;
// under `--stay` the client stays. What is nowhere else goes out at the next start.

import assert from "node:assert/strict";
import { suite, test } from "node:test";

import type { Program } from "../../scripts/program.ts";
import { complaints, said, sees, Stage, welcome } from "./stage.ts";
import { Stopwatch } from "./stopwatch.ts";

const outside = ">>> ";
const inside = ">>> (lab) ";
const notResponding = "[Server not responding]";
const exiting = "[Exiting]";
const kept = "[1 messages kept, sent when you are back.]";
const atOnce = 3;
const savedLine = ">>> [Messages received by the server and saved]";

interface Asked {
  readonly line: string;
  readonly prompt: string;
  /** Lines before the two, those of `pal`'s private messages left out. */
  readonly before?: readonly string[];
  /** The line from which the time counts; typing, if there is none. */
  readonly since?: string;
}

const noAck = ">>> [No ACK from gone, message sent to server.]";

const requests: readonly Asked[] = [
  { line: "send gone hello", prompt: outside, before: [noAck, `>>> ${kept}`], since: noAck },
  { line: "send_all hello", prompt: outside },
  { line: "create_group den", prompt: outside },
  { line: "list_groups", prompt: outside },
  { line: "join_group lab", prompt: outside },
  { line: "dereg", prompt: outside },
  { line: "send_group hello", prompt: inside },
  { line: "list_members", prompt: inside },
  { line: "leave_group", prompt: inside },
  { line: "dereg", prompt: inside },
];

/** Registered and with a table, started a few at a time: a crowd that starts at once may keep each other from it. */
async function started(stage: Stage, names: readonly string[], words: readonly string[] = []): Promise<Program[]> {
  const clients: Program[] = [];
  for (let i = 0; i < names.length; i += atOnce)
    clients.push(...(await Promise.all(names.slice(i, i + atOnce).map((name) => stage.client(name, { words })))));
  return clients;
}

/** Asks a dead server, and reads all there is until the end of the process. */
async function asksInVain(client: Program, { line, prompt, before = [], since }: Asked): Promise<void> {
  const from = client.lines.length;
  const watch = new Stopwatch(client);
  const typedAt = client.type(line);
  const startedAt = since === undefined ? typedAt : await client.line(since);
  const silent = await client.line(prompt + notResponding);
  watch.assertBetween(startedAt, silent, 2200, 2800);
  assert.equal(await client.exit(), 69, line);
  const privates = prompt === inside ? [">>> pal: first, for later", ">>> pal: second, for later"] : [];
  const said = client.lines.slice(from).map(({ text }) => text);
  assert.deepEqual(said, [...privates, ...before, prompt + notResponding, prompt + exiting], line);
  assert.deepEqual(complaints(client), []);
}

void suite("requests", { concurrency: 2 }, () => {
  test("the server killed: each request has its two lines after 2.5 s and 69, private messages kept before them", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const clients = await started(
      stage,
      requests.map((_, i) => `c${i}`),
    );
    const [gone, pal] = await started(stage, ["gone", "pal"]);
    const [first] = clients;
    assert.ok(gone && pal && first);
    first.type("create_group lab");
    await first.line(">>> [Group lab created by Server.]");
    const members = requests.flatMap(({ prompt }, i) => (prompt === inside ? [i] : []));
    for (const i of members) {
      clients[i]?.type("join_group lab");
      await clients[i]?.line(">>> [Entered group lab successfully]");
    }
    await sees(first, /^>>> gone \S+ online$/);
    await sees(pal, new RegExp(`^>>> c${members.at(-1)} \\S+ online$`));
    for (const i of members) {
      for (const text of ["first", "second"]) {
        pal.type(`send c${i} ${text}, for later`);
        await clients[i]?.line(`${inside}[Private message from pal, shown when you leave.]`);
        await pal.line(`>>> [Message received by c${i}.]`);
      }
    }
    for (const program of [server, gone]) {
      program.kill("SIGKILL");
      await program.exit();
    }
    await Promise.all(
      requests.map(async (asked, i) => {
        const client = clients[i];
        assert.ok(client);
        await asksInVain(client, asked);
      }),
    );
  });

  test("--stay: each request has its one line, nobody exits, and all are answered when the server is back", async (t) => {
    const stage = await Stage.open(t);
    const first = await stage.server();
    const lines = ["create_group den", "list_groups", "join_group lab", "send_all is anybody there?"];
    const clients = await started(
      stage,
      lines.map((_, i) => `c${i}`),
      ["--stay"],
    );
    first.kill("SIGKILL");
    await first.exit();
    const ask = async (client: Program, i: number): Promise<void> => {
      const watch = new Stopwatch(client);
      const typedAt = client.type(lines[i] ?? "");
      watch.assertBetween(typedAt, await client.line(/\[Server not responding\]$/), 2200, 2800);
    };
    await Promise.all(clients.map(ask));
    const second = await stage.server();
    for (const _ of clients) await second.line(/^>>> \[Client c\d registered from /);
    for (const client of clients) {
      client.type("create_group lab");
      await client.line(/^>>> \[Group lab (?:created by Server\.|already exists\.)\]$/);
      client.type("quit");
      assert.equal(await client.exit(), 0);
      assert.equal(said(client).filter((text) => text.includes("Exiting")).length, 0);
      assert.equal(said(client).filter((text) => text === welcome).length, 1);
      assert.deepEqual(complaints(client), []);
    }
  });

  test("a message that is nowhere else stays in the outbox, and goes out at the next start", async (t) => {
    const stage = await Stage.open(t);
    const first = await stage.server();
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    for (const program of [first, bob]) {
      program.kill("SIGKILL");
      await program.exit();
    }
    ana.type("send bob one");
    ana.type("send bob two");
    await ana.line(">>> [2 messages kept, sent when you are back.]");
    await ana.line(`>>> ${notResponding}`);
    await ana.line(`>>> ${exiting}`);
    assert.equal(await ana.exit(), 69);
    await stage.server();
    const bobAgain = await stage.client("bob");
    const anaAgain = await stage.client("ana");
    await bobAgain.line(">>> ana: one");
    await bobAgain.line(">>> ana: two");
    for (const _ of ["one", "two"]) await anaAgain.line(">>> [Message received by bob.]");
    assert.deepEqual(said(bobAgain), [welcome, ">>> ana: one", ">>> ana: two"]);
  });

  test("a server that stood still for less than 2.5 s is responding: the request is answered", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    bob.kill("SIGKILL");
    await bob.exit();
    server.kill("SIGSTOP");
    // The verdict on the silent one takes its time, and only then is the server asked.
    ana.type("send bob hello");
    ana.type("list_groups");
    await ana.line(">>> [No ACK from bob, message sent to server.]");
    server.kill("SIGCONT");
    await ana.line(savedLine);
    assert.ok(said(ana).includes(">>> [Available group chats:]"));
    assert.ok(!said(ana).includes(`>>> ${notResponding}`));
  });
});
