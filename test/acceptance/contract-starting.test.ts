// Ways to start that are right, and the exit codes that other files do not show.

import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";

import { readMessage1Head, writeAddressed } from "#wire";

import { freePort } from "../../scripts/free-port.ts";
import { bound } from "./relay.ts";
import { complaints, deliver, said, sees, Stage, tableUpdated, welcome } from "./stage.ts";

const launcher = join(import.meta.dirname, "..", "..", "udpchat");
const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"));

void suite("starting right", { concurrency: 3 }, () => {
  test("the long forms are the short ones: serve --port, and join <name>@<host>:<port> --port --plain", async (t) => {
    const stage = await Stage.open(t);
    const server = stage.start(["serve", "--port", String(stage.port)], stage.home("server"));
    await server.line(/^>>> \[Server is online on \S+:\d+\]$/);
    const port = await freePort();
    const targets: readonly (readonly [string, string])[] = [
      ["ana", "127.0.0.1"],
      ["bob", "localhost"],
      ["eva", hasIpv6 ? "[::1]" : "127.0.0.1"],
    ];
    const clients = targets.map(([name, host]) => {
      const words = name === "ana" ? ["--port", String(port), "--plain"] : ["--plain"];
      return stage.start(["join", `${name}@${host}:${stage.port}`, ...words], stage.home(name));
    });
    for (const client of clients) {
      await client.line(welcome);
      await client.line(tableUpdated);
    }
    const [ana, bob, eva] = clients;
    assert.ok(ana && bob && eva);
    await sees(bob, new RegExp(`^>>> ana 127\\.0\\.0\\.1:${port} online$`));
    await sees(bob, /^>>> eva \S+ online$/);
    await deliver(["bob", bob], ["eva", eva], "by a host name");
    const short = await stage.client("joe", { clientPort: await freePort() });
    await sees(short, /^>>> eva \S+ online$/);
    await deliver(["joe", short], ["ana", ana], "from short to long");
  });

  test("options stand anywhere on the line, before the arguments, too", async (t) => {
    const stage = await Stage.open(t);
    const server = stage.start(["--no-mailbox", "-s", "--bind", "127.0.0.1", String(stage.port)], stage.home("server"));
    await server.line(`>>> [Server is online on 127.0.0.1:${stage.port}]`);
    const words = ["--stay", "-c", "--ack-timeout", "300", "ana", "127.0.0.1", String(stage.port), "--new-server", "0"];
    const ana = stage.start([...words, "--bind", "127.0.0.1"], stage.home("ana"));
    await ana.line(welcome);
    await ana.line(tableUpdated);
    ana.type("dereg");
    ana.type("reg");
    await ana.line(welcome);
    ana.type("quit");
    assert.equal(await ana.exit(), 0);
  });

  test("--help and --version are on standard output and 0, of a command, too", async (t) => {
    const stage = await Stage.open(t);
    const { version } = JSON.parse(readFileSync(join(launcher, "..", "package.json"), "utf8")) as { version: string };
    for (const [words, first] of [
      [["--version"], `udpchat ${version}`],
      [["-s", "--version"], `udpchat ${version}`],
      [["--help"], "udpchat: encrypted chat over UDP for people who share a network"],
      [["serve", "--help"], "udpchat -s <port>"],
      [["-c", "--help"], "udpchat -c <name> <server-ip> <server-port> <client-port>"],
    ] as const) {
      const program = stage.start(words, stage.home("nobody"));
      assert.equal(await program.exit(), 0);
      assert.equal(program.lines[0]?.text, first);
      assert.deepEqual(complaints(program), []);
    }
    assert.ok(!existsSync(stage.home("nobody")));
  });

  test("one socket a process, on the client port, for the server and for peers", async (t) => {
    const stage = await Stage.open(t);
    await stage.server();
    const port = await freePort();
    const ana = await stage.client("ana", { clientPort: port });
    const bob = await stage.client("bob");
    await ana.line(tableUpdated);
    await sees(bob, new RegExp(`^>>> ana 127\\.0\\.0\\.1:${port} online$`));
    await deliver(["bob", bob], ["ana", ana], "to that port");
    for (const type of ["udp4", "udp6"] as const) {
      const second = createSocket(type);
      t.after(() => second.close());
      second.bind(port);
      const [error] = (await once(second, "error")) as [NodeJS.ErrnoException];
      assert.equal(error.code, "EADDRINUSE", type);
    }
  });

  test(
    "state lives in UDPCHAT_HOME, else in the XDG folder; one profile a name",
    { skip: process.platform !== "linux" },
    async (t) => {
      const stage = await Stage.open(t);
      await stage.server();
      for (const home of ["given", "other"]) {
        const client = await stage.client("ana", { home: stage.home("given") });
        const second = await stage.client(`in-${home}`, { home: stage.home("given") });
        for (const each of [client, second]) {
          each.type("quit");
          assert.equal(await each.exit(), 0);
        }
      }
      assert.ok(existsSync(join(stage.home("given"), "profiles", "ana", "identity.key")));
      assert.ok(existsSync(join(stage.home("given"), "profiles", "in-other", "identity.key")));
      const xdg = stage.home("xdg");
      const words = [
        "-u",
        "UDPCHAT_HOME",
        `XDG_DATA_HOME=${xdg}`,
        launcher,
        "-c",
        "eva",
        "127.0.0.1",
        String(stage.port),
        "0",
      ];
      const eva = stage.start(words, stage.home("unused"), { launcher: "/usr/bin/env" });
      await eva.line(welcome);
      eva.type("quit");
      assert.equal(await eva.exit(), 0);
      assert.ok(existsSync(join(xdg, "udpchat", "profiles", "eva", "identity.key")));
      assert.ok(!existsSync(stage.home("unused")));
    },
  );

  test("a name is found however it is typed and shown as it was registered, a group's, too", async (t) => {
    const stage = await Stage.open(t);
    await stage.server();
    const [zoe, ana] = await stage.clients("Zoë", "ana");
    assert.ok(zoe && ana);
    for (const typed of ["Zoë", "ZOË", "zoe\u0308"]) {
      ana.type(`send ${typed} as ${typed}`);
      await ana.line(">>> [Message received by Zoë.]");
      await zoe.line(`>>> ana: as ${typed}`);
    }
    ana.type("create_group Lab");
    await ana.line(">>> [Group Lab created by Server.]");
    zoe.type("create_group LAB");
    await zoe.line(">>> [Group Lab already exists.]");
    zoe.type("join_group lab");
    await zoe.line(">>> [Entered group Lab successfully]");
    zoe.type("list_members");
    await zoe.line(">>> (Lab) [Members in the group Lab:]");
    await zoe.line(">>> (Lab) Zoë");
  });

  test("a server of another protocol version is one line and 76", async (t) => {
    const stage = await Stage.open(t);
    const socket = await bound();
    t.after(() => socket.close());
    socket.on("message", (bytes, { address, port }) => {
      const head = readMessage1Head(bytes);
      if (head !== undefined) socket.send(writeAddressed(0x05, head.initiatorId, Uint8Array.of(7, 9)), port, address);
    });
    const ana = stage.join("ana", { port: socket.address().port });
    assert.equal(await ana.exit(), 76);
    assert.deepEqual(said(ana), []);
    assert.equal(complaints(ana).length, 1);
    assert.match(complaints(ana)[0] ?? "", /^udpchat: got a server of protocol versions 7, 9, expected .*; .+$/);
  });
});
