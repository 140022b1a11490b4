import assert from "node:assert/strict";
import { test } from "node:test";

import { clientCommands, helpLines, readCommand, usageOf } from "../../src/cli/prompt-commands.ts";

type Where = Parameters<typeof readCommand>[2];

function read(line: string, where: Where = "outside"): string {
  const typed = readCommand(line, clientCommands, where);
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
  ["send_all  two  spaces ", "send_all| two  spaces "],
  ["send_all", "usage send_all <message>"],
  ["send_all ", "usage send_all <message>"],
  ["send_allhi", "invalid"],
  ["create_group g", "create_group|g"],
  ["create_group", "usage create_group <group>"],
  ["create_group g h", "usage create_group <group>"],
  ["list_groups", "list_groups"],
  ["list_groups g", "usage list_groups"],
  ["join_group\tg ", "join_group|g"],
  ["join_group", "usage join_group <group>"],
  ["Join_group g", "invalid"],
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
  ["net", "net"],
  ["net bob", "usage net"],
  ["why", "why"],
  ["why ", "why"],
  ["why 12 ", "why|12"],
  ["why 0", "usage why [<n>]"],
  ["why 1.5", "usage why [<n>]"],
  ["why bob", "usage why [<n>]"],
  ["why 1 2", "usage why [<n>]"],
  ["ctrl + c", "ctrl + c"],
  ["ctrl", "invalid"],
  ["ctrl + cc", "invalid"],
  ["quit", "quit"],
  ["exit", "exit"],
  ["help", "help"],
] as const) {
  test(`${JSON.stringify(line)} is ${expected}`, () => assert.equal(read(line), expected));
}

for (const [line, expected] of [
  ["send_group  hi ", "send_group| hi "],
  ["send_group", "usage send_group <message>"],
  ["list_members", "list_members"],
  ["list_members all", "usage list_members"],
  ["leave_group", "leave_group"],
  ["leave_group g", "usage leave_group"],
] as const) {
  test(`${JSON.stringify(line)} is ${expected} in a group, and invalid outside`, () => {
    assert.deepEqual([read(line, "group"), read(line), read(line, "anywhere")], [expected, "invalid", expected]);
  });
}

for (const line of [
  "send bob hi",
  "send",
  "send_all hi",
  "create_group g",
  "list_groups",
  "join_group h",
  "trust bob",
]) {
  test(`${line} is invalid in a group`, () => assert.equal(read(line, "group"), "invalid"));
}

for (const line of ["clients", "net", "why", "dereg", "reg", "quit", "exit", "ctrl + c", "help"]) {
  test(`${line} is the same in a group`, () => assert.equal(read(line, "group"), line));
}

test("help names every command with its arguments, one a line", () => {
  const lines = helpLines(clientCommands);
  assert.equal(lines.length, clientCommands.length);
  clientCommands.forEach((command, i) => assert.ok(lines[i]?.startsWith(`${usageOf(command)} `)));
});
