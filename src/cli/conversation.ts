// An open session in line mode, until it is left: joins a ChatSession, LineMode and a console (behaviour.md, "Line mode").

import type { ClientEvent } from "#client";
import type { ChatSession } from "#library";

import { openConsole } from "./console.ts";
import type { Console } from "./console.ts";
import { exitCodes } from "./exit-codes.ts";
import { sayGoodbye } from "./goodbye.ts";
import { LineMode } from "./line-mode.ts";
import { lostOutput } from "./lost-output.ts";
import type { Tracing } from "./tracing.ts";
import { complain, complainOf } from "./world.ts";
import type { World } from "./world.ts";

type Events = AsyncIterable<ClientEvent>;
type Options = ConstructorParameters<typeof LineMode>[1] & { readonly tracing: Tracing };

/**
 * Runs until it is left, fails, or a signal ends it; gives the exit code, the session closed. `events` are those of the
 * session, all of them.
 */
export async function converse(session: ChatSession, events: Events, options: Options, world: World): Promise<number> {
  const code = await talk(session, events, options, world);
  try {
    await sayGoodbye(async () => {
      await session.close();
      await options.tracing.close();
    });
  } catch (error) {
    const failure = complainOf(world, error);
    return code === exitCodes.fine ? failure : code;
  }
  return code;
}

async function talk(session: ChatSession, events: Events, options: Options, world: World): Promise<number> {
  const { promise: ended, resolve: end } = Promise.withResolvers<number>();
  const mode = new LineMode(session, options);
  const console: Console = openConsole(world, mode.prompt, {
    type: (line) => {
      mode.type(line);
      goOn();
    },
    endInput: () => {
      mode.endInput();
      goOn();
    },
    interrupt: () => world.signals.receive(exitCodes.interrupted),
    loseOutput: (error) => end(lostOutput(world, error)),
  });
  const goOn = (): void => {
    const printed = mode.takePrinted();
    console.setPrompt(mode.prompt);
    console.print(printed.filter(({ to }) => to === "output").map(({ text }) => text));
    for (const { to, text } of printed) if (to === "error") complain(world, text);
    if (mode.exitCode === undefined) console.regulate(mode.waitingBytes);
    else end(mode.exitCode);
  };
  world.signals.onFirst(end);
  world.signals.onTrace(() => options.tracing.toggle());
  options.tracing.onLine = (line) => console.print([mode.prompt + line]);
  listen(events, mode, goOn).then(
    () => end(exitCodes.internal),
    (error: unknown) => end(complainOf(world, error)),
  );
  const code = await ended;
  options.tracing.onLine = () => {};
  console.close();
  return code;
}

/** Hands events on until there are no more or the mode has come to its end. */
async function listen(events: Events, mode: LineMode, goOn: () => void): Promise<void> {
  for await (const event of events) {
    mode.receive(event, Date.now());
    goOn();
    if (mode.exitCode !== undefined) return;
  }
}
