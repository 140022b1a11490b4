// One process of a cell: the hub, the answering end or the driving end. Its argument says what it is, as JSON; it tells its
// parent by lines of JSON how far it is, and ends with its input.

import { createInterface } from "node:readline";

import { Unavailable } from "./contestant.ts";
import { contestants } from "./contestants.ts";
import { stopProgram } from "./program.ts";
import { type Task, type Told } from "./task.ts";
import { type Usage } from "./work.ts";
import { works } from "./works.ts";

const { role, subject, work, amount, place } = JSON.parse(process.argv[2] ?? "") as Task;
const contestant = contestants[subject];
const lines = createInterface({ input: process.stdin }).on("close", () => {
  void stopProgram().then(() => process.exit());
});

/** What Node, and those who load compiled code, say where there is nothing to load. */
const missing = new Set(["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND", "ADDON_NOT_FOUND", "ERR_DLOPEN_FAILED"]);

function tell(told: Told): void {
  process.stdout.write(`${JSON.stringify(told)}\n`);
}

/** A peer that was not installed or does not run here is told from one that fails at work. */
function tellError(error: unknown): void {
  const why = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const isMissing = error instanceof Unavailable || missing.has(String(code));
  tell({ kind: isMissing ? "unavailable" : "failed", why: why.split("\n")[0] ?? why });
}

function collect(): void {
  for (let i = 0; i < 2; i++) globalThis.gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
  const { heapTotal, heapUsed } = process.memoryUsage();
  tell({ kind: "collected", freeHeapKib: (heapTotal - heapUsed) / 1024 });
}

async function usage(isCollected: boolean): Promise<Usage> {
  const { promise, resolve } = Promise.withResolvers<string>();
  lines.once("line", resolve);
  tell({ kind: "usageWanted", isCollected });
  return JSON.parse(await promise) as Usage;
}

async function begin(): Promise<void> {
  const asked = works[work];
  if (asked === undefined) throw new Error(`no work ${work}`);
  switch (role) {
    case "hub": {
      const pids = await contestant.hub(place, asked.layout);
      lines.on("line", collect);
      return tell({ kind: "ready", pids });
    }
    case "answer":
      await contestant.answer?.(place);
      return tell({ kind: "ready", pids: [] });
    case "drive":
      return tell({ kind: "values", values: await asked.measure({ contestant, place, amount, usage }) });
  }
}

process.on("uncaughtException", (error) => {
  tellError(error);
  process.exitCode = 1;
});
begin().catch(tellError);
