// The other process of a bench: a server that tells its memory, or a client that is written to. Told what to be by its
// arguments, it speaks JSON lines with its parent.

import { createInterface } from "node:readline";

import { connect, serve, type ServeOptions } from "#library";

const [role = "", port = "0", folder = "", name = ""] = process.argv.slice(2);

function tell(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function memory(): { readonly rss: number; readonly used: number } {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, used: heapUsed + external };
}

/** Without limits on what one client may ask for: a bench has few clients that ask for much. */
const unlimited = { requestsPerSecond: 1e6, requestBurst: 1e6 };

async function beServer(limits: NonNullable<ServeOptions["limits"]>): Promise<void> {
  const server = await serve({ port: Number(port), folder, hasMailbox: true, onLine: () => {}, limits });
  tell({ ready: true });
  createInterface({ input: process.stdin })
    .on("line", () => tell(memory()))
    .on("close", () => void server.close());
}

async function beClient(): Promise<void> {
  const client = await connect({ name, host: "127.0.0.1", port: Number(port), folder });
  createInterface({ input: process.stdin }).on("close", () => void client.close());
  for await (const event of client) if (event.kind === "tableUpdated") tell({ ready: true });
}

await (role === "client" ? beClient() : beServer(role === "server" ? {} : unlimited));
