import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { AwaitedAnswers } from "../../src/cli/awaited-answers.ts";
import type { ClientEvent } from "../../src/client/events.ts";

import { messageId } from "./fake-session.ts";

const refused: ClientEvent = { kind: "requestRefused", reason: "", messageId: undefined };
let answers: AwaitedAnswers;
beforeEach(() => {
  answers = new AwaitedAnswers();
});

for (const [word, event] of [
  ["create_group", { kind: "groupCreated", group: "g" }],
  ["create_group", { kind: "groupExists", group: "g" }],
  ["list_groups", { kind: "groupsListed", groups: [] }],
  ["list_members", { kind: "membersListed", group: "g", members: [] }],
  ["create_group", refused],
  ["list_members", { kind: "removedFromGroup", group: "g" }],
  ["list_groups", { kind: "serverSilent", kept: 0 }],
] as const) {
  test(`${event.kind} answers ${word}, which does not decide the mode`, () => {
    answers.ask(word);
    assert.deepEqual([answers.count, answers.decidesMode], [1, false]);
    answers.receive(event);
    assert.equal(answers.count, 0);
  });
}

for (const [word, event] of [
  ["join_group", { kind: "groupEntered", group: "g" }],
  ["join_group", { kind: "groupMissing", group: "g" }],
  ["join_group", refused],
  ["join_group", { kind: "serverSilent", kept: 0 }],
  ["leave_group", { kind: "groupLeft", group: "g" }],
  ["leave_group", { kind: "removedFromGroup", group: "g" }],
  ["leave_group", refused],
  ["leave_group", { kind: "deregistered" }],
] as const) {
  test(`${event.kind} answers ${word}, which decides the mode`, () => {
    answers.ask(word);
    answers.receive({ kind: "groupsListed", groups: [] });
    answers.receive({ ...refused, messageId: messageId(0) });
    assert.deepEqual([answers.count, answers.decidesMode], [1, true]);
    answers.receive(event);
    assert.deepEqual([answers.count, answers.decidesMode], [0, false]);
  });
}

test("other words ask nothing, other events answer nothing, and an answer too many is no question too few", () => {
  for (const word of ["send", "send_all", "send_group", "clients", "trust", "help"] as const) answers.ask(word);
  answers.receive(refused);
  answers.receive({ kind: "groupEntered", group: "g" });
  assert.equal(answers.count, 0);
  answers.ask("list_groups");
  answers.ask("list_groups");
  answers.receive({ kind: "tableUpdated" });
  answers.receive({ kind: "groupEntered", group: "g" });
  assert.equal(answers.count, 2);
  answers.receive({ kind: "groupsListed", groups: [] });
  assert.equal(answers.count, 1);
});
