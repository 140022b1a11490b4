// How long a crowd takes to be back after its server was killed and started again: from the server's word that it is online
// until every client is registered and all tables are the same and show everybody as here.

import { join } from "node:path";

import { freePort } from "../scripts/free-port.ts";
import { Child } from "./child-process.ts";
import { type Figure, figure } from "./figures.ts";
import { LightClient } from "./light-client.ts";

const CLIENTS = 1000;
/** Clients that register at once at the start. */
const TOGETHER = 50;
const RUNS = 3;

export async function crowdReturns(home: string): Promise<readonly Figure[]> {
  const port = await freePort();
  const folder = join(home, "crowd");
  let server = new Child(["server", String(port), folder]);
  await server.next();
  const clients = Array.from({ length: CLIENTS }, () => new LightClient());
  for (let at = 0; at < CLIENTS; at += TOGETHER) {
    const some = clients.slice(at, at + TOGETHER);
    await Promise.all(some.map((client, i) => client.start(`client${at + i}`, { host: "127.0.0.1", port })));
    await Promise.all(some.map((client) => client.registered));
  }
  await whenAllAreThere(clients);
  const seconds: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const returned = Promise.all(clients.map((client) => nextTable(client)));
    await server.kill();
    server = new Child(["server", String(port), folder]);
    await server.next();
    const online = performance.now();
    await returned;
    await whenAllAreThere(clients);
    seconds.push((performance.now() - online) / 1000);
  }
  await Promise.all(clients.map((client) => client.stop()));
  server.end();
  return [figure("return_1000", "s", seconds)];
}

/** A client is told of its table when it is registered again, and on each change. */
function nextTable(client: LightClient): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  client.onEvent = (event) => {
    if (event.kind === "tableUpdated") resolve();
  };
  return promise;
}

/** Resolves once all tables are the same and have all clients online. */
async function whenAllAreThere(clients: readonly LightClient[]): Promise<void> {
  for (;;) {
    const changes = clients.map((client) => nextTable(client));
    const tables = clients.map((client) => client.ask((machine) => machine.table()));
    const waiting = changes.filter((_, i) => tables[i]?.filter(({ isOnline }) => isOnline).length !== clients.length);
    if (waiting.length === 0 && new Set(tables.map(shown)).size === 1) return;
    await Promise.race(waiting.length === 0 ? changes : waiting);
  }
}

function shown(
  table: readonly { readonly name: string; readonly address: unknown; readonly isOnline: boolean }[],
): string {
  return JSON.stringify(table.map(({ name, address, isOnline }) => [name, address, isOnline]));
}
