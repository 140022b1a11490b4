// `npm test`: the units in one process, which takes half the time that a process for each file would, and beside them the
// simulated worlds in processes of their own, whose report follows. Ends with 1 if anything failed.

import { spawn } from "node:child_process";
import { join } from "node:path";

const units = ["test/*.test.ts", "test/!(acceptance|system|sim)/**/*.test.ts"];
const worlds = ["test/sim/*.test.ts"];
const cache = ["--import", join(import.meta.dirname, "compile-cache.ts")];
const seeded = ["--import", join(import.meta.dirname, "property-seed.ts")];

const [unitsFailed, worldsFailed] = await Promise.all([
  run([...seeded, "--test-isolation=none", ...units], (text) => process.stdout.write(text)),
  inOnePiece(worlds),
]);
if (unitsFailed || worldsFailed) process.exitCode = 1;

/** Runs tests; whether any failed. */
async function run(words: readonly string[], tell: (text: Buffer) => void): Promise<boolean> {
  const child = spawn(process.execPath, [...cache, "--test", ...words], {
    cwd: join(import.meta.dirname, ".."),
    stdio: ["ignore", "pipe", "inherit"],
  });
  child.stdout.on("data", tell);
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  child.on("error", reject);
  child.on("close", (code) => resolve(code !== 0));
  return promise;
}

async function inOnePiece(files: readonly string[]): Promise<boolean> {
  const told: Buffer[] = [];
  const failed = await run(["--test-concurrency=2", ...files], (text) => told.push(text));
  process.stdout.write(Buffer.concat(told));
  return failed;
}
