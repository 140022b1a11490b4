// What a program is started into: its streams, its signals, and one line on standard error for what went wrong.

import type { Streams } from "./console.ts";
import { exitCodes } from "./exit-codes.ts";
import { quoted } from "./quoted.ts";
import type { Signals } from "./signals.ts";

export interface World extends Streams {
  readonly signals: Signals;
}

/** Writes one line on standard error. */
export function complain(world: Streams, message: string): void {
  world.errors.write(`udpchat: ${message}\n`);
}

/** Says in one line what was thrown, and gives the exit code for it. */
export function complainOf(world: Streams, thrown: unknown): number {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const exitCode = thrown instanceof Error && "exitCode" in thrown ? thrown.exitCode : undefined;
  if (typeof exitCode === "number") {
    complain(world, oneLine(message));
    return exitCode;
  }
  complain(world, `internal error: ${quoted(message)}; please report it`);
  return exitCodes.internal;
}

function oneLine(message: string): string {
  return message.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
}
