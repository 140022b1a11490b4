// The command line: what the words ask for is done here, and gives an exit code (behaviour.md, "Starting").
// What runs a server or a client is loaded only for it, so that help and usage errors are quick.

import { readFileSync } from "node:fs";

import { readArguments } from "./arguments.ts";
import { exitCodes } from "./exit-codes.ts";
import { helpText } from "./help.ts";
import { complain } from "./world.ts";
import type { World } from "./world.ts";

/** Does what `words`, those after the program's name, ask for; gives the exit code. */
export async function main(words: readonly string[], world: World): Promise<number> {
  const asked = readArguments(words, process.env["UDPCHAT_PORT"], process.env["UDPCHAT_TRACE"]);
  switch (asked.kind) {
    case "usage":
      complain(world, asked.message);
      return exitCodes.usage;
    case "help":
      world.output.write(`${helpText(asked.topic)}\n`);
      return exitCodes.fine;
    case "version":
      world.output.write(`udpchat ${version()}\n`);
      return exitCodes.fine;
    case "serve":
      return (await import("./run-server.ts")).runServer(asked, world);
    case "join":
      return (await import("./run-client.ts")).runClient(asked, world);
    case "sim":
      return (await import("./run-sim.ts")).runSim(asked, world);
    case "trace":
      return (await import("./run-trace.ts")).runTrace(asked, world);
    case "alone":
      return (await import("./run-alone.ts")).runAlone(asked, world);
    default:
      return unreachable(asked);
  }
}

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return String((JSON.parse(text) as { readonly version?: unknown }).version);
}

function unreachable(value: never): never {
  throw new TypeError(`not expected: ${String(value)}`);
}
