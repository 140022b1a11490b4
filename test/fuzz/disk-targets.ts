// Fuzz targets: files of ours that a disk, or somebody, has damaged. Each is read as a program that starts reads it.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ByteReader, ByteWriter, equalBytes } from "#bytes";
import { DiskError, SqliteProfile, SqliteStore } from "#io";
import { Random } from "#sim";

import { createSecretFile, readSecretFile, secretKinds } from "../../src/io/secret-file.ts";
import { incoming, outgoing, putIncoming, putMailKey, putOutgoing } from "../client/records.ts";
import { person, putPerson, session } from "../server/store-contract.ts";
import { type Target } from "./target.ts";

const storeName = "server.sqlite";
const profileName = "profile.sqlite";

/** In memory where there is such a place: it is the bytes that matter, and each of them would be synced to a disk. */
const base = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(base, "udpchat-fuzz-"));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether it worked; what it may fail with is a DiskError, which names the file and what to do. */
function works(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    assert.match(error.message, /: /);
    return false;
  }
}

const secret = new Random(1, "secret").dice(32);

const secretBytes = (): Uint8Array =>
  inFolder((folder) => {
    const path = join(folder, "identity.key");
    createSecretFile(path, secretKinds.profile, secret);
    return new Uint8Array(readFileSync(path));
  });

/** The secret itself, or a refusal: never another one. */
function checkSecret(bytes: Uint8Array): boolean {
  return inFolder((folder) => {
    const path = join(folder, "identity.key");
    writeFileSync(path, bytes);
    return works(() => {
      const read = readSecretFile(path, secretKinds.profile);
      assert.ok(read !== undefined && equalBytes(read, secret));
    });
  });
}

const dice = new Random(1, "disk").dice;

interface Opened {
  load(): unknown;
  close(): void;
}

const openStore = (folder: string): SqliteStore => new SqliteStore(folder);
const openProfile = (folder: string): SqliteProfile => new SqliteProfile(folder, dice);

/** A database with something of each kind in it. */
async function written(name: string, fill: (folder: string) => Promise<void>): Promise<Uint8Array> {
  const folder = mkdtempSync(join(base, "udpchat-fuzz-"));
  await fill(folder);
  const bytes = new Uint8Array(readFileSync(join(folder, name)));
  rmSync(folder, { recursive: true, force: true });
  return bytes;
}

const store = await written(storeName, async (folder) => {
  const books = openStore(folder);
  books.load();
  await books.apply([1, 2, 3].map((n) => putPerson(person(n))));
  await books.apply([1, 2].map((n) => ({ kind: "putSession", session: session(n) }) as const));
  books.close();
});

const profile = await written(profileName, async (folder) => {
  const kept = openProfile(folder);
  kept.load();
  kept.apply([putOutgoing(outgoing(1)), putOutgoing(outgoing(2)), putMailKey(1), putIncoming(incoming(1), false)]);
  kept.close();
});

/** An input is what happened to the file: at a place (u32, of the file's length), so many bytes (u8) are those that
 * follow; a place with its high bit set is where the file now ends. */
function damaged(whole: Uint8Array, edits: Uint8Array): Uint8Array {
  const reader = new ByteReader(edits);
  let bytes = whole.slice();
  while (reader.left > 0) {
    const place = reader.u32();
    const change = reader.bytes(Math.min(reader.u8(), reader.left));
    if (reader.failed || bytes.length === 0) break;
    const at = place % bytes.length;
    if (place >= 2 ** 31) bytes = bytes.slice(0, at);
    else bytes.set(change.subarray(0, bytes.length - at), at);
  }
  return bytes;
}

/** The header, the first pages, somewhere in all of them, and ends that are missing. */
function edits(whole: Uint8Array): readonly Uint8Array[] {
  const random = new Random(1, "edits");
  const edit = (at: number, length: number): Uint8Array =>
    new ByteWriter().u32(at).u8(length).bytes(random.dice(length).slice(0, length)).finish();
  const pages = Array.from({ length: 8 }, (_, i) => edit(Math.floor((whole.length / 8) * i) + random.below(4096), 4));
  return [edit(0, 16), edit(18, 2), edit(28, 4), edit(60, 8), edit(100, 8), edit(2 ** 31 + 5000, 0), ...pages];
}

/** Opened, loaded and closed, or refused: anything else would end the program without a word of use. */
function checkDatabase(name: string, whole: Uint8Array, open: (folder: string) => Opened): Target["check"] {
  return (input) =>
    inFolder((folder) => {
      // Beside a profile lies its identity.
      if (name === profileName) open(folder).close();
      writeFileSync(join(folder, name), damaged(whole, input));
      for (const rest of ["-wal", "-shm"]) rmSync(join(folder, name + rest), { force: true });
      return works(() => {
        const file = open(folder);
        try {
          file.load();
        } finally {
          file.close();
        }
      });
    });
}

export const diskTargets: readonly Target[] = [
  { name: "secret-file", samples: () => [secretBytes()], read: readAsSecret, check: checkSecret, tries: 150 },
  {
    name: "server-database",
    samples: () => edits(store),
    read: (bytes) => damaged(store, bytes),
    check: checkDatabase(storeName, store, openStore),
    tries: 15,
  },
  {
    name: "profile-database",
    samples: () => edits(profile),
    read: (bytes) => damaged(profile, bytes),
    check: checkDatabase(profileName, profile, openProfile),
    tries: 10,
  },
];

/** The fields of a secret file, as its reader has a copy of its own. */
function readAsSecret(bytes: Uint8Array): unknown {
  const reader = new ByteReader(bytes);
  return [reader.bytes(8), reader.u8(), reader.u8(), reader.bytes(reader.u16()), reader.bytes(32)];
}
