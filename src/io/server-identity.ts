// The server's identity on disk: the Ed25519 seed that clients pin, in `<data>/identity.key`, 0600 (design §4).

import { join } from "node:path";

import type { Dice } from "#crypto";

import { DiskError } from "./disk-error.ts";
import { createFolder } from "./folders.ts";
import { createSecretFile, readSecretFile, requireSecretBeside, secretKinds } from "./secret-file.ts";

/** The name of the database that SqliteStore keeps beside the identity. */
export const serverDatabase = "server.sqlite";

const seedLength = 32;
const identityFile = "identity.key";

/** The 32-byte seed of a server's folder; makes folder and seed at the first start. To be asked for before SqliteStore
 * opens: where books are and no identity, the identity is lost, and a new one would turn every client away. */
export function serverIdentitySeed(folder: string, dice: Dice): Uint8Array {
  createFolder(folder);
  requireSecretBeside(serverDatabase, folder, identityFile);
  const path = join(folder, identityFile);
  const seed = readSecretFile(path, secretKinds.server) ?? createSecretFile(path, secretKinds.server, dice(seedLength));
  if (seed.length !== seedLength) throw new DiskError("corrupt", path, `a seed of ${seed.length} bytes`);
  return seed;
}
