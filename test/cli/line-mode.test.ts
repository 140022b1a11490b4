import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";

import { LineMode } from "../../src/cli/line-mode.ts";
import { mostPending } from "../../src/cli/standing.ts";
import type { ClientEvent } from "../../src/client/events.ts";

import { FakeSession, messageId } from "./fake-session.ts";

const now = new Date(2026, 2, 4, 5, 6, 7).getTime();

let session: FakeSession;
let mode: LineMode;

beforeEach(() => {
  session = new FakeSession("yb");
  mode = new LineMode(session, { stay: false });
});

function type(...texts: readonly string[]): void {
  for (const text of texts) mode.type({ text, bytes: Buffer.byteLength(text), isWhole: true });
}

function happen(...events: readonly ClientEvent[]): void {
  for (const event of events) mode.receive(event, now);
}

/** What was printed since it was last asked; lines for standard error begin with `! `. */
function printed(): string[] {
  return mode.takePrinted().map(({ to, text }) => (to === "output" ? text : `! ${text}`));
}

const registered: ClientEvent = { kind: "registered", hasMailbox: false };
const tableUpdated: ClientEvent = { kind: "tableUpdated" };
const deregistered: ClientEvent = { kind: "deregistered" };

/** The message is held: it counts as pending no more. */
function hold(number: number): void {
  session.pending--;
  happen({ kind: "keyChanged", name: "bob", messageId: messageId(number) });
}

function end(number: number, how: "received" | "notDelivered" = "received", to = "bob"): void {
  session.pending--;
  happen({ kind: "messageEnded", to, messageId: messageId(number), end: how, reason: undefined });
}

function wordsOf(lines: readonly string[]): (string | undefined)[] {
  return lines.map((line) => /^>>> (\S+)/.exec(line)?.[1]);
}

function beOnline(stay = false): void {
  mode = new LineMode(session, { stay });
  happen(registered, tableUpdated);
  printed();
}

function beOffline(): void {
  beOnline(true);
  type("dereg");
  happen(deregistered);
  printed();
  session.calls.length = 0;
}

describe("at the start", () => {
  test("the welcome, then the table", () => {
    happen(registered, tableUpdated, tableUpdated);
    assert.deepEqual(printed(), [
      ">>> [Welcome, You are registered.]",
      ">>> [Client table updated.]",
      ">>> [Client table updated.]",
    ]);
  });

  test("lines typed before the first table wait for it, and then run in order", () => {
    type("send bob hi", "nope");
    assert.deepEqual([session.calls, printed()], [[], []]);
    happen(registered);
    type("send eva ho");
    assert.deepEqual([session.calls, printed()], [[], [">>> [Welcome, You are registered.]"]]);
    assert.ok(mode.waitingBytes > 0);
    happen(tableUpdated);
    assert.deepEqual(session.calls, ["send bob|hi", "send eva|ho"]);
    assert.deepEqual(printed(), [">>> [Client table updated.]", ">>> [Invalid command]", ">>> [No such client: eva]"]);
    assert.equal(mode.waitingBytes, 0);
  });

  test("a table before the welcome is not enough", () => {
    type("send bob hi");
    happen(tableUpdated);
    assert.deepEqual(session.calls, []);
  });

  test("an end of input before the welcome leaves after it", () => {
    mode.endInput();
    happen(registered, tableUpdated);
    assert.deepEqual(session.calls, ["deregister"]);
    happen(deregistered);
    assert.equal(mode.exitCode, 0);
  });

  test("a taken name ends it with 77 and says what to do", () => {
    happen({ kind: "nameTaken", name: "yb" });
    const [line, hint, ...more] = printed();
    assert.deepEqual([line, more], [">>> [Name yb is taken.]", []]);
    assert.match(hint ?? "", /^! got the name "yb", expected one that is free; choose another, or type release /);
    assert.equal(mode.exitCode, 77);
  });

  test("a server that is silent ends it with 69", () => {
    type("send bob hi");
    happen({ kind: "serverSilent", kept: 0 });
    assert.deepEqual(printed(), [">>> [Server not responding]", ">>> [Exiting]"]);
    assert.deepEqual([mode.exitCode, session.calls], [69, []]);
  });

  test("another server than the pinned one ends it with 77 and both fingerprints on one line", () => {
    happen({ kind: "serverChanged", pinned: "aa:bb", shown: "cc:\ndd" });
    assert.deepEqual(printed(), [
      '! got the server fingerprint "cc:\\u{a}dd", expected "aa:bb"; if that is right, start with --new-server',
    ]);
    assert.equal(mode.exitCode, 77);
  });

  test("a server of another protocol ends it with 76", () => {
    happen({ kind: "versionUnknown", theirs: [7, 8] });
    const lines = printed();
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", /^! got a server of protocol versions 7, 8, expected /);
    assert.equal(mode.exitCode, 76);
  });

  test("a refused registration ends it with 77", () => {
    happen({ kind: "refused", reason: "directory full" });
    assert.deepEqual([printed(), mode.exitCode], [[">>> [Refused: directory full]"], 77]);
  });
});

describe("online", () => {
  beforeEach(() => beOnline());

  test("send: spaces kept, verdicts printed when they come", () => {
    type("send bob  two  spaces ", "send bob again");
    assert.deepEqual(session.calls, ["send bob| two  spaces ", "send bob|again"]);
    assert.deepEqual(printed(), []);
    end(0);
    end(1, "notDelivered");
    assert.deepEqual(printed(), [">>> [Message received by bob.]", ">>> [No ACK from bob, message not delivered]"]);
  });

  test("send: what cannot go", () => {
    type("send eva hi", "send ../x hi", "send", "send bob", "send bob ");
    session.outcome = { kind: "tooLong", bytes: 65_537 };
    type("send bob long");
    session.outcome = { kind: "offline" };
    type("send bob hi");
    assert.deepEqual(printed(), [
      ">>> [No such client: eva]",
      ">>> [Not a usable name: ../x]",
      ">>> [Usage: send <name> <message>]",
      ">>> [Usage: send <name> <message>]",
      ">>> [Usage: send <name> <message>]",
      ">>> [Message too long: 65537 of 65536 bytes.]",
      ">>> [You are offline.]",
    ]);
  });

  test("send: a line too long to keep is counted without what stands before the message", () => {
    mode.type({ text: "  send bob xxx", bytes: 1_000_011, isWhole: false });
    mode.type({ text: "send eva xxx", bytes: 1_000_009, isWhole: false });
    const tooLong = ">>> [Message too long: 1000000 of 65536 bytes.]";
    assert.deepEqual(printed(), [tooLong, tooLong]);
    assert.deepEqual(session.calls, []);
  });

  test("nothing for an empty line, one line for what is no command here", () => {
    type("", "  ", "what", "SEND bob hi", "Create_group g", "list", "reg\u0000");
    assert.deepEqual(
      printed(),
      Array.from({ length: 5 }, () => ">>> [Invalid command]"),
    );
  });

  test("messages, without what could drive the terminal", () => {
    const message = {
      kind: "messageReceived",
      messageId: messageId(9),
      sentAtMs: now - 1000,
      isLate: false,
      mailedAtMs: undefined,
    } as const;
    happen(
      { ...message, from: "bob", text: "  hi  there " },
      { ...message, from: "bob", text: "a\u001b[2J\u0007b\nc" },
      { ...message, from: "e\u202eva", text: "\u0000" },
    );
    assert.deepEqual(printed(), [">>> bob:   hi  there ", ">>> bob: ab\n    c", ">>> eva: "]);
  });

  test("a late message carries its time, a wrong clock its arrival", () => {
    const message = {
      kind: "messageReceived",
      from: "bob",
      messageId: messageId(9),
      text: "hi",
      isLate: true,
      mailedAtMs: undefined,
    } as const;
    const monthMs = 30 * 24 * 3600 * 1000;
    for (const sentAtMs of [now - 61_000, now + 1, now - monthMs - 1, 2 ** 48 - 1]) happen({ ...message, sentAtMs });
    assert.deepEqual(printed(), [
      ">>> bob: 2026-03-04 05:05:06 hi",
      ">>> bob: 2026-03-04 05:06:07 hi",
      ">>> bob: 2026-03-04 05:06:07 hi",
      ">>> bob: 2026-03-04 05:06:07 hi",
    ]);
  });

  test("clients: the table", () => {
    session.entries = [
      { name: "bob", address: { host: "10.0.0.1", port: 5000 }, isOnline: true, isSelf: false },
      { name: "eva", address: undefined, isOnline: false, isSelf: false },
      { name: "yb", address: { host: "fe80::1", port: 6000 }, isOnline: true, isSelf: true },
    ];
    type("clients", "clients all");
    assert.deepEqual(printed(), [
      ">>> bob 10.0.0.1:5000 online",
      ">>> eva - offline",
      ">>> yb [fe80::1]:6000 online",
      ">>> [Usage: clients]",
    ]);
  });

  test("net: a line a path, safe for a terminal; and the server's where there is none", () => {
    const path = { packetsSent: 200, packetsLost: 5, partsRepeated: 3, datagramBytes: 1200 };
    type("net");
    session.inUse = {
      server: { ...path, address: { host: "10.0.0.1", port: 4119 }, roundTripMs: undefined },
      people: [{ ...path, name: "bob\u001b[2J", address: { host: "fe80::1", port: 5000 }, roundTripMs: 12.345 }],
    };
    type("net", "net 1");
    assert.deepEqual(printed(), [
      ">>> [Server] 10.0.0.1:4119 no path",
      ">>> [Server] 10.0.0.1:4119 rtt not measured, lost 2.5 % of 200, resent 3, mtu 1200",
      ">>> bob [fe80::1]:5000 rtt 12.3 ms, lost 2.5 % of 200, resent 3, mtu 1200",
      ">>> [Usage: net]",
    ]);
  });

  test("why: the last message, one by its number, none, one that is not there, one that is forgotten", () => {
    type("why");
    const post = { number: 2, to: undefined, group: "lab", bytes: 2, is: "taken", tries: [] } as const;
    session.messages = [undefined, post, { ...post, number: 3, group: undefined, is: "refused" }];
    type("why", "why 2", "why 4", "why 1", "why 0", "why -1", "why all", "why 2 3");
    assert.deepEqual(printed(), [
      ">>> [Nothing was sent yet.]",
      ">>> [Message 3 to everybody, 2 bytes: refused]",
      ">>> [Message 2 to group lab, 2 bytes: taken by the server, which passes it on]",
      ">>> [The last message is 3.]",
      ">>> [Message 1 is forgotten.]",
      ...Array<string>(4).fill(">>> [Usage: why [<n>]]"),
    ]);
  });

  test("help: what works here and now", () => {
    type("help");
    const lines = printed();
    const outside = "send send_all create_group list_groups join_group clients net why trust dereg quit exit ctrl help";
    assert.deepEqual(wordsOf(lines.slice(0, -1)), outside.split(" "));
    assert.equal(lines.at(-1), ">>> The server could read groups and send_all, not direct messages and mail.");
  });

  test("reg and dereg with other names, and reg while online", () => {
    type("dereg bob", "reg bob", "reg", "reg YB", "dereg yb x");
    assert.deepEqual(printed(), [
      ">>> [You can only deregister yourself.]",
      ">>> [You can only register yourself.]",
      ">>> [You are already registered.]",
      ">>> [You are already registered.]",
      ">>> [Usage: dereg <own name>]",
    ]);
    assert.deepEqual(session.calls, []);
  });

  for (const word of ["dereg", "dereg YB", "quit", "exit", "ctrl + c", "the end of input"]) {
    test(`${word} leaves after what was typed before has its verdicts`, () => {
      type("send bob 1", "send bob 2");
      if (word === "the end of input") mode.endInput();
      else type(word);
      type("send bob too late");
      end(0);
      assert.deepEqual(session.calls, ["send bob|1", "send bob|2"]);
      end(1, "notDelivered");
      assert.deepEqual(session.calls, ["send bob|1", "send bob|2", "deregister"]);
      assert.equal(mode.exitCode, undefined);
      happen(deregistered);
      assert.equal(printed().at(-1), ">>> [You are Offline. Bye.]");
      assert.equal(mode.exitCode, 0);
      happen(tableUpdated);
      assert.deepEqual([printed(), session.calls.length], [[], 3]);
    });
  }

  test("another's dereg does not wait for verdicts", () => {
    type("send bob 1", "dereg eva");
    assert.deepEqual(printed(), [">>> [You can only deregister yourself.]"]);
  });

  test("a changed key: the message is held until trust", () => {
    session.changed = ["bob"];
    type("send bob 1");
    hold(0);
    happen({ kind: "keyChanged", name: "eva", messageId: undefined });
    assert.deepEqual(printed(), [
      ">>> [Key of bob changed: message held. trust bob to accept.]",
      ">>> [Key of eva changed: message held. trust eva to accept.]",
    ]);
    type("trust bob");
    assert.deepEqual([session.calls, printed()], [["send bob|1", "trust bob"], []]);
  });

  test("a held message does not keep anybody from leaving", () => {
    type("send bob 1", "quit");
    hold(0);
    assert.deepEqual(session.calls, ["send bob|1", "deregister"]);
  });

  test("trust: nobody of that name, no name, nothing changed", () => {
    type("trust eva", "trust /", "trust bob", "trust");
    assert.deepEqual(printed(), [
      ">>> [No such client: eva]",
      ">>> [Not a usable name: /]",
      ">>> [Nothing to accept from bob.]",
      ">>> [Usage: trust <name>]",
    ]);
  });

  test("names that the server was asked for: nobody's, and one with nothing to accept, when the answer is there", () => {
    session.outcome = { kind: "accepted", messageId: messageId(0) };
    session.trustOutcome = "asked";
    type("send Eva hi", "trust Eva", "trust dan");
    assert.deepEqual(printed(), []);
    happen({ kind: "unknownName", name: "Eva", messageId: messageId(0) });
    happen({ kind: "unknownName", name: "Eva\u001b", messageId: undefined });
    happen({ kind: "nothingToAccept", name: "dan" });
    assert.deepEqual(printed(), [
      ">>> [No such client: Eva]",
      ">>> [No such client: Eva]",
      ">>> [Nothing to accept from dan.]",
    ]);
  });

  test("leaving waits for names that are being looked up", () => {
    session.outcome = { kind: "accepted", messageId: messageId(0) };
    session.pending = 1;
    type("send eva hi", "quit");
    assert.deepEqual(session.calls, ["send eva|hi"]);
    session.pending = 0;
    happen({ kind: "unknownName", name: "eva", messageId: messageId(0) });
    assert.deepEqual(session.calls, ["send eva|hi", "deregister"]);
  });

  test("more names than can be looked up at once are refused, and nothing is done", () => {
    session.outcome = { kind: "tooMany" };
    session.trustOutcome = "tooMany";
    type("send eva hi", "trust eva");
    const line = ">>> [Refused: too many names are being looked up]";
    assert.deepEqual(printed(), [line, line]);
  });

  test("a silent server: what is kept, then the two lines, then 69", () => {
    type("send bob 1");
    happen({ kind: "serverSilent", kept: 1 });
    assert.deepEqual(printed(), [
      ">>> [1 messages kept, sent when you are back.]",
      ">>> [Server not responding]",
      ">>> [Exiting]",
    ]);
    assert.equal(mode.exitCode, 69);
  });

  test("a profile that cannot be written ends it with 73", () => {
    happen({ kind: "profileFailed", reason: "disk full" });
    assert.match(printed().join(), /^! got "disk full" from the disk, expected to write the profile; /);
    assert.equal(mode.exitCode, 73);
  });

  test("a refused deregistration keeps us online", () => {
    type("dereg");
    happen({ kind: "refused", reason: "busy\u0007" });
    type("send bob hi");
    assert.deepEqual(
      [printed(), session.calls.at(-1), mode.exitCode],
      [[">>> [Refused: busy]"], "send bob|hi", undefined],
    );
  });

  test("what is typed faster than it can go waits, in order, and none is lost", () => {
    const texts = Array.from({ length: 10_000 }, (_, i) => `send bob ${i}`);
    type(...texts);
    assert.equal(session.calls.length, mostPending);
    assert.ok(mode.waitingBytes > 9_000 * 64);
    let most = 0;
    for (let i = 0; i < texts.length; i++) {
      end(i);
      most = Math.max(most, session.pending);
    }
    assert.equal(most, mostPending);
    assert.deepEqual(
      session.calls,
      texts.map((text) => text.replace("bob ", "bob|")),
    );
    assert.equal(mode.waitingBytes, 0);
    assert.equal(printed().length, texts.length);
  });
});

describe("under --stay", () => {
  test("dereg keeps the process, which is offline until reg", () => {
    beOnline(true);
    type("dereg", "send bob hi", "trust bob", "dereg", "clients", "reg bob", "help");
    assert.deepEqual([session.calls, printed()], [["deregister"], []]);
    happen(deregistered);
    assert.deepEqual(printed().slice(0, 5), [
      ">>> [You are Offline. Bye.]",
      ">>> [You are offline.]",
      ">>> [You are offline.]",
      ">>> [You are offline.]",
      ">>> [You can only register yourself.]",
    ]);
    assert.equal(mode.exitCode, undefined);
    type("reg yb", "send bob hi");
    assert.deepEqual(session.calls, ["deregister", "register"]);
    happen(registered, tableUpdated);
    assert.deepEqual(session.calls, ["deregister", "register", "send bob|hi"]);
    assert.deepEqual(printed(), [">>> [Welcome, You are registered.]", ">>> [Client table updated.]"]);
  });

  test("help while offline has reg and not send", () => {
    beOffline();
    type("help");
    assert.deepEqual(wordsOf(printed()), ["clients", "net", "why", "reg", "quit", "exit", "ctrl", "help"]);
  });

  for (const word of ["quit", "the end of input"]) {
    test(`${word} ends the process, also while offline`, () => {
      beOnline(true);
      if (word === "quit") type(word);
      else mode.endInput();
      happen(deregistered);
      assert.equal(mode.exitCode, 0);
      beOffline();
      if (word === "quit") type(word);
      else mode.endInput();
      assert.deepEqual([mode.exitCode, printed(), session.calls], [0, [], []]);
    });
  }

  test("a silent server ends nothing", () => {
    mode = new LineMode(session, { stay: true });
    type("send bob hi");
    happen({ kind: "serverSilent", kept: 0 });
    assert.deepEqual([printed(), mode.exitCode], [[">>> [Server not responding]"], undefined]);
    happen(registered, tableUpdated);
    assert.deepEqual(session.calls, ["send bob|hi"]);
    printed();
    happen({ kind: "serverSilent", kept: 1 });
    const lines = [">>> [1 messages kept, sent when you are back.]", ">>> [Server not responding]"];
    assert.deepEqual([printed(), mode.exitCode], [lines, undefined]);
  });

  test("a silent server at dereg keeps us where we were", () => {
    beOnline(true);
    type("dereg");
    happen({ kind: "serverSilent", kept: 0 });
    type("send bob hi");
    assert.deepEqual([mode.exitCode, session.calls], [undefined, ["deregister", "send bob|hi"]]);
  });

  test("leaving while the server is silent waits for no verdict, and ends with 69", () => {
    beOnline(true);
    type("send bob hi");
    happen({ kind: "serverSilent", kept: 1 });
    type("quit");
    assert.deepEqual(session.calls, ["send bob|hi", "deregister"]);
    printed();
    happen({ kind: "serverSilent", kept: 1 });
    assert.equal(printed().at(-1), ">>> [Exiting]");
    assert.equal(mode.exitCode, 69);
  });

  test("leaving while no server was ever found ends with 69", () => {
    mode = new LineMode(session, { stay: true });
    happen({ kind: "serverSilent", kept: 0 });
    mode.endInput();
    assert.deepEqual([printed(), mode.exitCode], [[">>> [Server not responding]", ">>> [Exiting]"], 69]);
  });

  test("a name taken at reg ends it, a refusal leaves us offline", () => {
    beOffline();
    type("reg");
    happen({ kind: "refused", reason: "full" });
    type("send bob hi");
    assert.deepEqual([printed(), mode.exitCode], [[">>> [Refused: full]", ">>> [You are offline.]"], undefined]);
    type("reg");
    happen({ kind: "nameTaken", name: "yb" });
    assert.equal(mode.exitCode, 77);
  });
});
