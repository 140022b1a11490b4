// The server as its operator sees it: what it prints, what can be typed at it, its books, and how it ends.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";

import { bye, complaints, deliver, said, sees, Stage } from "./stage.ts";

const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
const hasIpv6 = addresses.some(({ address }) => address === "::1");

void suite("server", { concurrency: 3 }, () => {
  test("every line of a server, in order, and never a word of what people say", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const [ana, bob, eva] = await stage.clients("ana", "bob", "eva");
    assert.ok(ana && bob && eva);
    const registered = (name: string): string => `[Client ${name} registered from 127.0.0.1:<port>]`;
    const expected = ["ana", "bob", "eva"].map(registered);
    const does = async (client: typeof ana, line: string, answer: string | RegExp, ...told: readonly string[]) => {
      client.type(line);
      await client.line(answer);
      for (const text of told) await server.line(`>>> ${text}`);
      expected.push(...told);
    };
    await does(ana, "create_group lab", /created/, "[Client ana created group lab successfully]");
    const failed = "[Client bob creating group lab failed, group already exists]";
    await does(bob, "create_group lab", /already exists/, failed);
    const listing = "[Client bob requested listing groups, current groups:]";
    await does(bob, "list_groups", ">>> lab", listing, "lab");
    const missing = "[Client bob joining group den failed, group does not exist]";
    await does(bob, "join_group den", /does not exist/, missing);
    await does(ana, "join_group lab", /Entered/, "[Client ana joined group lab]");
    await does(bob, "join_group lab", /Entered/, "[Client bob joined group lab]");
    await does(ana, "send_group secret one", /received by Server/, "[Client ana sent group message]");
    await bob.line(">>> (lab) Group_Message ana: secret one");
    const members = "[Client ana requested listing members of group lab:]";
    await does(ana, "list_members", ">>> (lab) bob", members, "ana", "bob");
    await does(ana, "leave_group", /Leave group chat/, "[Client ana left group lab]");
    await deliver(["ana", ana], ["eva", eva], "secret two");
    await does(ana, "send_all secret three", ">>> [Message received by Server.]");
    await eva.line(">>> Channel_Message ana: secret three");
    await does(eva, "dereg", bye, "[Client eva deregistered]");
    await does(ana, "send eva secret four", /saved\]$/, "[Message for eva saved]");
    bob.kill("SIGKILL");
    await bob.exit();
    ana.type("join_group lab");
    await ana.line(/Entered/);
    ana.type("send_group secret five");
    const out = [">>> [Client bob not responsive, removed from group lab]", ">>> [Client bob offline: no answer]"];
    await server.line(/^>>> \[Client bob (?:not responsive|offline)/);
    await server.line(/^>>> \[Client bob (?:not responsive|offline)/);
    const lines = said(server).slice(1);
    for (const line of out) assert.equal(lines.filter((text) => text === line).length, 1, line);
    assert.deepEqual(
      lines
        .filter((text) => !out.includes(text))
        .map((text) => text.replace(/^>>> /, "").replace(/:\d+\]$/, ":<port>]")),
      [...expected, "[Client ana joined group lab]", "[Client ana sent group message]"],
    );
    assert.ok(!lines.join("\n").includes("secret"));
    assert.deepEqual(complaints(server), []);
  });

  test("typed at the server: clients, release, help, words it does not know, and quit", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    bob.type("dereg");
    await bob.line(bye);
    await server.line(">>> [Client bob deregistered]");
    const before = said(server).length;
    for (const line of [
      "clients",
      "release nobody",
      "release ../x",
      "release",
      "dance",
      "send ana hi",
      "help",
      "CLIENTS",
    ])
      server.type(line);
    server.type("dance");
    while (said(server).filter((text) => text === ">>> [Invalid command]").length < 4) await server.line(/./);
    const lines = said(server).slice(before);
    assert.match(lines[0] ?? "", /^>>> ana 127\.0\.0\.1:\d+ online$/);
    assert.match(lines[1] ?? "", /^>>> bob 127\.0\.0\.1:\d+ offline$/);
    assert.deepEqual(lines.slice(2, 7), [
      ">>> [No such client: nobody]",
      ">>> [Not a usable name: ../x]",
      ">>> [Usage: release <name>]",
      ">>> [Invalid command]",
      ">>> [Invalid command]",
    ]);
    assert.deepEqual(
      lines.slice(7, 11).map((text) => text.split(/ +/)[1]),
      ["clients", "release", "quit", "help"],
    );
    server.type("release bob");
    await server.line(">>> [Name bob is free.]");
    const another = await stage.client("bob", { home: stage.home("another") });
    await sees(ana, /^>>> bob \S+ online$/);
    another.type("quit");
    assert.equal(await another.exit(), 0);
    server.type("quit");
    assert.equal(await server.exit(), 0);
    assert.deepEqual(complaints(server), []);
  });

  test("the end of its input does not end a server, and a client takes its quit for its death", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    server.endInput();
    const ana = await stage.client("ana");
    ana.type("create_group lab");
    await ana.line(">>> [Group lab created by Server.]");
    server.kill("SIGTERM");
    assert.equal(await server.exit(), 143);
    ana.type("send ana still here");
    await ana.line(">>> [Message received by ana.]");
    ana.type("list_groups");
    await ana.line(">>> [Server not responding]");
    assert.equal(await ana.exit(), 69);
  });

  test("a server says where it is: the address that is bound, else the host's first that others can type", async (t) => {
    const stage = await Stage.open(t);
    const online = async (...words: readonly string[]): Promise<string> => {
      const server = stage.start(["-s", String(stage.port), ...words], stage.home("server"));
      const { text } = await server.line(/./);
      server.type("quit");
      assert.equal(await server.exit(), 0);
      return text;
    };
    assert.equal(await online("--bind", "127.0.0.1"), `>>> [Server is online on 127.0.0.1:${stage.port}]`);
    if (hasIpv6) assert.equal(await online("--bind", "::1"), `>>> [Server is online on [::1]:${stage.port}]`);
    const found = /^>>> \[Server is online on (\S+):\d+\]$/.exec(await online());
    const said = found?.[1]?.replaceAll(/[[\]]/g, "") ?? "";
    const others = addresses.filter(({ internal }) => !internal).map(({ address }) => address);
    if (others.length > 0) assert.ok(others.includes(said), said);
    assert.equal(found?.[1]?.startsWith("["), isIPv6(said));
  });

  test(
    "--bind opens on that address only: two servers on one port, at an address each",
    { skip: !hasIpv6 },
    async (t) => {
      const stage = await Stage.open(t);
      for (const bind of ["127.0.0.1", "::1"]) {
        const server = stage.start(["-s", String(stage.port), "--bind", bind], stage.home(`server at ${bind}`));
        await server.line(/^>>> \[Server is online on /);
      }
      const four = await stage.client("ana");
      const six = await stage.client("ana", { host: "::1", home: stage.home("six") });
      for (const client of [four, six]) {
        client.type("clients");
        await client.line(/^>>> ana \S+ online$/);
      }
      const bound = await stage.client("bob", { words: ["--bind", "127.0.0.1"] });
      await sees(bound, /^>>> ana 127\.0\.0\.1:\d+ online$/);
      await deliver(["bob", bound], ["ana", four], "from one address");
      assert.equal(said(six).length, 2);
    },
  );

  test("the books of a server: one folder a port, or the one of --data; the same books are the same server", async (t) => {
    const stage = await Stage.open(t);
    const first = await stage.server();
    const ana = await stage.client("ana");
    ana.type("create_group lab");
    await ana.line(">>> [Group lab created by Server.]");
    ana.type("quit");
    assert.equal(await ana.exit(), 0);
    first.type("quit");
    assert.equal(await first.exit(), 0);
    assert.ok(existsSync(join(stage.home("server"), "servers", String(stage.port), "identity.key")));
    const second = await stage.server();
    const again = await stage.client("ana");
    again.type("join_group lab");
    await again.line(">>> [Entered group lab successfully]");
    again.type("quit");
    assert.equal(await again.exit(), 0);
    second.type("quit");
    assert.equal(await second.exit(), 0);
    const data = stage.home("books");
    const third = await stage.server("--data", data);
    const bob = await stage.client("bob");
    bob.type("join_group lab");
    await bob.line(">>> [Group lab does not exist]");
    assert.ok(existsSync(join(data, "identity.key")));
    third.type("quit");
    assert.equal(await third.exit(), 0);
  });
});
