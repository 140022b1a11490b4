// How many bytes a crowd costs each of its members: clients join one after the other, and nothing else happens. Pure.

import { addressKey } from "#wire";

import { ClientActor } from "./client-actor.ts";
import { Network } from "./network.ts";
import { Random } from "./random.ts";
import { ServerActor } from "./server-actor.ts";
import { calm } from "./weather.ts";

const SERVER = { host: "10.0.0.1", port: 4000 };
const BETWEEN_MS = 30;
const SETTLE_MS = 3000;

/** What the joining of `count` clients costs: the most bytes of datagrams that any of them received. */
export function simulateJoins(
  seed: number,
  count: number,
): { readonly bytesPerClient: number; readonly online: number } {
  const network = new Network(new Random(seed, "joins"), calm);
  const received = new Map<string, number>();
  network.onDatagram = (_, to, bytes) =>
    received.set(addressKey(to), (received.get(addressKey(to)) ?? 0) + bytes.length);
  const server = new ServerActor(network, new Random(seed, "server"), SERVER, true);
  server.start();
  const clients = Array.from({ length: count }, (_, i) => {
    const address = { host: `10.1.${i >> 8}.${i & 255}`, port: 5000 };
    return new ClientActor(`client${i}`, network, new Random(seed, `client ${i}`), address, SERVER);
  });
  for (const client of clients) {
    client.start();
    network.run(network.now + BETWEEN_MS);
  }
  network.run(network.now + SETTLE_MS);
  const online = clients[0]?.machine?.table().filter((row) => row.isOnline).length ?? 0;
  return {
    bytesPerClient: Math.max(...clients.map((client) => received.get(addressKey(client.address)) ?? 0)),
    online,
  };
}
