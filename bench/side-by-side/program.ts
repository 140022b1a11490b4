// A server that is a program of the machine: found, started for this cell alone, and ended with the process that did.

import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";

import { Unavailable } from "./contestant.ts";

/** Where Debian puts servers, which is not on everybody's PATH. */
const MORE_FOLDERS = ["/usr/sbin", "/usr/local/sbin"];

let running: ChildProcess | undefined;

/** Starts a program and waits for the line that says it serves, on either output. Gives its process id. */
export async function startProgram(name: string, words: readonly string[], isServing: RegExp): Promise<number> {
  const child = spawn(find(name), words, { stdio: ["ignore", "pipe", "pipe"] });
  running = child;
  process.once("exit", () => child.kill("SIGKILL"));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let told = "";
  for (const output of [child.stdout, child.stderr])
    createInterface({ input: output }).on("line", (line) => {
      told = line;
      if (isServing.test(line)) resolve();
    });
  child.once("error", reject);
  child.once("exit", (code) => {
    reject(new Unavailable(`${name} ended with ${code}: ${told}`));
  });
  await promise;
  if (child.pid === undefined) throw new Error("no process");
  return child.pid;
}

/** Ends the program, if one was started; resolves when it is gone. */
export async function stopProgram(): Promise<void> {
  if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  running.once("exit", () => resolve());
  running.kill("SIGKILL");
  await promise;
}

function find(name: string): string {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), ...MORE_FOLDERS];
  const found = folders.map((folder) => join(folder, name)).find(isProgram);
  if (found === undefined) throw new Unavailable(`${name} is not installed`);
  return found;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
