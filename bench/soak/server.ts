// The server of a soak run, a process of its own: asked, it tells what it uses, after garbage collection, and how often its
// operator read of certain things. It ends with its input.

import { createInterface } from "node:readline";

import { keepYoungHeapSmall } from "#io";
import { serve } from "#library";

const [port = "0", folder = ""] = process.argv.slice(2);

/** How often it is looked whether this process stood still, and for how long it did at most since it was last asked. */
const TICK_MS = 50;
let lastTick = performance.now();
let stoodMs = 0;

const counts = { silent: 0, putOut: 0, unwritten: 0 };

function note(line: string): void {
  if (line.endsWith(" offline: no answer]")) counts.silent++;
  if (line.includes(" not responsive, removed from group ")) counts.putOut++;
  if (line.startsWith("[Books not written")) counts.unwritten++;
}

function tick(): void {
  const now = performance.now();
  stoodMs = Math.max(stoodMs, now - lastTick - TICK_MS);
  lastTick = now;
}

function tell(): void {
  tick();
  for (let i = 0; i < 2; i++) globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const load = { rss, used: heapUsed + external, cpuMs: (user + system) / 1000, stoodMs, ...counts };
  process.stdout.write(`${JSON.stringify(load)}\n`);
  stoodMs = 0;
}

// As the program does.
keepYoungHeapSmall();
const server = await serve({ port: Number(port), folder, hasMailbox: true, onLine: note });
tell();
const ticker = setInterval(tick, TICK_MS);
createInterface({ input: process.stdin })
  .on("line", tell)
  .on("close", () => {
    clearInterval(ticker);
    void server.close();
  });
