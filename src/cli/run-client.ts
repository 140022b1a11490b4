// `join`: a client as its arguments say, from opening to exit code (behaviour.md, "Starting").

import { nameKey } from "#chat";
import { profileFolder } from "#io";
import { connect } from "#library";
import type { ChatSession } from "#library";

import type { JoinArguments } from "./arguments.ts";
import { converse } from "./conversation.ts";
import { Tracing } from "./tracing.ts";
import { complainOf } from "./world.ts";
import type { World } from "./world.ts";

/** Runs until it is left, fails, or a signal ends it; gives the exit code. */
export async function runClient(options: JoinArguments, world: World): Promise<number> {
  const { name, trace: file } = options;
  const tracing = new Tracing({ name, type: "client", file, folder: () => profileFolder(nameKey(name)) });
  let session: ChatSession;
  try {
    tracing.begin();
    session = await connect({ ...connectOptions(options), observer: tracing.observer });
  } catch (error) {
    await tracing.close();
    return complainOf(world, error);
  }
  return converse(session, session, { ...options, tracing }, world);
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
