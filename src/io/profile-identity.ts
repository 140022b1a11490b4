// A profile's identity on disk: `<profile>/identity.key`, 0600, the secrets of a person and a device (design §4).

import { join } from "node:path";

import { decode, encode, fixed, struct } from "#bytes";
import type { Identity } from "#client";
import type { Dice } from "#crypto";

import { DiskError } from "./disk-error.ts";
import { createFolder } from "./folders.ts";
import { createSecretFile, readSecretFile, requireSecretBeside, secretKinds } from "./secret-file.ts";

/** The name of the database that SqliteProfile keeps beside the identity. */
export const profileDatabase = "profile.sqlite";

const identityFile = "identity.key";

// In the order in which they stand in the file, 80 bytes.
const identityCodec = struct({
  personSeed: fixed(32),
  deviceSecret: fixed(32),
  deviceId: fixed(16),
});

/** The identity of a profile's folder; makes folder and identity at the first start. To be asked for before the
 * database is opened: where that is and no identity, the identity is lost, and a new one would be somebody else. */
export function profileIdentity(folder: string, dice: Dice): Identity {
  createFolder(folder);
  requireSecretBeside(profileDatabase, folder, identityFile);
  const path = join(folder, identityFile);
  const secret = readSecretFile(path, secretKinds.profile) ?? createIdentity(path, dice);
  const identity = decode(identityCodec, secret);
  if (identity === undefined) throw new DiskError("corrupt", path, `an identity of ${secret.length} bytes`);
  return identity;
}

function createIdentity(path: string, dice: Dice): Uint8Array {
  const identity = { personSeed: dice(32), deviceSecret: dice(32), deviceId: dice(16) };
  return createSecretFile(path, secretKinds.profile, encode(identityCodec, identity));
}
