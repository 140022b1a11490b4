// A server, from opening to exit code: prints its events, reads its prompt (behaviour.md, "Lines a server prints"). The
// end of its input does not end it.

import { keepYoungHeapSmall, serverFolder } from "#io";
import { serve, StartError } from "#library";
import type { RunningServer } from "#library";

import type { ServeArguments } from "./arguments.ts";
import { openConsole } from "./console.ts";
import type { Console } from "./console.ts";
import { exitCodes } from "./exit-codes.ts";
import { lostOutput } from "./lost-output.ts";
import { answerServerLine } from "./server-mode.ts";
import { tellStarter } from "./starter.ts";
import { Tracing } from "./tracing.ts";
import type { TypedLine } from "./typed-line.ts";
import { Vacancy } from "./vacancy.ts";
import { complainOf } from "./world.ts";
import type { World } from "./world.ts";

const prompt = ">>> ";

/** Runs until `quit`, a signal or, if so asked, the last client's leaving; gives the exit code. */
export async function runServer(options: ServeArguments, world: World): Promise<number> {
  const early: string[] = [];
  let onLine = (line: string): void => void early.push(line);
  const { data, port, trace: file } = options;
  const tracing = new Tracing({ name: "server", type: "server", file, folder: () => data ?? serverFolder(port) });
  let server: RunningServer;
  keepYoungHeapSmall();
  try {
    tracing.begin();
    const { observer } = tracing;
    server = await serve({ ...serveOptions(options), observer, onLine: (line) => onLine(line) });
  } catch (error) {
    await tracing.close();
    if (options.untilEmpty && error instanceof StartError) {
      const { code, exitCode, message } = error;
      await tellStarter({ kind: "failed", code, exitCode, message });
    }
    return complainOf(world, error);
  }
  const { promise: ended, resolve: end } = Promise.withResolvers<number>();
  const console: Console = openConsole(world, prompt, {
    type: (line) => type(line),
    endInput: () => {},
    interrupt: () => world.signals.receive(exitCodes.interrupted),
    loseOutput: (error) => end(lostOutput(world, error)),
  });
  const print = (lines: readonly string[]): void => console.print(lines.map((line) => prompt + line));
  const type = (line: TypedLine): void => {
    const answer = answerServerLine(line, server);
    print(answer.lines);
    if (answer.ends) end(exitCodes.fine);
  };
  const vacancy = options.untilEmpty ? new Vacancy(() => end(exitCodes.fine)) : undefined;
  onLine = (line) => {
    print([line]);
    vacancy?.look(server.clients());
  };
  print([`[Server is online on ${server.address}]`]);
  for (const line of early) onLine(line);
  world.signals.onFirst(end);
  world.signals.onTrace(() => tracing.toggle());
  tracing.onLine = (line) => print([line]);
  if (options.untilEmpty) await tellStarter({ kind: "online" });
  const code = await ended;
  vacancy?.close();
  tracing.onLine = () => {};
  console.close();
  try {
    await server.close();
    await tracing.close();
  } catch (error) {
    return complainOf(world, error);
  }
  return code;
}

function serveOptions(options: ServeArguments): Omit<Parameters<typeof serve>[0], "onLine"> {
  const { port, data, bind, mailbox } = options;
  return {
    port,
    hasMailbox: mailbox,
    ...(data === undefined ? {} : { folder: data }),
    ...(bind === undefined ? {} : { bind }),
  };
}
