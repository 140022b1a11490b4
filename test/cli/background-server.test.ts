// Starts that fail; those that work are in acceptance/alone.test.ts.

import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, test } from "node:test";

import { startServer } from "../../src/cli/background-server.ts";
import { freePort } from "../../scripts/free-port.ts";

const { UDPCHAT_HOME: home = "", NODE_OPTIONS: options = "" } = process.env;
afterEach(() => void Object.assign(process.env, { UDPCHAT_HOME: home, NODE_OPTIONS: options }));

test("a port in use is told as that", async (t) => {
  const socket = createSocket("udp6").bind(0);
  t.after(() => socket.close());
  await once(socket, "listening");
  const start = await startServer(socket.address().port);
  assert.ok(start.kind === "failed");
  assert.deepEqual([start.code, start.exitCode], ["portTaken", 73]);
});

test("a data folder that cannot be one is 73 and the line of serve", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "udpchat-background-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "file"), "");
  process.env["UDPCHAT_HOME"] = join(folder, "file");
  const start = await startServer(await freePort());
  assert.ok(start.kind === "failed");
  assert.deepEqual([start.code, start.exitCode], ["misplaced", 73]);
  assert.match(start.message, /file\/servers\/\d+ is a file where a folder was expected/);
});

test("a server that ends without a word is told by its exit", async () => {
  process.env["NODE_OPTIONS"] = "--no-such-option";
  const port = await freePort();
  assert.deepEqual(await startServer(port), {
    kind: "failed",
    code: "ended",
    exitCode: 9,
    message: `got exit by 9 from a server started on port ${port}, expected it online; see what udpchat serve says`,
  });
});
