import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { SqliteStore, UdpHost } from "#io";
import { serve } from "#library";

import { freePort } from "../../scripts/free-port.ts";

test("a server lets go of its books before its port, so that the next on the port gets both", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "udpchat-serve-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const order: string[] = [];
  const closeStore = SqliteStore.prototype.close;
  t.mock.method(SqliteStore.prototype, "close", function (this: SqliteStore) {
    order.push("books");
    return closeStore.call(this);
  });
  const closeHost = UdpHost.prototype.close;
  t.mock.method(UdpHost.prototype, "close", function (this: UdpHost) {
    order.push("port");
    return closeHost.call(this);
  });
  const options = { port: await freePort(), folder, hasMailbox: false, onLine: () => {} };
  const first = await serve(options);
  await first.close();
  const second = await serve(options);
  await second.close();
  assert.deepEqual(order, ["books", "port", "books", "port"]);
});
