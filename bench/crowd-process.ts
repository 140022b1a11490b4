// One of several processes of a crowd: registers so many clients whose profiles are in memory, and stays. Speaks JSON lines
// with its parent: when all are registered, then, for each line it is told, what the most told of them has received.

import { createInterface } from "node:readline";

import { LightClient } from "./light-client.ts";

/** Clients that register at once. */
const TOGETHER = 50;

const [port = "0", first = "0", count = "0"] = process.argv.slice(2).map(Number);
const server = { host: "127.0.0.1", port: Number(port) };
const clients = Array.from({ length: Number(count) }, () => new LightClient());

createInterface({ input: process.stdin })
  .on("line", () => tell({ mostBytes: Math.max(...clients.map(({ receivedBytes }) => receivedBytes)) }))
  .on("close", () => process.exit(0));
for (let at = 0; at < clients.length; at += TOGETHER) {
  const some = clients.slice(at, at + TOGETHER);
  await Promise.all(some.map((client, i) => client.start(`client${Number(first) + at + i}`, server)));
  await Promise.all(some.map((client) => client.registered));
}
tell({ registered: clients.length });

function tell(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
