import assert from "node:assert/strict";
import { test } from "node:test";

import { answerServerLine } from "../../src/cli/server-mode.ts";

const server = {
  clients: () => [
    { name: "ana", address: { host: "::1", port: 5000 }, isOnline: true, isSelf: false },
    { name: "bob", address: undefined, isOnline: false, isSelf: false },
  ],
  release: (name: string) => name === "ana",
};

for (const [text, lines] of [
  ["", []],
  ["clients", ["ana [::1]:5000 online", "bob - offline"]],
  ["release ana", ["[Name ana is free.]"]],
  ["release eva", ["[No such client: eva]"]],
  ["release ../x", ["[Not a usable name: ../x]"]],
  ["release", ["[Usage: release <name>]"]],
  ["send ana hi", ["[Invalid command]"]],
] as const) {
  test(`${JSON.stringify(text)} at the server`, () => {
    const line = { text, bytes: text.length, isWhole: true };
    assert.deepEqual(answerServerLine(line, server), { lines, ends: false });
  });
}

test("help lists the four commands, and quit ends it", () => {
  const help = answerServerLine({ text: "help", bytes: 4, isWhole: true }, server);
  assert.deepEqual(
    help.lines.map((line) => line.split(" ")[0]),
    ["clients", "release", "quit", "help"],
  );
  assert.deepEqual(answerServerLine({ text: "quit", bytes: 4, isWhole: true }, server), { lines: [], ends: true });
});
