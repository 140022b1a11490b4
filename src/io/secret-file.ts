// A small file for a secret: readable by its owner only, written whole or not at all, and damage is noticed. What is
// in it is for its reader to know; one kind of secret never passes for another.
//
//   0          8         9      10       12          12+n        44+n
//   | magic    | version | kind | length | secret    | SHA-256   |
//
// The hash is over all that comes before it; a later version may change what lies between, but not where magic, version
// and hash are.

import { createHash, randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";

import { ByteReader, ByteWriter, equalBytes, utf8 } from "#bytes";

import { DiskError } from "./disk-error.ts";
import { syncFolder } from "./folders.ts";

/** Whose secret it is; the number stands in the file. */
export const secretKinds = { server: 1, profile: 2 } as const;

export type SecretKind = (typeof secretKinds)[keyof typeof secretKinds];

const magic = utf8("UDPCHATS");
const version = 1;
const checksumLength = 32;

/** The secret in the file; undefined if there is no file. DiskError for one that is damaged, newer or not of that kind. */
export function readSecretFile(path: string, kind: SecretKind): Uint8Array | undefined {
  const bytes = readIfThere(path);
  return bytes === undefined ? undefined : openSecret(bytes, path, kind);
}

/** Makes the file, durably, mode 0600. Where another process was first, its file stays and its secret is the answer. */
export function createSecretFile(path: string, kind: SecretKind, secret: Uint8Array): Uint8Array {
  try {
    place(path, sealSecret(kind, secret));
  } catch (error) {
    throw DiskError.from(error, path);
  }
  const placed = readSecretFile(path, kind);
  if (placed === undefined) throw new DiskError("missing", path);
  return placed;
}

/** Refuses, as DiskError `missing`, a folder whose database is there and whose secret is not. */
export function requireSecretBeside(database: string, folder: string, secret: string): void {
  if (existsSync(join(folder, database)) && !existsSync(join(folder, secret))) {
    throw new DiskError("missing", join(folder, secret), `${database} is there`);
  }
}

function readIfThere(path: string): Uint8Array | undefined {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw DiskError.from(error, path);
  }
}

function sealSecret(kind: SecretKind, secret: Uint8Array): Uint8Array {
  const writer = new ByteWriter().bytes(magic).u8(version).u8(kind).u16(secret.length).bytes(secret);
  return writer.bytes(sha256(writer.finish())).finish();
}

function openSecret(bytes: Uint8Array, path: string, kind: SecretKind): Uint8Array {
  const body = new ByteReader(bytes.subarray(0, Math.max(0, bytes.length - checksumLength)));
  const checksum = bytes.subarray(body.left);
  if (!equalBytes(checksum, sha256(bytes.subarray(0, body.left))))
    throw new DiskError("corrupt", path, "a wrong checksum");
  if (!equalBytes(body.bytes(magic.length), magic)) throw new DiskError("foreign", path);
  const found = body.u8();
  if (found > version) throw new DiskError("newer", path, `version ${found}, known is ${version}`);
  const foundKind = body.u8();
  if (foundKind !== kind) throw new DiskError("foreign", path, `a secret of kind ${foundKind}, expected was ${kind}`);
  const secret = body.bytes(body.u16());
  if (!body.finished) throw new DiskError("corrupt", path, "a wrong length");
  return secret;
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}

function place(path: string, bytes: Uint8Array): void {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString("hex")}.new`;
  const file = openSync(temporary, "wx", 0o600);
  try {
    writeWhole(file, bytes);
    placeUnlessThere(temporary, path);
    syncFolder(dirname(path));
  } finally {
    rmSync(temporary, { force: true });
  }
}

function writeWhole(file: number, bytes: Uint8Array): void {
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

// A hard link, unlike a rename, never replaces what another process has placed meanwhile. File systems without hard
// links (FAT) say so in several ways.
function placeUnlessThere(temporary: string, path: string): void {
  try {
    linkSync(temporary, path);
  } catch (error) {
    if (existsSync(path)) return;
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL"].includes(code)) throw error;
    renameSync(temporary, path);
  }
}
