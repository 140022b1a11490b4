// What the flood bench floods, in a process of its own: a server or a client. Asked, it tells what it has used, and a
// server how many lines its operator has read about clients that came or were put offline.

import { createInterface } from "node:readline";

import { keepYoungHeapSmall } from "#io";
import { connect, serve } from "#library";

const [role = "", port = "0", folder = ""] = process.argv.slice(2);

/** Lines of a member who comes or goes, which none should while it is flooded; newcomers, posts and groups have others. */
const isAboutSessions = /^\[Client (member\d|ana|target) (registered|offline)/;

let lines = 0;

function tell(): void {
  const { user, system } = process.cpuUsage();
  const { rss } = process.memoryUsage();
  process.stdout.write(`${JSON.stringify({ rss, lines, cpuMs: (user + system) / 1000 })}\n`);
}

async function begin(): Promise<{ close(): Promise<void> }> {
  if (role === "server") {
    // As the program does.
    keepYoungHeapSmall();
    const onLine = (line: string): void => {
      if (isAboutSessions.test(line)) lines++;
    };
    return serve({ port: Number(port), folder, hasMailbox: true, onLine });
  }
  const client = await connect({ name: "target", host: "127.0.0.1", port: Number(port), folder });
  void (async (): Promise<void> => {
    // Events are taken, as an application does.
    for await (const event of client) if (event.kind === "serverSilent") lines++;
  })();
  return client;
}

const target = await begin();
tell();
createInterface({ input: process.stdin })
  .on("line", tell)
  .on("close", () => void target.close());
