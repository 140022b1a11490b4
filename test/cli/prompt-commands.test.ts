import assert from "node:assert/strict";
import { test } from "node:test";

import { clientCommands, helpLines, readCommand, usageOf } from "../../src/cli/prompt-commands.ts";
import type { PromptCommand } from "../../src/cli/prompt-commands.ts";

function read(line: string): string {
  const typed = readCommand(line, clientCommands, "outside");
  if (typed.kind === "usage") return `usage ${usageOf(typed.command)}`;
  if (typed.kind !== "command") return typed.kind;
  return [typed.command.word, typed.name, typed.message].filter((part) => part !== "").join("|");
}

for (const [line, expected] of [
  ["", "nothing"],
  [" \t ", "nothing"],
  ["send bob hi", "send|bob|hi"],
  ["  send   bob hi", "send|bob|hi"],
  ["send bob  two  spaces ", "send|bob| two  spaces "],
  ["send\tbob\thi", "send|bob|hi"],
  ["send bob \u0000\u0007", "send|bob|\u0000\u0007"],
  ["send bob  ", "send|bob| "],
  ["send", "usage send <name> <message>"],
  ["send bob", "usage send <name> <message>"],
  ["send bob ", "usage send <name> <message>"],
  ["Send bob hi", "invalid"],
  ["sendbob hi", "invalid"],
  ["send_all hi", "invalid"],
  ["create_group g", "invalid"],
  ["leave_group", "invalid"],
  ["send\u0000 bob hi", "invalid"],
  ["dereg", "dereg"],
  ["dereg yb ", "dereg|yb"],
  ["dereg yb x", "usage dereg <own name>"],
  ["reg yb", "reg|yb"],
  ["trust", "usage trust <name>"],
  ["trust bob", "trust|bob"],
  ["trust bob now", "usage trust <name>"],
  ["clients ", "clients"],
  ["clients all", "usage clients"],
  ["ctrl + c", "ctrl + c"],
  ["ctrl", "invalid"],
  ["ctrl + cc", "invalid"],
  ["quit", "quit"],
  ["exit", "exit"],
  ["help", "help"],
] as const) {
  test(`${JSON.stringify(line)} is ${expected}`, () => assert.equal(read(line), expected));
}

test("a command of the other mode is invalid, and one of both works in both", () => {
  const inGroup: PromptCommand<"send_group"> = {
    word: "send_group",
    shape: "message",
    where: "group",
    when: "online",
    help: "",
  };
  assert.deepEqual(readCommand("send_group hi", [inGroup], "outside"), { kind: "invalid" });
  assert.deepEqual(readCommand("send_group  hi ", [inGroup], "group"), {
    kind: "command",
    command: inGroup,
    name: "",
    message: " hi ",
  });
  assert.deepEqual(readCommand("send_group", [inGroup], "group"), { kind: "usage", command: inGroup });
  assert.equal(readCommand("send bob hi", clientCommands, "group").kind, "invalid");
  assert.equal(readCommand("clients", clientCommands, "group").kind, "command");
});

test("help names every command with its arguments, one a line", () => {
  const lines = helpLines(clientCommands);
  assert.equal(lines.length, clientCommands.length);
  clientCommands.forEach((command, i) => assert.ok(lines[i]?.startsWith(`${usageOf(command)} `)));
});
