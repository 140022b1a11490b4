// `udpchat` alone: joins the server of this machine as its user, and starts that server where there is none
// (behaviour.md, "Starting"). Which of several started at once serves is decided by whose socket gets the port.

import { nameKey } from "#chat";
import type { ClientEvent } from "#client";
import { profileFolder } from "#io";
import { connect, StartError } from "#library";
import type { ChatSession } from "#library";

import type { AloneArguments } from "./arguments.ts";
import { startServer } from "./background-server.ts";
import { converse } from "./conversation.ts";
import { exitCodes } from "./exit-codes.ts";
import { sayGoodbye } from "./goodbye.ts";
import { ownNames } from "./own-names.ts";
import { quoted } from "./quoted.ts";
import { Tracing } from "./tracing.ts";
import { complain, complainOf } from "./world.ts";
import type { World } from "./world.ts";

const host = "127.0.0.1";
/** The first server found may be one that is just ending. */
const mostRounds = 2;
/** Events before a registration's end that are kept for line mode. */
const mostEarly = 1024;

/** Runs until it is left, fails, or a signal ends it; gives the exit code. */
export async function runAlone({ port, trace }: AloneArguments, world: World): Promise<number> {
  const { promise: left, resolve: leave } = Promise.withResolvers<number>();
  world.signals.onFirst(leave);
  const names = ownNames();
  let joined = names[0] ?? "";
  const tracing = new Tracing({
    name: joined,
    type: "client",
    file: trace,
    folder: () => profileFolder(nameKey(joined)),
  });
  try {
    tracing.begin();
    for (let round = 1; ; round++) {
      const start = await Promise.race([startServer(port), left]);
      if (typeof start === "number") return start;
      if (start.kind === "failed" && start.code !== "portTaken") {
        complain(world, start.message);
        return start.exitCode;
      }
      const arrival = await arrive(names, { host, port, observer: tracing.observer }, left);
      if (typeof arrival === "number") return arrival;
      if (arrival === "taken") return complainOfNames(names, port, world);
      if (arrival.end.kind === "serverSilent" && round < mostRounds) await arrival.session.close();
      else {
        joined = arrival.session.name;
        return await enter(arrival, names, { port, tracing }, world);
      }
    }
  } catch (error) {
    return complainOf(world, error);
  } finally {
    await tracing.close();
  }
}

/** A session whose registration has come to an end. */
interface Arrival {
  readonly session: ChatSession;
  readonly end: ClientEvent;
  /** All of the session's, the end among them. */
  readonly events: AsyncIterable<ClientEvent>;
}

type Where = Omit<Parameters<typeof connect>[0], "name">;

/** Registers under the first name that is free; gives an exit code if a signal came before. */
async function arrive(
  names: readonly string[],
  where: Where,
  left: Promise<number>,
): Promise<Arrival | "taken" | number> {
  for (const name of names) {
    const arrival = await arriveAs(name, where, left);
    if (arrival !== "taken") return arrival;
  }
  return "taken";
}

async function arriveAs(name: string, where: Where, left: Promise<number>): Promise<Arrival | "taken" | number> {
  let session: ChatSession;
  try {
    session = await connect({ ...where, name });
  } catch (error) {
    // Another process of this user goes by that name.
    if (error instanceof StartError && error.code === "locked") return "taken";
    throw error;
  }
  const arrival = await Promise.race([registration(session), left]);
  if (typeof arrival !== "number" && arrival.end.kind !== "nameTaken") return arrival;
  await sayGoodbye(() => session.close());
  return typeof arrival === "number" ? arrival : "taken";
}

async function registration(session: ChatSession): Promise<Arrival> {
  const events = session[Symbol.asyncIterator]();
  const early: ClientEvent[] = [];
  for (;;) {
    const next = await events.next();
    if (next.done === true) throw new Error("the session ended while it was registering");
    early.push(next.value);
    if (endsOfRegistration.has(next.value.kind) || early.length >= mostEarly)
      return { session, end: next.value, events: chain(early, events) };
  }
}

const endsOfRegistration: ReadonlySet<string> = new Set([
  "registered",
  "serverSilent",
  "nameTaken",
  "refused",
  "serverChanged",
  "versionUnknown",
  "profileFailed",
] satisfies ClientEvent["kind"][]);

async function* chain(early: readonly ClientEvent[], rest: AsyncIterator<ClientEvent>): AsyncGenerator<ClientEvent> {
  yield* early;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

async function enter(
  arrival: Arrival,
  names: readonly string[],
  { port, tracing }: { readonly port: number; readonly tracing: Tracing },
  world: World,
): Promise<number> {
  const { session, end, events } = arrival;
  const [wanted] = names;
  if (end.kind === "serverChanged") {
    await sayGoodbye(() => session.close());
    const remedy = `if that is right, once: ${joinCommand(session.name, port)} --new-server`;
    complain(world, `got the server fingerprint ${quoted(end.shown)}, expected ${quoted(end.pinned)}; ${remedy}`);
    return exitCodes.refused;
  }
  if (end.kind === "registered" && session.name !== wanted)
    world.output.write(`>>> [Name ${wanted} is taken, joining as ${session.name}.]\n`);
  return converse(session, events, { stay: false, tracing }, world);
}

function complainOfNames(names: readonly string[], port: number, world: World): number {
  const tried = `${quoted(names[0] ?? "")} to ${quoted(names.at(-1) ?? "")}`;
  const remedy = `choose one: ${joinCommand("<name>", port)}`;
  complain(world, `got the names ${tried}, all of them taken, expected one that is free; ${remedy}`);
  return exitCodes.refused;
}

function joinCommand(name: string, port: number): string {
  return `udpchat join ${name}@${host}:${port}`;
}
