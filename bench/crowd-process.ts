// One of several processes of a crowd: registers so many clients whose profiles are in memory, and stays. Speaks JSON lines
// with its parent: when all are registered, then, for each line it is told, what the most told of them has received.

import { createInterface } from "node:readline";

import { LightClient } from "./light-client.ts";

/** Clients that register at once. */
const TOGETHER = 12;

const [port = 0, first = 0, count = 0] = process.argv.slice(2).map(Number);
const clients: LightClient[] = [];

createInterface({ input: process.stdin })
  .on("line", () => tell({ mostBytes: Math.max(...clients.map(({ receivedBytes }) => receivedBytes)) }))
  .on("close", () => process.exit(0));
while (clients.length < count) {
  const names = Array.from(
    { length: Math.min(TOGETHER, count - clients.length) },
    (_, i) => first + clients.length + i,
  );
  clients.push(...(await Promise.all(names.map((name) => enter(`client${name}`)))));
}
tell({ registered: clients.length });

async function enter(name: string): Promise<LightClient> {
  return LightClient.enterAtLast(name, { host: "127.0.0.1", port });
}

function tell(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
