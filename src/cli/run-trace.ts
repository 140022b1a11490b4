// `trace`: the decoded lines of a trace, as they come, or the ladder diagram of two.

import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";

import { exitCodes } from "./exit-codes.ts";
import { ladderLines } from "./ladder.ts";
import { quoted } from "./quoted.ts";
import type { TraceArguments } from "./read-trace.ts";
import { traceLine } from "./trace-line.ts";
import { TraceReader } from "./trace-reader.ts";
import type { Traced } from "./trace-record.ts";
import { complain } from "./world.ts";
import type { World } from "./world.ts";

const lookEveryMs = 100;

/** Runs until the trace has ended, a signal comes, or nobody reads; gives the exit code. */
export async function runTrace({ file, once: isOnce, other }: TraceArguments, world: World): Promise<number> {
  const leaving = new AbortController();
  world.signals.onFirst((code) => leaving.abort(code));
  world.output.once("error", () => leaving.abort(exitCodes.fine));
  const first = await openTrace(file, world);
  if (first === undefined) return exitCodes.cannotUse;
  if (other === undefined) {
    await follow(first, isOnce, world.output, leaving.signal);
    await first.close();
  } else {
    const second = await openTrace(other, world);
    if (second === undefined) return exitCodes.cannotUse;
    await print(ladderLines(await first.readAll(), await second.readAll()), world.output, leaving.signal);
    await Promise.all([first.close(), second.close()]);
  }
  return leaving.signal.aborted ? Number(leaving.signal.reason) : exitCodes.fine;
}

async function openTrace(path: string, world: World): Promise<TraceReader | undefined> {
  try {
    return await TraceReader.open(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    complain(world, `got ${quoted(path)}${code}, expected a trace; start a client or server with --trace <file>`);
    return undefined;
  }
}

async function follow(
  reader: TraceReader,
  isOnce: boolean,
  output: NodeJS.WriteStream,
  leaving: AbortSignal,
): Promise<void> {
  while (!leaving.aborted) {
    const some: readonly Traced[] | undefined = await reader.read();
    if (some !== undefined) {
      await print(some.map(traceLine), output, leaving);
      if (some.at(-1)?.kind === "ended") return;
    } else if (isOnce) return;
    else await pause(lookEveryMs, undefined, { signal: leaving }).catch(() => {});
  }
}

/** Waits for whoever reads. */
async function print(lines: readonly string[], output: NodeJS.WriteStream, leaving: AbortSignal): Promise<void> {
  if (lines.length === 0 || leaving.aborted) return;
  if (!output.write(`${lines.join("\n")}\n`)) await once(output, "drain", { signal: leaving }).catch(() => {});
}
