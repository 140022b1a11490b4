// Processes on processors of their own, as machines of their own would be: otherwise the scheduler may put whoever is
// measured and whoever disturbs it on one processor for a while, which says nothing about either.

import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";

/** Asked before anything is pinned, ourselves included: then it is what is left to us. */
const processors = availableParallelism();

/** Gives one process the first processor, and the others the rest. False where there is one only, or no `taskset`. */
export function keepApart(one: number, others: readonly number[]): boolean {
  if (processors < 2) return false;
  return pin(one, "0") && others.every((other) => pin(other, `1-${processors - 1}`));
}

function pin(pid: number, processors: string): boolean {
  return spawnSync("taskset", ["-acp", processors, String(pid)], { stdio: "ignore" }).status === 0;
}
