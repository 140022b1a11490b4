// What a trace of real processes holds, and what it must never hold.

import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";

import { SqliteProfile } from "../../src/io/sqlite-profile.ts";

import { complaints, deliver, said, Stage } from "./stage.ts";

interface Seen {
  readonly name?: string;
  readonly data?: {
    readonly header?: { readonly packet_type?: string; readonly packet_number?: number; readonly dcid?: string };
    readonly frames?: readonly { readonly frame_type: string }[];
  };
}

function records(path: string): readonly Seen[] {
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line.slice(1)) as Seen);
}

/** The packets of sessions that left, or came in, by id and number. */
function packets(path: string, name: "sent" | "received"): ReadonlyMap<string, readonly string[]> {
  const found = records(path).flatMap(({ data, name: each }) => {
    const header = data?.header;
    if (each !== `transport:packet_${name}` || header?.packet_type !== "1RTT") return [];
    return [[`${header.dcid}/${header.packet_number}`, (data?.frames ?? []).map((frame) => frame.frame_type)] as const];
  });
  return new Map(found);
}

/** Whether a text holds bytes, or some of them in a row, as they are or written in one of the usual ways. */
function holds(text: string, secret: Uint8Array): boolean {
  const some = Buffer.from(secret).subarray(0, 9);
  const ways = ["hex", "base64", "base64url", "latin1", "utf8"] as const;
  return [some.join(","), ...ways.map((way) => some.toString(way))].some((each) => text.includes(each));
}

const secretText = "the cake is in the blue tin";

void suite("trace", { concurrency: 3 }, () => {
  test("the traces of two clients and their server match, and hold neither texts nor keys", async (t) => {
    const stage = await Stage.open(t);
    const [ofAna, ofBob, ofServer] = ["ana", "bob", "server"].map((name) => join(stage.folder, `${name}.sqlog`)) as [
      string,
      string,
      string,
    ];
    const server = await stage.server("--trace", ofServer);
    const ana = await stage.client("ana", { words: ["--trace", ofAna] });
    const bob = await stage.client("bob", { env: { UDPCHAT_TRACE: ofBob } });
    await ana.line(">>> [Client table updated.]");
    await deliver(["ana", ana], ["bob", bob], secretText);
    await deliver(["bob", bob], ["ana", ana], `${secretText} ${"x".repeat(5000)}`);
    ana.type("send_all everybody may know");
    await bob.line(/everybody may know$/);
    for (const program of [ana, bob]) {
      program.type("quit");
      assert.equal(await program.exit(), 0);
    }
    server.type("quit");
    assert.equal(await server.exit(), 0);

    const [toBob, toAna, toServer] = [
      packets(ofBob, "received"),
      packets(ofAna, "received"),
      packets(ofServer, "received"),
    ];
    const sent = [ofAna, ofBob, ofServer].map((path) => packets(path, "sent"));
    for (const came of [toBob, toAna, toServer]) {
      assert.ok(came.size > 5);
      for (const [key, frames] of came) {
        const twins = sent.filter((each) => each.has(key));
        assert.equal(twins.length, 1, key);
        assert.deepEqual(twins[0]?.get(key), frames);
      }
    }
    // Nothing is lost on loopback: what left for bob came, but for what came after its end.
    const names = new Set(records(ofAna).map(({ name }) => name));
    for (const name of ["transport:packet_sent", "recovery:metrics_updated", "connectivity:connection_started"])
      assert.ok(names.has(name), name);

    for (const path of [ofAna, ofBob, ofServer]) {
      assert.equal(statSync(path).mode & 0o777, 0o600);
      const text = readFileSync(path, "latin1");
      assert.ok(text.length > 2000);
      for (const word of [secretText, "everybody may know", "xxxxx"]) {
        assert.ok(!text.includes(word));
        assert.ok(!holds(text, Buffer.from(word.padEnd(9))));
      }
      for (const name of ["ana", "bob"]) {
        const profile = new SqliteProfile(join(stage.home(name), "profiles", name), (length) => new Uint8Array(length));
        const { identity, mailKeys, epoch } = profile.load();
        profile.close();
        assert.ok(mailKeys.length > 0);
        for (const secret of [identity.personSeed, identity.deviceSecret, epoch, ...mailKeys.map((key) => key.secret)])
          assert.ok(!holds(text, secret));
      }
    }
  });

  test("trace follows a file while it is written, and ends with it", async (t) => {
    const stage = await Stage.open(t);
    const path = join(stage.folder, "server.sqlog");
    const server = await stage.server("--trace", path);
    const trace = stage.start(["trace", path], stage.home("trace"));
    await trace.line(/^Trace of server server, from \d{4}-\d\d-\d\dT.*; ms since then$/);
    const ana = await stage.client("ana");
    await trace.line(/^ +\d+\.\d{3} {2}<- 127\.0\.0\.1:\d+ {2}message1 {2}1200 B$/);
    await trace.line(
      /^ +\d+\.\d{3} {5}session [0-9a-f]{8} with 127\.0\.0\.1:\d+, which calls it [0-9a-f]{8}, opened by them$/,
    );
    await trace.line(/^ +\d+\.\d{3} {2}<- 127\.0\.0\.1:\d+ {2}[0-9a-f]{8}\/0 {2}\d+ B: control #0 \d+ B, ping$/);
    ana.type("quit");
    await trace.line(/ session [0-9a-f]{8} ended: /);
    server.type("quit");
    await trace.line(/ the trace has ended$/);
    assert.equal(await trace.exit(), 0);
    const again = stage.start(["trace", "--once", path], stage.home("trace"));
    assert.equal(await again.exit(), 0);
    assert.deepEqual(said(again), said(trace));
  });

  test("trace of two files is a ladder of what left one and came to the other", async (t) => {
    const stage = await Stage.open(t);
    await stage.server();
    const files = ["ana", "bob"].map((name) => join(stage.folder, `${name}.sqlog`));
    const ana = await stage.client("ana", { words: ["--trace", files[0] ?? ""] });
    const bob = await stage.client("bob", { words: ["--trace", files[1] ?? ""] });
    await ana.line(">>> [Client table updated.]");
    await deliver(["ana", ana], ["bob", bob], secretText);
    ana.type("quit");
    bob.type("quit");
    assert.deepEqual([await ana.exit(), await bob.exit()], [0, 0]);
    const ladder = stage.start(["trace", ...files], stage.home("trace"));
    assert.equal(await ladder.exit(), 0);
    const text = said(ladder).join("\n");
    assert.match(text, /^ +client ana +client bob$/m);
    assert.match(text, /^ +0\.000 {2}\|-- message1 1200 B -+>\| +\d+\.\d{3}$/m);
    assert.match(text, /^ +\d+\.\d{3} {2}\|<-+ message2 \d+ B --\| +\d+\.\d{3}$/m);
    assert.match(text, /^ +\d+\.\d{3} {2}\|-- [0-9a-f]{8}\/\d+ .*chat #0 \d+ B.* -*>\| +\d+\.\d{3}$/m);
    assert.match(text, /^\d+ datagrams, 0 lost$/m);
  });

  test("SIGUSR2 begins a trace beside what is kept, and ends it; nothing else changes", async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const [ana, bob] = await stage.clients("ana", "bob");
    assert.ok(ana && bob);
    const path = join(stage.home("ana"), "profiles", "ana", "trace.sqlog");
    assert.ok(!existsSync(path));
    ana.kill("SIGUSR2");
    await ana.line(`>>> [Tracing to ${path}]`);
    await deliver(["ana", ana], ["bob", bob], secretText);
    ana.kill("SIGUSR2");
    await ana.line(`>>> [Trace ended: ${path}]`);
    server.kill("SIGUSR2");
    await server.line(`>>> [Tracing to ${join(stage.home("server"), "servers", String(stage.port), "trace.sqlog")}]`);
    const trace = stage.start(["trace", path], stage.home("trace"));
    assert.equal(await trace.exit(), 0);
    assert.ok(said(trace).some((line) => / chat #0 \d+ B/.test(line)));
    await deliver(["bob", bob], ["ana", ana], "still here");
    assert.deepEqual([...complaints(ana), ...complaints(server)], []);
  });

  test("a trace that cannot be written is one line and 73 at the start, and one that cannot be read, too", async (t) => {
    const stage = await Stage.open(t);
    const letter = join(stage.folder, "letter");
    writeFileSync(letter, "do not lose this");
    for (const words of [
      ["-s", String(stage.port), "--trace", letter],
      ["-c", "ana", "127.0.0.1", String(stage.port), "0", "--trace", join(stage.folder, "none", "trace")],
      ["trace", join(stage.folder, "none")],
      ["trace", letter, join(stage.folder, "none")],
    ]) {
      const program = stage.start(words, stage.home("any"));
      assert.equal(await program.exit(), 73, words.join(" "));
      assert.equal(complaints(program).length, 1);
    }
    assert.equal(readFileSync(letter, "utf8"), "do not lose this");
    for (const words of [["trace"], ["trace", "a", "b", "c"], ["trace", "--trace", "a"]]) {
      const program = stage.start(words, stage.home("any"));
      assert.equal(await program.exit(), 2, words.join(" "));
      assert.equal(complaints(program).length, 1);
    }
  });
});
