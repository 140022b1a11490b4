// `udpchat` without arguments: real processes on a port of their own by UDPCHAT_PORT, with names by USER. The servers
// that they start are nobody's children here, and are found and ended by the port in their arguments.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { suite, test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";

import type { Program } from "../../scripts/program.ts";
import { bye, complaints, deliver, said, sees, Stage, tableUpdated, welcome } from "./stage.ts";

const launcher = join(import.meta.dirname, "..", "..", "udpchat");
const pollMs = 50;
const mostPolls = 400;

/** The name that follows a taken one; on a computer whose name is no name, a number does. */
const [host = ""] = hostname().split(".");
const second = /^[a-z0-9][a-z0-9-]{0,24}[a-z0-9]$/i.test(host) ? `pi-${host}` : "pi-2";
const third = second === "pi-2" ? "pi-3" : "pi-2";

function taken(name: string, instead: string): string {
  return `>>> [Name ${name} is taken, joining as ${instead}.]`;
}

/** A stage whose servers in the background end with it. */
async function open(t: TestContext): Promise<Stage> {
  const stage = await Stage.open(t);
  t.after(() => {
    for (const pid of servers(stage.port)) process.kill(pid, "SIGKILL");
  });
  return stage;
}

/** Starts `udpchat` alone as the user of that name, or of none. */
function start(stage: Stage, home: string, user: string | undefined): Program {
  const environment = [...(user === undefined ? ["-u", "USER"] : [`USER=${user}`]), `UDPCHAT_PORT=${stage.port}`];
  return stage.start([...environment, launcher], stage.home(home), { launcher: "/usr/bin/env" });
}

/** The same as some `pi`, or another user; registered and with its table. */
async function alone(stage: Stage, home: string, user = "pi"): Promise<Program> {
  return entered(start(stage, home, user));
}

async function entered(client: Program): Promise<Program> {
  await client.line(welcome);
  await client.line(tableUpdated);
  return client;
}

/** Process ids of the servers that run in the background on a port. */
function servers(port: number): readonly number[] {
  const words = new RegExp(`^ *(\\d+) .* serve --port ${port} --until-empty$`, "gm");
  const listed = execFileSync("ps", ["-A", "-ww", "-o", "pid=,args="], { encoding: "utf8" });
  return Array.from(listed.matchAll(words), ([, pid]) => Number(pid));
}

/** Waits until so many servers run in the background, among them those that lost the race for the port and have not
 * ended yet: nothing tells of the end of somebody else's child. */
async function settledServers(stage: Stage, count: number): Promise<readonly number[]> {
  for (let poll = 0; poll < mostPolls; poll++) {
    const running = servers(stage.port);
    if (running.length === count) return running;
    await delay(pollMs);
  }
  throw new Error(`${servers(stage.port).length} servers where ${count} were expected`);
}

async function noServers(stage: Stage): Promise<void> {
  await settledServers(stage, 0);
}

async function quit(...clients: readonly Program[]): Promise<void> {
  for (const client of clients) {
    client.type("quit");
    assert.equal(await client.exit(), 0);
    assert.equal(said(client).at(-1), bye);
    assert.deepEqual(complaints(client), []);
  }
}

async function bound(t: TestContext, port: number): Promise<Socket> {
  const socket = createSocket("udp6");
  let isOpen = true;
  socket.on("close", () => (isOpen = false));
  t.after(() => isOpen && socket.close());
  socket.bind(port);
  await once(socket, "listening");
  return socket;
}

void suite("alone", { concurrency: 3, skip: process.platform === "win32" }, () => {
  test("two of the same name on one machine get two names, talk, and their server ends with the last", async (t) => {
    const stage = await open(t);
    const one = await alone(stage, "one");
    const [server] = await settledServers(stage, 1);
    const two = await alone(stage, "two");
    assert.deepEqual(said(two), [taken("pi", second), welcome]);
    await one.line(tableUpdated);
    await deliver(["pi", one], [second, two], "hello");
    await deliver([second, two], ["pi", one], "hello yourself");
    assert.deepEqual(said(one)[0], welcome);
    await quit(one);
    await sees(two, /^>>> pi 127\.0\.0\.1:\d+ offline$/);
    assert.deepEqual(await settledServers(stage, 1), [server]);
    await quit(two);
    await noServers(stage);
    // Another process with the same books, in which the names still belong to the same keys.
    const again = await alone(stage, "one");
    const twoAgain = await alone(stage, "two");
    assert.deepEqual([said(again), said(twoAgain)], [[welcome], [taken("pi", second), welcome]]);
    await quit(twoAgain, again);
    await noServers(stage);
  });

  test("the server is nobody's: it has its own process group, and outlives the kill -9 of who started it", async (t) => {
    const stage = await open(t);
    const one = await alone(stage, "one");
    const [server] = await settledServers(stage, 1);
    const group = execFileSync("ps", ["-o", "pgid=,tty=", "-p", String(server)], { encoding: "utf8" });
    assert.match(group, new RegExp(`^ *${server} +\\?+ *$`, "m"));
    const two = await alone(stage, "two");
    await one.line(tableUpdated);
    one.kill("SIGKILL");
    await one.exit();
    const three = await alone(stage, "three", "eva");
    await two.line(tableUpdated);
    await deliver(["eva", three], [second, two], "still here");
    // The one who said no goodbye is asked, and is not there.
    three.type("send pi you too?");
    await three.line(/^>>> \[No ACK from pi, message /);
    await sees(three, /^>>> pi 127\.0\.0\.1:\d+ offline$/);
    assert.deepEqual(await settledServers(stage, 1), [server]);
    await quit(two, three);
    await noServers(stage);
  });

  test("started at the same instant, all meet at one server under names of their own", async (t) => {
    const stage = await open(t);
    const clients = ["a", "b", "c", "d"].map((home) => start(stage, home, "pi"));
    for (const client of clients) await client.line(welcome);
    await settledServers(stage, 1);
    const [first] = clients;
    assert.ok(first);
    const names = clients.map((client) => /joining as (\S+)\.\]$/.exec(said(client)[0] ?? "")?.[1] ?? "pi");
    assert.equal(new Set(names).size, clients.length);
    for (const name of names) await sees(first, new RegExp(`^>>> ${name} 127\\.0\\.0\\.1:\\d+ online$`));
    await quit(...clients);
    await noServers(stage);
  });

  test("a profile in use on this machine is a taken name, and so is the next", async (t) => {
    const stage = await open(t);
    const one = await alone(stage, "home");
    const two = await alone(stage, "home");
    assert.deepEqual(said(two), [taken("pi", second), welcome]);
    const three = await alone(stage, "home");
    assert.deepEqual(said(three), [taken("pi", third), welcome]);
    const four = await alone(stage, "elsewhere");
    assert.equal(said(four)[1], welcome);
    assert.match(said(four)[0] ?? "", /^>>> \[Name pi is taken, joining as pi-[34]\.\]$/);
    await deliver([third, three], ["pi", one], "one home, three names");
    await quit(one, two, three, four);
    await noServers(stage);
  });

  test("when every name is taken, one line says so and how to choose, and the exit code is 77", async (t) => {
    const stage = await open(t);
    const clients: Program[] = [];
    for (let i = 0; i < (third === "pi-3" ? 9 : 10); i++) clients.push(await alone(stage, "home"));
    const last = start(stage, "other", "pi");
    assert.equal(await last.exit(), 77);
    assert.deepEqual(said(last), []);
    const [line, ...more] = complaints(last);
    assert.match(
      line ?? "",
      /^udpchat: got the names "pi" to "pi-9", all of them taken, expected one .*; choose one: /,
    );
    assert.ok(line?.endsWith(`udpchat join <name>@127.0.0.1:${stage.port}`));
    assert.deepEqual(more, []);
    await quit(...clients);
    await noServers(stage);
  });

  test("a $USER that is no name is made one, and without it the login name counts", async (t) => {
    const stage = await open(t);
    const clients: Program[] = [];
    const login = userInfo().username.replaceAll(/[^A-Za-z0-9._-]+/g, "-");
    for (const [user, name] of [
      ["☺☺", "user"],
      ["LAB\\Ana María", "LAB-Ana-María"],
      [undefined, login],
    ] as const) {
      const client = await entered(start(stage, name, user));
      await sees(client, new RegExp(`^>>> ${name} 127\\.0\\.0\\.1:\\d+ online$`));
      clients.push(client);
    }
    await quit(...clients);
    await noServers(stage);
  });

  test("a pipe full of lines says everything, leaves, and its server ends", async (t) => {
    const stage = await open(t);
    const ana = start(stage, "ana", "ana");
    ana.write("send ana note to myself\nclients");
    ana.endInput();
    assert.equal(await ana.exit(), 0);
    assert.deepEqual(said(ana).slice(0, 1), [welcome]);
    assert.ok(said(ana).includes(">>> ana: note to myself"));
    assert.equal(said(ana).at(-1), bye);
    await noServers(stage);
  });

  test("a server that is there already is joined, and stays", async (t) => {
    const stage = await open(t);
    const server = await stage.server();
    const ana = await alone(stage, "ana", "ana");
    await server.line(/^>>> \[Client ana registered from 127\.0\.0\.1:\d+\]$/);
    await noServers(stage);
    await quit(ana);
    await server.line(">>> [Client ana deregistered]");
    await quitServer(server);
  });

  test("serve --until-empty by hand prints its lines and ends with 0 when the last has left", async (t) => {
    const stage = await open(t);
    const server = await stage.server("--until-empty");
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    await quit(ana);
    await server.line(">>> [Client ana deregistered]");
    await deliver(["bob", bob], ["bob", bob], "alone now");
    await quit(bob);
    assert.equal(await server.exit(), 0);
    assert.equal(said(server).at(-1), ">>> [Client bob deregistered]");
    assert.deepEqual(complaints(server), []);
  });

  test("a server that ends at that moment is replaced", async (t) => {
    const stage = await open(t);
    const ending = await bound(t, stage.port);
    ending.once("message", () => ending.close());
    const ana = await alone(stage, "ana", "ana");
    assert.deepEqual([said(ana), complaints(ana)], [[welcome], []]);
    await settledServers(stage, 1);
    await quit(ana);
    await noServers(stage);
  });

  test("another program on the port is a server that does not respond", async (t) => {
    const stage = await open(t);
    await bound(t, stage.port);
    const ana = start(stage, "ana", "ana");
    assert.equal(await ana.exit(), 69);
    assert.deepEqual(said(ana), [">>> [Server not responding]", ">>> [Exiting]"]);
  });

  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    test(`${signal} before anybody has answered ends it at once with ${code}, its profile in order`, async (t) => {
      const stage = await open(t);
      const silent = await bound(t, stage.port);
      const ana = start(stage, "ana", "ana");
      await once(silent, "message", { signal: AbortSignal.timeout(60_000) });
      ana.kill(signal);
      // At once: it does not say that nobody has answered, as it would 2.5 s after its first datagram.
      assert.equal(await ana.exit(), code);
      assert.deepEqual([said(ana), complaints(ana)], [[], []]);
      const profile = new DatabaseSync(join(stage.home("ana"), "profiles", "ana", "profile.sqlite"), {
        readOnly: true,
      });
      t.after(() => profile.close());
      assert.equal(profile.prepare("SELECT endedCleanly FROM life").get()?.["endedCleanly"], 1);
    });
  }

  test("a server that cannot have its data folder is 73 and the line of serve", async (t) => {
    const stage = await open(t);
    writeFileSync(stage.home("file"), "");
    const ana = start(stage, "file", "ana");
    assert.equal(await ana.exit(), 73);
    assert.deepEqual(said(ana), []);
    assert.match(
      complaints(ana).join("\n"),
      /^udpchat: \S+\/file\/servers\/\d+ is a file where a folder was expected[^\n]*$/,
    );
  });

  test("another server than last time is refused with both fingerprints and the way to accept it", async (t) => {
    const stage = await open(t);
    const first = await alone(stage, "one", "ana");
    await quit(first);
    await noServers(stage);
    await stage.server();
    const again = start(stage, "one", "ana");
    assert.equal(await again.exit(), 77);
    assert.deepEqual(said(again), []);
    assert.match(
      complaints(again).join("\n"),
      /^udpchat: got the server fingerprint "[^"]+", expected "[^"]+"; if that is right, once: udpchat join ana@127\.0\.0\.1:\d+ --new-server$/,
    );
  });
});

async function quitServer(server: Program): Promise<void> {
  server.type("quit");
  assert.equal(await server.exit(), 0);
}
