import assert from "node:assert/strict";
import { test } from "node:test";

import { readArguments } from "../../src/cli/arguments.ts";
import { helpText } from "../../src/cli/help.ts";
import { commandOptions, generalOptions } from "../../src/cli/options.ts";

for (const topic of [undefined, "serve", "join"] as const) {
  test(`help for ${topic ?? "the whole"} has two examples, and they are right`, () => {
    const [, after = ""] = helpText(topic).split("Examples:\n");
    const examples = after.split("\n").map((line) => line.trim().split(" ").slice(1));
    assert.equal(examples.length, 2);
    for (const words of examples)
      assert.equal(readArguments(words).kind, topic ?? (words[0] === "-s" ? "serve" : "join"));
  });

  test(`help for ${topic ?? "the whole"} fits 100 columns and promises neither groups nor mail`, () => {
    const text = helpText(topic);
    assert.ok(text.split("\n").every((line) => line.length <= 100));
    assert.doesNotMatch(text, /group|send_all|mail(?!box)/i);
  });
}

test("help for a command lists every option of it", () => {
  for (const command of ["serve", "join"] as const) {
    for (const { name } of [...commandOptions[command], ...generalOptions]) {
      assert.match(helpText(command), new RegExp(`^  ${name}(?: |$)`, "m"));
    }
  }
});
