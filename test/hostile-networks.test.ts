// docs/hostile-networks.md cannot rot: every test that it names is in the tree, by file and title.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "..");
const fewest = 30;

test("every limit of docs/hostile-networks.md names a test that is there", () => {
  const text = readFileSync(join(root, "docs/hostile-networks.md"), "utf8");
  const named = [...text.matchAll(/`([a-z]+\/[a-z-]+)` "([^"]+)"/g)];
  assert.ok(named.length >= fewest, `${named.length} tests are named`);
  const missing = named.filter(([, file = "", title = ""]) => {
    const path = join(root, "test", `${file}.test.ts`);
    return !existsSync(path) || !readFileSync(path, "utf8").includes(title);
  });
  assert.deepEqual(
    missing.map(([whole]) => whole),
    [],
  );
});
