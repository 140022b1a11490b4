// Loaded into a server before its first file (`--import`): loads all of it, says so, and lets it begin at a SIGUSR2.

import { once } from "node:events";

await import("../../src/cli/main.ts");
await import("../../src/cli/run-server.ts");
const begun = once(process, "SIGUSR2");
// A signal that is waited for keeps no process alive.
const alive = setInterval(() => {}, 60_000);
process.stdout.write("held back\n");
await begun;
clearInterval(alive);
