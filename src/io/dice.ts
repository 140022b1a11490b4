// The operating system's dice.

import { randomFillSync } from "node:crypto";

import type { Dice } from "#crypto";

const POOL_BYTES = 4096;
let pool = new Uint8Array(0);

/** Random bytes from the operating system, drawn by the pool: machines ask for a few at a time. */
export const systemDice: Dice = (length) => {
  if (length > POOL_BYTES) return randomFillSync(new Uint8Array(length));
  if (pool.length < length) pool = randomFillSync(new Uint8Array(POOL_BYTES));
  const bytes = pool.subarray(0, length).slice();
  pool = pool.subarray(length);
  return bytes;
};
