// What it means that the output cannot be written any more (terminal.md §8: EPIPE is a quiet exit).

import { exitCodes } from "./exit-codes.ts";
import { complain } from "./world.ts";
import type { World } from "./world.ts";

/** The exit code for it; a reader that went away needs no words. */
export function lostOutput(world: World, error: Error): number {
  const code = "code" in error ? error.code : undefined;
  if (code === "EPIPE" || code === "EIO") return exitCodes.fine;
  complain(world, `got ${String(code)} for the output, expected to write it; send it somewhere else`);
  return exitCodes.internal;
}
