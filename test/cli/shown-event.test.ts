import assert from "node:assert/strict";
import { test } from "node:test";

import { shownEvent } from "../../src/cli/shown-event.ts";
import type { ClientEvent } from "../../src/client/events.ts";

import { messageId } from "./fake-session.ts";

const now = new Date(2026, 2, 4, 5, 6, 7).getTime();
const sentAtMs = new Date(2025, 11, 31, 23, 59, 8).getTime();
const ended = { kind: "messageEnded", to: "bob", messageId: messageId(0), reason: undefined } as const;
const text = { kind: "messageReceived", from: "bob", messageId: messageId(0), text: " hi", sentAtMs } as const;
const direct = { ...text, isLate: false, mailedAtMs: undefined } as const;
const post = { kind: "postReceived", from: "bob", messageId: messageId(0), text: " hi", sentAtMs } as const;
const live = { mailedAtMs: undefined } as const;
const id = messageId(0);

const rows: readonly (readonly [string, ClientEvent, readonly string[]])[] = [
  ["registered", { kind: "registered", hasMailbox: true }, ["[Welcome, You are registered.]"]],
  ["table", { kind: "tableUpdated" }, ["[Client table updated.]"]],
  ["a direct message", direct, ["bob:  hi"]],
  ["a late message", { ...direct, isLate: true, sentAtMs: now - 1000 }, ["bob: 2026-03-04 05:06:06  hi"]],
  ["a late message of a wrong clock", { ...direct, isLate: true }, ["bob: 2026-03-04 05:06:07  hi"]],
  ["acknowledged", { ...ended, end: "received" }, ["[Message received by bob.]"]],
  [
    "no acknowledgement",
    { kind: "messageMailed", to: "bob", messageId: id },
    ["[No ACK from bob, message sent to server.]"],
  ],
  ["saved", { ...ended, end: "saved" }, ["[Messages received by the server and saved]"]],
  ["no mailbox", { ...ended, end: "notDelivered" }, ["[No ACK from bob, message not delivered]"]],
  ["turned out to be there", { ...ended, end: "exists" }, ["[Client bob exists!!]"]],
  ["a message declined", { ...ended, end: "refused", reason: "mailbox full" }, ["[Refused: mailbox full]"]],
  ["a message declined without a word", { ...ended, end: "refused" }, ["[Refused: the server gave no reason]"]],
  ["mail follows", { kind: "mailBegan" }, ["[You have messages]"]],
  ["mail", { ...direct, mailedAtMs: sentAtMs }, ["bob: 2025-12-31 23:59:08  hi"]],
  ["late mail", { ...direct, isLate: true, mailedAtMs: sentAtMs }, ["bob: 2025-12-31 23:59:08  hi"]],
  ["a post taken", { kind: "postTaken", group: undefined, messageId: id }, ["[Message received by Server.]"]],
  ["a group's post taken", { kind: "postTaken", group: "lab", messageId: id }, ["[Message received by Server.]"]],
  ["a post to everybody", { ...post, ...live, group: undefined }, ["Channel_Message bob:  hi"]],
  [
    "a post to everybody from the mailbox",
    { ...post, group: undefined, mailedAtMs: sentAtMs },
    ["Channel_Message bob: 2025-12-31 23:59:08  hi"],
  ],
  ["a group message", { ...post, ...live, group: "lab" }, ["Group_Message bob:  hi"]],
  [
    "mail collected",
    { kind: "mailCollected", to: "bob", messageId: id, sentAtMs },
    ["[Offline Message sent at 2025-12-31 23:59:08 received by bob.]"],
  ],
  ["group made", { kind: "groupCreated", group: "lab" }, ["[Group lab created by Server.]"]],
  ["group there", { kind: "groupExists", group: "lab" }, ["[Group lab already exists.]"]],
  ["groups", { kind: "groupsListed", groups: ["a", "lab"] }, ["[Available group chats:]", "a", "lab"]],
  ["no groups", { kind: "groupsListed", groups: [] }, ["[Available group chats:]"]],
  ["entered", { kind: "groupEntered", group: "lab" }, ["[Entered group lab successfully]"]],
  ["no such group", { kind: "groupMissing", group: "LAB" }, ["[Group LAB does not exist]"]],
  [
    "members",
    { kind: "membersListed", group: "lab", members: ["bob", "yb"] },
    ["[Members in the group lab:]", "bob", "yb"],
  ],
  ["left", { kind: "groupLeft", group: "lab" }, ["[Leave group chat lab]"]],
  ["a private message", { kind: "privateKept", from: "bob" }, ["[Private message from bob, shown when you leave.]"]],
  ["put out", { kind: "removedFromGroup", group: "lab" }, ["[You were removed from group lab.]"]],
  ["offline", { kind: "deregistered" }, ["[You are Offline. Bye.]"]],
  ["the server silent", { kind: "serverSilent", kept: 0 }, ["[Server not responding]"]],
  [
    "the server silent, messages kept",
    { kind: "serverSilent", kept: 2 },
    ["[2 messages kept, sent when you are back.]", "[Server not responding]"],
  ],
  ["nobody", { kind: "unknownName", name: "eva", messageId: undefined }, ["[No such client: eva]"]],
  [
    "a request declined",
    { kind: "requestRefused", reason: "too many groups", messageId: undefined },
    ["[Refused: too many groups]"],
  ],
  ["registration declined", { kind: "refused", reason: "directory full" }, ["[Refused: directory full]"]],
  ["a name taken", { kind: "nameTaken", name: "yb" }, ["[Name yb is taken.]"]],
  [
    "a key changed",
    { kind: "keyChanged", name: "bob", messageId: id },
    ["[Key of bob changed: message held. trust bob to accept.]"],
  ],
  ["nothing to accept", { kind: "nothingToAccept", name: "bob" }, ["[Nothing to accept from bob.]"]],
  ["another server", { kind: "serverChanged", pinned: "aa", shown: "bb" }, []],
  ["another protocol", { kind: "versionUnknown", theirs: [2] }, []],
  ["a full disk", { kind: "profileFailed", reason: "full" }, []],
];

for (const [what, event, lines] of rows) {
  test(`${what}: ${lines.join(" / ") || "nothing on standard output"}`, () =>
    assert.deepEqual(shownEvent(event, now), lines));
}

test("no name, group, reason or text of others brings a control character or begins a line", () => {
  const bad = "a\u001b[2Jb\u202e\u0007\n>>> c";
  const shown = "ab\n    >>> c";
  const events: readonly ClientEvent[] = [
    { ...direct, from: bad, text: bad },
    { ...direct, from: bad, text: bad, isLate: true },
    { ...direct, from: bad, text: bad, mailedAtMs: now },
    ...(["received", "notDelivered", "exists"] as const).map((end) => ({ ...ended, to: bad, end })),
    { ...ended, end: "refused", reason: bad },
    { kind: "messageMailed", to: bad, messageId: id },
    { kind: "mailCollected", to: bad, messageId: id, sentAtMs },
    { kind: "privateKept", from: bad },
    { ...post, ...live, from: bad, text: bad, group: bad },
    { ...post, ...live, from: bad, text: bad, group: undefined },
    ...(["groupCreated", "groupExists", "groupEntered", "groupMissing", "groupLeft", "removedFromGroup"] as const).map(
      (kind) => ({ kind, group: bad }),
    ),
    { kind: "groupsListed", groups: [bad, bad] },
    { kind: "membersListed", group: bad, members: [bad] },
    { kind: "requestRefused", reason: bad, messageId: id },
    { kind: "refused", reason: bad },
    { kind: "keyChanged", name: bad, messageId: id },
    { kind: "unknownName", name: bad, messageId: id },
    { kind: "nothingToAccept", name: bad },
    { kind: "nameTaken", name: bad },
  ];
  for (const event of events) {
    for (const line of shownEvent(event, now)) {
      assert.doesNotMatch(line.replaceAll("\n    ", ""), /[\p{Cc}\u202e]/u, event.kind);
      if (line !== "[Available group chats:]") assert.ok(line.includes(shown), `${event.kind}: ${line}`);
    }
  }
});
