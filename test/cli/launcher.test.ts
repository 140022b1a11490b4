import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const launcher = join(root, "udpchat");
const folder = mkdtempSync(join(tmpdir(), "udpchat-launcher-"));
after(() => rmSync(folder, { recursive: true }));

interface Ran {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

function run(
  program: string,
  words: readonly string[],
  options: { readonly cwd?: string; readonly path?: string } = {},
): Ran {
  const env = { ...process.env, ...(options.path === undefined ? {} : { PATH: options.path }) };
  const { status, stdout, stderr } = spawnSync(program, words, { cwd: options.cwd ?? folder, env, encoding: "utf8" });
  return { code: status, output: stdout, errors: stderr };
}

test("starts from any folder, through links to links, relative and absolute", () => {
  mkdirSync(join(folder, "with space"), { recursive: true });
  symlinkSync(launcher, join(folder, "with space", "first"));
  symlinkSync("with space/first", join(folder, "second"));
  for (const [program, cwd] of [
    [launcher, "/"],
    ["./udpchat", root],
    [join(folder, "second"), root],
    ["./second", folder],
  ] as const) {
    const ran = run(program, ["--version"], { cwd });
    assert.match(ran.output, /^udpchat \d+\.\d+\.\d+\n$/);
    assert.deepEqual([ran.code, ran.errors], [0, ""]);
  }
});

test("hands on arguments as they are, and the exit code", () => {
  const ran = run(launcher, ["-c", "a  b'$x\n", "::1", "4000", "0"]);
  assert.deepEqual([ran.code, ran.output], [2, ""]);
  assert.match(ran.errors, /^udpchat: got the name "a {2}b'\$x\\u\{a\}", expected [^\n]*\n$/);
});

test("without a new enough Node.js it says so in one line", () => {
  const bare = join(folder, "bare");
  const bin = join(folder, "bin");
  for (const each of [bare, bin]) mkdirSync(each);
  copyFileSync(launcher, join(bare, "udpchat"));
  const program = join(bare, "udpchat");
  const without = run("/bin/sh", [program, "--version"], { path: bin });
  assert.deepEqual([without.code, without.output], [1, ""]);
  assert.match(without.errors, /^udpchat: got no Node\.js, expected Node\.js 24 or newer; [^\n]*\n$/);
  writeFileSync(join(bin, "node"), '#!/bin/sh\nif [ "$1" = --version ]; then echo v23.9.0; else echo started; fi\n');
  chmodSync(join(bin, "node"), 0o755);
  const old = run("/bin/sh", [program, "--version"], { path: bin });
  assert.deepEqual([old.code, old.output], [1, ""]);
  assert.match(old.errors, /^udpchat: got v23\.9\.0, expected Node\.js 24 or newer; [^\n]*\n$/);
  writeFileSync(
    join(bin, "node"),
    '#!/bin/sh\nif [ "$1" = --version ]; then echo v24.0.0; else echo "$UDPCHAT_HANGUP $@"; fi\n',
  );
  const enough = run("/bin/sh", [program, "a b"], { path: bin });
  assert.deepEqual([enough.code, enough.errors], [0, ""]);
  assert.match(enough.output, /^default .*\/bare\/src\/cli\/start\.ts a b\n$/);
  const underNohup = run("/bin/sh", ["-c", 'trap "" HUP; exec "$0" x', program], { path: bin });
  assert.match(underNohup.output, process.platform === "linux" ? /^ignored / : /^/);
});
