import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { nameKey, usableName } from "#chat";

import { ownNames } from "../../src/cli/own-names.ts";

function names(user: string | undefined, host = "lab3", login = "somebody"): readonly string[] {
  return ownNames({ user, login: () => login, host });
}

const numbers = [2, 3, 4, 5, 6, 7, 8, 9];

test("the user's name, that with the host's, then eight numbers", () => {
  assert.deepEqual(names("pi"), ["pi", "pi-lab3", ...numbers.map((number) => `pi-${number}`)]);
});

test("of the host's name only its own part counts, and none at all is left out", () => {
  assert.equal(names("pi", "lab3.example.org")[1], "pi-lab3");
  for (const host of ["", "☺", "---"]) assert.equal(names("pi", host)[1], "pi-2");
});

test("names that are the same name are tried once", () => {
  assert.deepEqual(names("pi", "2").slice(0, 3), ["pi", "pi-2", "pi-3"]);
});

for (const [what, user, expected] of [
  ["spaces and signs become one hyphen", "Ana María (lab)", "Ana-María-lab"],
  ["a domain stays", "LAB\\ana", "LAB-ana"],
  ["what may not come first goes", "._-ana", "ana"],
  ["other ways to write a letter become that letter", "ａｎａ", "ana"],
  ["letters that show as nothing go", "a\u200bn\ufe0fa", "ana"],
  ["controls go", "\u001b[31mana\n", "31mana"],
  ["half a character goes", "ana\ud83d", "ana"],
  ["what is too long is cut", "x".repeat(40), "x".repeat(32)],
  ["signs alone leave the name for the nameless", "☺ ☺", "user"],
] as const) {
  test(`$USER is made usable: ${what}`, () => assert.equal(names(user)[0], expected));
}

test("without $USER the login name counts, and a user without one is still somebody", () => {
  assert.equal(names(undefined, "lab3", "eva")[0], "eva");
  assert.equal(names("", "lab3", "eva")[0], "eva");
  const nobody = (): string => {
    throw new Error("ENOENT");
  };
  assert.equal(ownNames({ user: undefined, login: nobody, host: "lab3" })[0], "user");
});

test("a name of full length makes room for the host and for numbers", () => {
  const long = "x".repeat(32);
  assert.deepEqual(names(long).slice(0, 3), [long, `${"x".repeat(29)}-la`, `${"x".repeat(30)}-2`]);
  assert.equal(names("pi", "h".repeat(40))[1], `pi-${"h".repeat(29)}`);
});

test("whatever the system says, all are usable names and no two the same", () => {
  const text = fc.oneof(fc.string({ unit: "binary", maxLength: 60 }), fc.string({ unit: "grapheme", maxLength: 60 }));
  fc.assert(
    fc.property(text, text, (user, host) => {
      const tried = names(user, host);
      assert.ok(tried.length >= 9 && tried.length <= 10);
      for (const name of tried) assert.notEqual(usableName(name), undefined, name);
      assert.equal(new Set(tried.map(nameKey)).size, tried.length);
    }),
  );
});
