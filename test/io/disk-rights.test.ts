// Folders and files that this user may not use. Rights do not hold back root, so under root it is somebody else who tries.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, chownSync, copyFileSync, cpSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";

import { databaseOf, type Kind, outputOf } from "./disk-process.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const kinds: readonly Kind[] = ["store", "profile"];
const project = fileURLToPath(new URL("../..", import.meta.url));
const childPath = join("test", "io", "disk-child.ts");
const nobody = 65_534;
const isRoot = process.getuid?.() === 0;

test("without rights to folder or file, both are refused with noRights", async (t) => {
  const run = unprivileged(t);
  for (const kind of kinds) {
    const whole = run.folder();
    assert.equal(await run.open(kind, whole), "open\n");
    assert.equal(await run.open(kind, whole), "open\n");
    const cases: readonly (readonly [string, number])[] = [
      [databaseOf(kind), 0o000],
      [databaseOf(kind), 0o400],
      [".", 0o500],
      [".", 0o000],
    ];
    for (const [name, mode] of cases) {
      const path = join(whole, name);
      const before = statSync(path).mode;
      chmodSync(path, mode);
      assert.match(await run.open(kind, whole), /^noRights: .* may not be read and written/, `${kind} ${name} ${mode}`);
      chmodSync(path, before);
    }
    const sealed = run.folder();
    chmodSync(sealed, 0o500);
    assert.match(await run.open(kind, sealed), /^noRights: /);
    assert.match(await run.open(kind, join(sealed, "below")), /^noRights: /);
    assert.deepEqual(readdirSync(sealed), []);
    chmodSync(sealed, 0o700);
  }
  const folder = run.folder();
  await run.open("profile", folder);
  chmodSync(join(folder, "identity.key"), 0o000);
  assert.match(await run.open("profile", folder), /^noRights: .*identity\.key /);
});

/** Runs the child as somebody whom rights hold back: this user, or nobody where this user is root. Nobody may not be
 * able to read this checkout or run this Node, so both are copied to where it can. */
function unprivileged(t: TestContext) {
  const base = temporaryFolder(t);
  chmodSync(base, 0o755);
  let node = process.execPath;
  if (isRoot) {
    for (const name of ["src", "package.json", "node_modules/libsodium"])
      cpSync(join(project, name), join(base, name), { recursive: true });
    mkdirSync(join(base, "test", "io"), { recursive: true });
    cpSync(join(project, childPath), join(base, childPath));
    node = join(base, "node");
    copyFileSync(process.execPath, node);
    chmodSync(node, 0o755);
  }
  // What Node makes of the copies, for all the processes to come.
  const cache = join(base, "cache");
  mkdirSync(cache);
  if (isRoot) chownSync(cache, nobody, nobody);
  let folders = 0;
  return {
    /** A new folder that belongs to whoever the child is. */
    folder(): string {
      const folder = join(base, String(++folders));
      mkdirSync(folder, { mode: 0o700 });
      if (isRoot) chownSync(folder, nobody, nobody);
      return folder;
    },
    open(kind: Kind, folder: string): Promise<string> {
      const script = join(isRoot ? base : project, childPath);
      const identity = isRoot ? { uid: nobody, gid: nobody } : {};
      const child = spawn(node, [script, "open", kind, folder], {
        stdio: ["ignore", "pipe", "inherit"],
        cwd: base,
        // Nobody may not write down what it covered either.
        env: { ...process.env, NODE_COMPILE_CACHE: cache, NODE_V8_COVERAGE: "" },
        ...identity,
      });
      return outputOf(child);
    },
  };
}
