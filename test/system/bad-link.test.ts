// udpchat's library between two hosts over an emulated link that loses packets: real processes, sockets and disks in
// network namespaces of the test's own. Needs root, iproute2 and a C compiler.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { measure } from "../../bench/loss/cell.ts";
import { compileEmulator, linkObstacle } from "../../bench/loss/link.ts";
import { steadyWeathers } from "../../bench/loss/weather.ts";

const MESSAGES = 150;

test("over a link that loses 5 % each way every message arrives, once, in order", async (t) => {
  assert.equal(linkObstacle(), undefined);
  const folder = mkdtempSync(join(tmpdir(), "udpchat-link-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const weather = steadyWeathers.find(({ lossPercent }) => lossPercent === 5);
  assert.ok(weather !== undefined);
  const cell = {
    kind: "delay",
    contestant: "udpchat",
    weather,
    amount: { messages: MESSAGES, bulkSeconds: 1, bulkFromSeconds: 0 },
  } as const;
  const { received, doubled, outOfOrder, damaged, p50Ms, link, seed } = await measure(cell, {
    emulator: compileEmulator(folder),
    folder,
  });
  assert.deepEqual(
    { received, doubled, outOfOrder, damaged },
    { received: MESSAGES, doubled: 0, outOfOrder: 0, damaged: 0 },
    `seed ${seed}`,
  );
  // The link was what it is said to be: nothing came before its time, and some of it did not come at all.
  assert.ok(p50Ms !== null && p50Ms >= 25);
  assert.ok(link.forth.lost + link.back.lost > 0);
});
