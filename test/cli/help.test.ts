import assert from "node:assert/strict";
import { test } from "node:test";

import { readArguments } from "../../src/cli/arguments.ts";
import { helpText } from "../../src/cli/help.ts";
import { commandOptions, commands, generalOptions } from "../../src/cli/options.ts";

for (const topic of [undefined, ...commands] as const) {
  test(`help for ${topic ?? "the whole"} has two examples, and they are right`, () => {
    const [, after = ""] = helpText(topic).split("Examples:\n");
    const examples = after.split("\n").map((line) => line.trim().split(" ").slice(1));
    assert.equal(examples.length, 2);
    const kinds = topic === undefined ? ["alone", "join"] : [topic, topic];
    assert.deepEqual(
      examples.map((words) => readArguments(words).kind),
      kinds,
    );
  });

  test(`help for ${topic ?? "the whole"} fits 100 columns and promises neither groups nor mail`, () => {
    const text = helpText(topic);
    assert.ok(text.split("\n").every((line) => line.length <= 100));
    assert.doesNotMatch(text.replace(/^Scenarios: .*$/m, ""), /group|send_all|mail(?!box)/i);
  });
}

test("help says what udpchat alone does, how others join, and where the port is from", () => {
  const text = helpText().replaceAll("\n", " ");
  assert.match(text, /udpchat alone joins the server of this machine under your login name/);
  assert.match(text, /If there is no server yet, it starts one, which ends when its last client has left/);
  assert.match(text, /udpchat join <name>@<address of this machine>/);
  for (const topic of [undefined, "serve", "join"] as const) assert.match(helpText(topic), /4119.* UDPCHAT_PORT /);
});

test("help for a command lists every option of it", () => {
  for (const command of commands) {
    for (const { name } of [...commandOptions[command], ...generalOptions]) {
      assert.match(helpText(command), new RegExp(`^  ${name}(?: |$)`, "m"));
    }
  }
});
