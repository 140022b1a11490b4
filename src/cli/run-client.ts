// A client in line mode, from opening to exit code: joins a ChatSession, LineMode and a console (behaviour.md, "Line
// mode").

import { connect } from "#library";
import type { ChatSession } from "#library";

import type { JoinArguments } from "./arguments.ts";
import { openConsole } from "./console.ts";
import type { Console } from "./console.ts";
import { exitCodes } from "./exit-codes.ts";
import { sayGoodbye } from "./goodbye.ts";
import { LineMode } from "./line-mode.ts";
import { lostOutput } from "./lost-output.ts";
import { complain, complainOf } from "./world.ts";
import type { World } from "./world.ts";

/** Runs until it is left, fails, or a signal ends it; gives the exit code. */
export async function runClient(options: JoinArguments, world: World): Promise<number> {
  let session: ChatSession;
  try {
    session = await connect(connectOptions(options));
  } catch (error) {
    return complainOf(world, error);
  }
  const code = await talk(session, options, world);
  try {
    await sayGoodbye(() => session.close());
  } catch (error) {
    const failure = complainOf(world, error);
    return code === exitCodes.fine ? failure : code;
  }
  return code;
}

function connectOptions(options: JoinArguments): Parameters<typeof connect>[0] {
  const { name, host, port, clientPort, newServer, bind, ackTimeoutMs, fingerprint } = options;
  return {
    name,
    host,
    port,
    clientPort,
    acceptNewServer: newServer,
    ...(bind === undefined ? {} : { bind }),
    ...(ackTimeoutMs === undefined ? {} : { ackTimeoutMs }),
    ...(fingerprint === undefined ? {} : { fingerprint }),
  };
}

async function talk(session: ChatSession, options: JoinArguments, world: World): Promise<number> {
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
    console.print(printed.filter(({ to }) => to === "output").map(({ text }) => text));
    for (const { to, text } of printed) if (to === "error") complain(world, text);
    if (mode.exitCode === undefined) console.regulate(mode.waitingBytes);
    else end(mode.exitCode);
  };
  world.signals.onFirst(end);
  listen(session, mode, goOn).then(
    () => end(exitCodes.internal),
    (error: unknown) => end(complainOf(world, error)),
  );
  const code = await ended;
  console.close();
  return code;
}

/** Hands events on until there are no more or the mode has come to its end. */
async function listen(session: ChatSession, mode: LineMode, goOn: () => void): Promise<void> {
  for await (const event of session) {
    mode.receive(event, Date.now());
    goOn();
    if (mode.exitCode !== undefined) return;
  }
}
