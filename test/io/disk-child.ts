// A process of its own for the disk tests: `<open|hold|write|seed> <store|profile> <folder>`. It says what it does in
// lines on standard output, written before it goes on, so that a line read is a deed done even if it is killed next.

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { writeSync } from "node:fs";

import { DiskError } from "../../src/io/disk-error.ts";
import { serverIdentitySeed } from "../../src/io/server-identity.ts";
import { SqliteProfile } from "../../src/io/sqlite-profile.ts";
import { SqliteStore } from "../../src/io/sqlite-store.ts";

const [deed = "", kind = "", folder = ""] = process.argv.slice(2);

try {
  if (deed === "seed") await readSeed();
  else await use();
} catch (error) {
  if (!(error instanceof DiskError)) throw error;
  say(`${error.code}: ${error.message}`);
}

// Only when told to, so that several can be told at once.
async function readSeed(): Promise<void> {
  say("ready");
  await once(process.stdin, "data");
  say(Buffer.from(serverIdentitySeed(folder, randomBytes)).toString("hex"));
}

async function use(): Promise<void> {
  const write = kind === "store" ? openStore() : openProfile();
  say("open");
  if (deed === "hold") process.stdin.resume();
  if (deed !== "write") return;
  for (let n = 1; ; n++) {
    await write(n);
    say(String(n));
  }
}

function openStore() {
  const store = new SqliteStore(folder);
  store.load();
  return (atMs: number): Promise<unknown> => store.apply([{ kind: "noteAlive", atMs }]);
}

function openProfile() {
  const profile = new SqliteProfile(folder, randomBytes);
  const { epoch } = profile.load();
  const message = { toName: "Ann", toKey: new Uint8Array(32), epoch, sentAtMs: 1, text: "hello" };
  return async (number: number): Promise<void> => {
    const messageId = new Uint8Array(randomBytes(16));
    profile.apply([{ kind: "putOutgoing", message: { ...message, messageId, number } }]);
  };
}

function say(line: string): void {
  writeSync(1, `${line}\n`);
}
