// The example of the README runs as it stands there, but for the name of the package and the port.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

import { serve } from "#library";

import { freePort } from "../../scripts/free-port.ts";

const root = join(import.meta.dirname, "..", "..");

test("the example of the README says hello to itself and ends", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "udpchat-example-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const port = await freePort();
  const server = await serve({ port, folder: join(folder, "server"), hasMailbox: false, onLine: () => {} });
  t.after(() => server.close());
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1];
  assert.ok(example !== undefined);
  assert.ok(example.includes("port: 4119") && example.includes('from "udpchat"'));
  const code = example
    .replace("port: 4119", `port: ${port}, folder: ${JSON.stringify(join(folder, "ana"))}`)
    .replace('"udpchat"', JSON.stringify(pathToFileURL(join(root, "src/index.ts")).href));
  const file = join(folder, "example.mts");
  writeFileSync(file, `${code}\nexport const isDone = true;\n`);
  const { isDone } = (await import(pathToFileURL(file).href)) as { readonly isDone: boolean };
  assert.equal(isDone, true);
});
