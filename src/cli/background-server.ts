// A server as a process of its own: no terminal, no signals of one, nothing that ends with whoever started it
// (behaviour.md, "Starting").

import { fork } from "node:child_process";
import { extname, join } from "node:path";

import { exitCodes } from "./exit-codes.ts";
import type { ServerStart } from "./starter.ts";

/** Where the program begins: beside this file, as sources or as what was built of them. */
const program = join(import.meta.dirname, `start${extname(import.meta.filename)}`);

/** Starts a server that ends when nobody is there any more; resolves when it is online or will not be. */
export async function startServer(port: number): Promise<ServerStart> {
  const { promise, resolve } = Promise.withResolvers<ServerStart>();
  const server = fork(program, ["serve", "--port", String(port), "--until-empty"], {
    detached: true,
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    // The trace that its starter was asked for is its starter's.
    env: { ...process.env, UDPCHAT_TRACE: "" },
  });
  server.on("message", (said) => resolve(said as ServerStart));
  server.on("error", ({ message }) => resolve(ended(port, message, exitCodes.internal)));
  // Not `exit`, which may come before what was said last.
  server.on("close", (code, signal) => resolve(ended(port, `exit by ${signal ?? code}`, code ?? exitCodes.internal)));
  const start = await promise;
  server.unref();
  return start;
}

function ended(port: number, how: string, exitCode: number): ServerStart {
  const message = `got ${how} from a server started on port ${port}, expected it online; see what udpchat serve says`;
  return { kind: "failed", code: "ended", exitCode, message };
}
