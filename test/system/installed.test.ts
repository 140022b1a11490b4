// What installed users get: the packed package, in a folder of its own, as a program and as a library.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "..", "..");

test("the packed package installs with one other, runs, and is imported, also without WebAssembly", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "udpchat-installed-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const env = { ...process.env, PATH: `${join(root, "node_modules/.bin")}:${process.env["PATH"]}` };
  const run = (cwd: string, command: string, ...words: readonly string[]): string =>
    execFileSync(command, words, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

  run(root, "npm", "pack", "--pack-destination", folder);
  const [packed = ""] = readdirSync(folder);
  run(root, "npm", "pack", "--pack-destination", folder, "./node_modules/libsodium");
  const sodium = readdirSync(folder).find((name) => name !== packed) ?? "";
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  run(folder, "npm", "install", "--offline", "--no-audit", `./${sodium}`, `./${packed}`);
  assert.deepEqual(
    readdirSync(join(folder, "node_modules")).filter((name) => !name.startsWith(".")),
    ["libsodium", "udpchat"],
  );
  assert.match(run(folder, join(folder, "node_modules/.bin/udpchat"), "--version"), /^udpchat \d+\.\d+\.\d+\n$/);
  const program = 'import("udpchat").then((all) => console.log(Object.keys(all).join(" ")))';
  for (const flags of [[], ["--jitless"]])
    assert.equal(run(folder, process.execPath, ...flags, "-e", program), "StartError connect serve\n");
});
