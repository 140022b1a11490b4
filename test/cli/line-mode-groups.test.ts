import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";

import { mostPending } from "../../src/cli/standing.ts";

import { messageId } from "./fake-session.ts";
import { now, Typist } from "./typist.ts";

const direct = {
  kind: "messageReceived",
  from: "bob",
  messageId: messageId(9),
  text: "psst",
  sentAtMs: now,
  isLate: false,
  mailedAtMs: undefined,
} as const;
const post = { kind: "postReceived", from: "bob", messageId: messageId(9), text: "hi", sentAtMs: now } as const;
const refused = { kind: "requestRefused", reason: "busy", messageId: undefined } as const;

let yb: Typist;

describe("outside of groups", () => {
  beforeEach(() => {
    yb = Typist.online();
  });

  test("create_group, list_groups and send_all are asked for at once, and answered when the answer comes", () => {
    yb.type("create_group Lab", "create_group lab", "list_groups", "send_all  hi  all ");
    assert.deepEqual(yb.calls, ["createGroup Lab", "createGroup lab", "listGroups", "sendAll| hi  all "]);
    assert.deepEqual(yb.printed(), []);
    yb.happen({ kind: "groupCreated", group: "Lab" }, { kind: "groupExists", group: "Lab" });
    yb.happen({ kind: "groupsListed", groups: ["Lab", "zoo"] });
    yb.take();
    assert.deepEqual(yb.printed(), [
      ">>> [Group Lab created by Server.]",
      ">>> [Group Lab already exists.]",
      ">>> [Available group chats:]",
      ">>> Lab",
      ">>> zoo",
      ">>> [Message received by Server.]",
    ]);
    assert.equal(yb.mode.prompt, ">>> ");
  });

  test("group commands of the inside are invalid, and so are arguments that are missing or no name", () => {
    yb.type("send_group hi", "send_group", "list_members", "leave_group");
    yb.type("create_group", "join_group", "list_groups x", "send_all", "create_group ../x", "join_group a\u001b[1mb/");
    const long = "g".repeat(500);
    yb.type(`create_group ${long}`, `join_group ${long}`);
    const invalid = ">>> [Invalid command]";
    assert.deepEqual(yb.printed(), [
      invalid,
      invalid,
      invalid,
      invalid,
      ">>> [Usage: create_group <group>]",
      ">>> [Usage: join_group <group>]",
      ">>> [Usage: list_groups]",
      ">>> [Usage: send_all <message>]",
      ">>> [Not a usable name: ../x]",
      ">>> [Not a usable name: ab/]",
      `>>> [Not a usable name: ${long}]`,
      `>>> [Not a usable name: ${long}]`,
    ]);
    assert.deepEqual(yb.calls, []);
    // Nothing was asked, so nothing is waited for.
    yb.type("list_groups", "send bob hi");
    assert.equal(yb.calls.length, 2);
  });

  test("send_all: what cannot go", () => {
    yb.session.postOutcome = { kind: "tooLong", bytes: 65_537 };
    yb.type("send_all long");
    yb.session.postOutcome = { kind: "offline" };
    yb.type("send_all hi");
    yb.mode.type({ text: " send_all xxx", bytes: 70_010, isWhole: false });
    yb.happen({ kind: "requestRefused", reason: "disk full\u0007", messageId: messageId(0) });
    assert.deepEqual(yb.printed(), [
      ">>> [Message too long: 65537 of 65536 bytes.]",
      ">>> [You are offline.]",
      ">>> [Message too long: 70000 of 65536 bytes.]",
      ">>> [Refused: disk full]",
    ]);
    assert.equal(yb.calls.length, 2);
  });

  test("what is typed after join_group waits for its answer, and means what the mode then makes of it", () => {
    yb.type("join_group lab", "send_group hi", "send bob hi", "list_members");
    assert.deepEqual([yb.calls, yb.printed(), yb.mode.prompt], [["joinGroup lab"], [], ">>> "]);
    yb.enter("Lab");
    assert.deepEqual(yb.calls, ["joinGroup lab", "sendGroup|hi", "listMembers"]);
    assert.deepEqual(yb.printed(), [">>> [Entered group Lab successfully]", ">>> (Lab) [Invalid command]"]);
    assert.equal(yb.mode.prompt, ">>> (Lab) ");
  });

  for (const [what, event, line] of [
    ["the group does not exist", { kind: "groupMissing", group: "lab" }, ">>> [Group lab does not exist]"],
    ["it is refused", refused, ">>> [Refused: busy]"],
  ] as const) {
    test(`where ${what}, we stay outside`, () => {
      yb.type("join_group lab", "send_group hi", "send bob hi");
      yb.happen(event);
      assert.deepEqual(yb.calls, ["joinGroup lab", "send bob|hi"]);
      assert.deepEqual(yb.printed(), [line, ">>> [Invalid command]"]);
    });
  }

  test("join_group waits for what was asked before it, so that a refusal is never taken for its own", () => {
    yb.type("create_group lab", "list_groups", "join_group lab", "send_group hi");
    assert.deepEqual(yb.calls, ["createGroup lab", "listGroups"]);
    yb.happen(refused);
    assert.equal(yb.calls.length, 2);
    yb.happen({ kind: "groupsListed", groups: [] });
    assert.equal(yb.calls.at(-1), "joinGroup lab");
    yb.enter("lab");
    assert.equal(yb.calls.at(-1), "sendGroup|hi");
  });

  test("messages on their way do not keep anybody from joining, nor a join from hearing", () => {
    yb.type("send bob hi", "join_group lab");
    assert.deepEqual(yb.calls, ["send bob|hi", "joinGroup lab"]);
    yb.happen(direct, { ...post, group: undefined, mailedAtMs: undefined });
    assert.deepEqual(yb.printed(), [">>> bob: psst", ">>> Channel_Message bob: hi"]);
  });

  for (const word of ["create_group g", "list_groups", "send_all hi"]) {
    test(`a flood of ${word} waits, in order, and none is lost`, () => {
      const texts = Array.from({ length: 1000 }, () => word);
      yb.type(...texts, "clients");
      assert.equal(yb.calls.length, mostPending);
      for (let i = 0; i < texts.length; i++) {
        if (word === "send_all hi") yb.take();
        else if (word === "list_groups") yb.happen({ kind: "groupsListed", groups: [] });
        else yb.happen({ kind: "groupExists", group: "g" });
        assert.equal(yb.calls.length, Math.min(mostPending + i + 1, texts.length));
      }
      assert.deepEqual([yb.mode.waitingBytes, yb.printed().length], [0, texts.length]);
    });
  }

  test("leaving waits for lists that were asked for, and for posts", () => {
    yb.type("list_groups", "send_all hi");
    yb.mode.endInput();
    yb.take();
    assert.equal(yb.calls.at(-1), "sendAll|hi");
    yb.happen({ kind: "groupsListed", groups: [] });
    assert.equal(yb.calls.at(-1), "deregister");
  });
});

describe("mail", () => {
  beforeEach(() => {
    yb = Typist.online();
  });

  test("a message to somebody who is silent: sent to the server, then saved, and collected in the end", () => {
    const sentAtMs = new Date(2026, 0, 2, 3, 4, 5).getTime();
    yb.type("send bob hi", "quit");
    yb.happen({ kind: "messageMailed", to: "bob", messageId: messageId(0) });
    assert.equal(yb.calls.length, 1);
    yb.session.pending--;
    yb.happen({ kind: "messageEnded", to: "bob", messageId: messageId(0), end: "saved", reason: undefined });
    assert.deepEqual(yb.calls, ["send bob|hi", "deregister"]);
    yb.happen({ kind: "mailCollected", to: "bob", messageId: messageId(0), sentAtMs });
    assert.deepEqual(yb.printed(), [
      ">>> [No ACK from bob, message sent to server.]",
      ">>> [Messages received by the server and saved]",
      ">>> [Offline Message sent at 2026-01-02 03:04:05 received by bob.]",
    ]);
  });

  test("somebody who turns out to be there: exists, the table, received", () => {
    const ended = { kind: "messageEnded", to: "bob", messageId: messageId(0), reason: undefined } as const;
    yb.happen({ ...ended, end: "exists" }, { kind: "tableUpdated" }, { ...ended, end: "received" });
    assert.deepEqual(yb.printed(), [
      ">>> [Client bob exists!!]",
      ">>> [Client table updated.]",
      ">>> [Message received by bob.]",
    ]);
  });

  test("mail on coming back, of single senders and of everybody", () => {
    const mailedAtMs = new Date(2026, 0, 2, 3, 4, 5).getTime();
    yb.happen({ kind: "mailBegan" }, { ...direct, mailedAtMs }, { ...post, group: undefined, mailedAtMs });
    assert.deepEqual(yb.printed(), [
      ">>> [You have messages]",
      ">>> bob: 2026-01-02 03:04:05 psst",
      ">>> Channel_Message bob: 2026-01-02 03:04:05 hi",
    ]);
  });
});

describe("in a group", () => {
  beforeEach(() => {
    yb = Typist.inGroup();
  });

  test("send_group and list_members, and every line behind the group's prompt", () => {
    yb.type("send_group  hi ", "list_members");
    assert.deepEqual(yb.calls, ["sendGroup| hi ", "listMembers"]);
    yb.take();
    yb.happen(
      { kind: "membersListed", group: "lab", members: ["bob", "yb"] },
      { ...post, group: "lab", mailedAtMs: undefined },
      { ...post, group: undefined, mailedAtMs: undefined },
      { kind: "privateKept", from: "bob" },
      { kind: "tableUpdated" },
      { kind: "messageEnded", to: "bob", messageId: messageId(0), end: "received", reason: undefined },
      { kind: "mailCollected", to: "bob", messageId: messageId(0), sentAtMs: now },
      { kind: "keyChanged", name: "bob", messageId: undefined },
    );
    assert.deepEqual(yb.printed(), [
      ">>> (lab) [Message received by Server.]",
      ">>> (lab) [Members in the group lab:]",
      ">>> (lab) bob",
      ">>> (lab) yb",
      ">>> (lab) Group_Message bob: hi",
      ">>> (lab) Channel_Message bob: hi",
      ">>> (lab) [Private message from bob, shown when you leave.]",
      ">>> (lab) [Client table updated.]",
      ">>> (lab) [Message received by bob.]",
      ">>> (lab) [Offline Message sent at 2026-03-04 05:06:07 received by bob.]",
      ">>> (lab) [Key of bob changed: message held. trust bob to accept.]",
    ]);
  });

  test("commands of the outside are invalid, also without their arguments", () => {
    const outside = [
      "send bob hi",
      "send",
      "send_all hi",
      "create_group g",
      "list_groups",
      "join_group g",
      "trust bob",
    ];
    yb.type(...outside);
    assert.deepEqual(
      yb.printed(),
      outside.map(() => ">>> (lab) [Invalid command]"),
    );
    yb.type("send_group", "send_group ", "list_members all", "leave_group lab", "reg", "dereg bob", "clients");
    assert.deepEqual(yb.printed(), [
      ">>> (lab) [Usage: send_group <message>]",
      ">>> (lab) [Usage: send_group <message>]",
      ">>> (lab) [Usage: list_members]",
      ">>> (lab) [Usage: leave_group]",
      ">>> (lab) [You are already registered.]",
      ">>> (lab) [You can only deregister yourself.]",
    ]);
    assert.deepEqual(yb.calls, []);
  });

  test("help: what works in a group, and what the server could read, once", () => {
    yb.type("help");
    const words = yb.printed().map((line) => line.slice(">>> (lab) ".length).split(" ")[0]);
    const inside = "send_group list_members leave_group clients net why dereg quit exit ctrl help The";
    assert.deepEqual(words, inside.split(" "));
  });

  test("send_group: what cannot go", () => {
    yb.session.postOutcome = { kind: "tooLong", bytes: 65_537 };
    yb.type("send_group long");
    yb.mode.type({ text: "send_group xxx", bytes: 70_011, isWhole: false });
    yb.session.postOutcome = { kind: "notInGroup" };
    yb.type("send_group hi");
    assert.deepEqual(yb.printed(), [
      ">>> (lab) [Message too long: 65537 of 65536 bytes.]",
      ">>> (lab) [Message too long: 70000 of 65536 bytes.]",
      ">>> (lab) [Invalid command]",
    ]);
  });

  test("leave_group: the line outside, then what was kept, and what follows waits for it", () => {
    yb.type("leave_group", "send bob hi", "send_group ho");
    assert.deepEqual([yb.calls, yb.mode.prompt], [["leaveGroup"], ">>> (lab) "]);
    yb.leave("lab");
    assert.equal(yb.mode.prompt, ">>> ");
    yb.happen(direct, { ...direct, from: "eva", text: "two\nlines" });
    assert.deepEqual(yb.calls, ["leaveGroup", "send bob|hi"]);
    assert.deepEqual(yb.printed(), [
      ">>> [Leave group chat lab]",
      ">>> [Invalid command]",
      ">>> bob: psst",
      ">>> eva: two\n    lines",
    ]);
  });

  test("what was kept is shown behind the plain prompt, also when the next group has been entered", () => {
    yb.type("leave_group", "join_group zoo");
    yb.leave("lab");
    yb.enter("zoo");
    yb.happen(direct);
    assert.deepEqual(yb.printed().slice(1), [">>> [Entered group zoo successfully]", ">>> bob: psst"]);
    assert.equal(yb.mode.prompt, ">>> (zoo) ");
  });

  for (const word of ["leave_group", "dereg", "quit", "the end of input"]) {
    test(`${word} waits until posts and lists that were asked for are answered`, () => {
      yb.type("send_group 1", "send_group 2", "list_members");
      if (word === "the end of input") yb.mode.endInput();
      else yb.type(word);
      yb.take();
      yb.happen({ kind: "membersListed", group: "lab", members: [] });
      assert.deepEqual(yb.calls, ["sendGroup|1", "sendGroup|2", "listMembers"]);
      yb.session.pending--;
      yb.happen({ kind: "requestRefused", reason: "disk full", messageId: messageId(1) });
      assert.equal(yb.calls.at(-1), word === "leave_group" ? "leaveGroup" : "deregister");
    });
  }

  test("a list that is not answered yet keeps us in the group", () => {
    yb.type("list_members", "leave_group");
    assert.deepEqual(yb.calls, ["listMembers"]);
    yb.happen(refused);
    assert.deepEqual(yb.calls, ["listMembers", "leaveGroup"]);
  });

  test("dereg from a group: what was kept, then offline", () => {
    yb.type("dereg");
    yb.happen(direct, { kind: "deregistered" });
    assert.deepEqual(yb.printed(), [">>> bob: psst", ">>> (lab) [You are Offline. Bye.]"]);
    assert.equal(yb.mode.exitCode, 0);
  });

  test("a refused leave_group keeps us inside", () => {
    yb.type("leave_group", "send_group hi");
    yb.happen(refused);
    assert.deepEqual([yb.calls.at(-1), yb.printed()], ["sendGroup|hi", [">>> (lab) [Refused: busy]"]]);
  });

  test("put out: back outside, and nothing waits for what the group would have answered", () => {
    yb.type("list_members", "leave_group", "send bob hi");
    yb.session.group = undefined;
    yb.happen({ kind: "removedFromGroup", group: "lab" }, direct);
    assert.deepEqual(yb.printed(), [
      ">>> [You were removed from group lab.]",
      ">>> [Invalid command]",
      ">>> bob: psst",
    ]);
    assert.deepEqual(yb.calls, ["listMembers", "send bob|hi"]);
  });

  test("a silent server: what was kept, then its lines behind the group's prompt", () => {
    yb.type("list_members");
    yb.happen(direct, { kind: "serverSilent", kept: 1 });
    assert.deepEqual(yb.printed(), [
      ">>> bob: psst",
      ">>> (lab) [1 messages kept, sent when you are back.]",
      ">>> (lab) [Server not responding]",
      ">>> (lab) [Exiting]",
    ]);
    assert.equal(yb.mode.exitCode, 69);
  });

  test("the group's prompt holds nothing that could drive a terminal", () => {
    yb = Typist.online();
    yb.type("join_group x");
    yb.enter("a\u001b[2Jb\u202e");
    assert.equal(yb.mode.prompt, ">>> (ab) ");
  });
});

describe("groups under --stay", () => {
  beforeEach(() => {
    yb = Typist.inGroup({ stay: true });
  });

  test("offline, no command of either mode works, and one that is none is still invalid", () => {
    yb.type("dereg");
    yb.session.group = undefined;
    yb.happen({ kind: "deregistered" });
    yb.printed();
    const commands = ["send bob hi", "send_all hi", "create_group g", "list_groups", "join_group g", "trust bob"];
    const inside = ["send_group hi", "list_members", "leave_group"];
    yb.type(...commands, ...inside, "join_group ../x");
    assert.deepEqual(
      yb.printed(),
      [...commands, ...inside, "one more"].map(() => ">>> [You are offline.]"),
    );
    yb.type("join", "join_group", "send_group");
    assert.deepEqual(yb.printed(), [
      ">>> [Invalid command]",
      ">>> [Usage: join_group <group>]",
      ">>> [Usage: send_group <message>]",
    ]);
    assert.deepEqual(yb.calls, ["deregister"]);
  });

  test("who comes back is outside", () => {
    yb.type("dereg", "reg", "send_group hi");
    yb.session.group = undefined;
    yb.happen({ kind: "deregistered" }, { kind: "registered", hasMailbox: true }, { kind: "tableUpdated" });
    assert.deepEqual(yb.printed().slice(1), [
      ">>> [Welcome, You are registered.]",
      ">>> [Client table updated.]",
      ">>> [Invalid command]",
    ]);
  });

  test("a silent server leaves us where the session is", () => {
    yb.happen({ kind: "serverSilent", kept: 0 });
    assert.equal(yb.mode.prompt, ">>> (lab) ");
    yb.session.group = undefined;
    yb.happen({ kind: "serverSilent", kept: 0 });
    assert.equal(yb.mode.prompt, ">>> ");
    assert.deepEqual(yb.printed(), [">>> (lab) [Server not responding]", ">>> (lab) [Server not responding]"]);
  });

  test("a silent server ends the wait for an answer, and leaving the group waits no more for verdicts", () => {
    yb.type("leave_group", "send_group hi", "leave_group");
    yb.happen({ kind: "serverSilent", kept: 0 });
    assert.deepEqual(yb.calls, ["leaveGroup", "sendGroup|hi", "leaveGroup"]);
    yb.leave("lab");
    yb.type("join_group lab", "send bob hi");
    yb.happen({ kind: "serverSilent", kept: 0 });
    assert.deepEqual(yb.calls.slice(3), ["joinGroup lab", "send bob|hi"]);
  });
});
