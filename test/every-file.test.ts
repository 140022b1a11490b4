// Imports every file of src/, so that coverage counts those that no test asked for, and none of them does anything by
// being imported alone.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const src = join(import.meta.dirname, "..", "src");
/** The program itself: importing it starts it. */
const program = join("cli", "start.ts");

test("every file can be imported", async () => {
  const paths = readdirSync(src, { recursive: true, encoding: "utf8" }).filter(
    (path) => path.endsWith(".ts") && path !== program,
  );
  assert.ok(paths.length > 100);
  const rooms = await Promise.all(paths.map((path) => import(pathToFileURL(join(src, path)).href) as Promise<object>));
  assert.equal(rooms.length, paths.length);
});
