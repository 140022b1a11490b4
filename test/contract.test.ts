// docs/contract.md cannot rot: every test that it names is in the tree, every row has one, and every command and option
// of the program has a row.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { commandOptions, generalOptions } from "../src/cli/options.ts";
import { clientCommands, serverCommands } from "../src/cli/prompt-commands.ts";

interface Row {
  readonly words: string;
  readonly proofs: string;
}

const fewestLetters = 10;

/** The rows of all tables, without their heads. */
function rows(): readonly Row[] {
  const lines = readFileSync(join(import.meta.dirname, "..", "docs", "contract.md"), "utf8").split("\n");
  return lines
    .filter((line, i) => line.startsWith("|") && !line.startsWith("|---") && !lines[i + 1]?.startsWith("|---"))
    .map((line) => {
      const [, words = "", proofs = "", ...rest] = line.split("|").map((cell) => cell.trim());
      assert.deepEqual(rest, [""], `a row of two cells: ${line}`);
      return { words, proofs };
    });
}

const titles = new Map<string, readonly RegExp[]>();

/** What the titles of a file's tests look like; in a template whatever is filled in may be anything. */
function titlesOf(file: string): readonly RegExp[] {
  const known = titles.get(file);
  if (known !== undefined) return known;
  const path = join(import.meta.dirname, `${file}.test.ts`);
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const found = [...text.matchAll(/\btest\(\s*(?:"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g)].map(
    ([, plain, template]) =>
      plain === undefined ? ofTemplate(template ?? "") : new RegExp(`^${RegExp.escape(plain)}$`),
  );
  titles.set(file, found);
  return found;
}

function ofTemplate(template: string): RegExp {
  const parts = template.split(/\$\{[^}]*\}/);
  assert.ok(parts.join("").length >= fewestLetters, `a title that says something by itself: ${template}`);
  return new RegExp(`^${parts.map((part) => RegExp.escape(part)).join(".+")}$`);
}

test("every row names tests that are there, by file and title", () => {
  const all = rows();
  assert.ok(all.length > 100, `${all.length} rows`);
  const wrong = all.flatMap(({ words, proofs }) =>
    proofs.split("<br>").flatMap((proof) => {
      const [, file, title] = /^`([a-z/-]+)` "([^"]+)"$/.exec(proof) ?? [];
      if (file === undefined || title === undefined) return [`${words}: no test in ${JSON.stringify(proof)}`];
      return titlesOf(file).some((each) => each.test(title)) ? [] : [`${words}: ${file} has no "${title}"`];
    }),
  );
  assert.deepEqual(wrong, []);
});

test("no row stands twice", () => {
  const words = rows().map((row) => row.words);
  assert.deepEqual(
    words.filter((each, i) => words.indexOf(each) !== i),
    [],
  );
});

test("every command and every option of the program has a row", () => {
  const code = new Set(rows().flatMap(({ words }) => [...words.matchAll(/`([^`]+)`/g)].map(([, each]) => each ?? "")));
  const isThere = (word: string): boolean => [...code].some((each) => each === word || each.startsWith(`${word} `));
  const asked = [
    ...[...clientCommands, ...serverCommands].map(({ word }) => word),
    ...[...Object.values(commandOptions).flat(), ...generalOptions].map(({ name }) => name),
  ];
  // They stand inside the row of the long forms.
  const inForms = new Set(["--port", "--plain"]);
  assert.deepEqual(
    asked.filter((word) => !inForms.has(word) && !isThere(word)),
    [],
  );
});
