// One number for a whole client table, kept up with each change: the XOR of its rows' hashes. Pure. PROTOCOL §8.3.
// It finds what was lost or mixed up, not what somebody forged: the session it comes over is authentic already.

import { encode } from "#bytes";
import { sha256 } from "#crypto";

import { TABLE_HASH_BYTES, tableEntryCodec, type TableRow } from "./directory-protocol.ts";

/** Adding a row that is in takes it out. */
export class TableHash {
  readonly #sum = new Uint8Array(TABLE_HASH_BYTES);

  /** The hash, in memory of its own. */
  get bytes(): Uint8Array {
    return this.#sum.slice();
  }

  toggle(row: TableRow): void {
    const digest = sha256(encode(tableEntryCodec, row));
    for (let i = 0; i < TABLE_HASH_BYTES; i++) this.#sum[i] = (this.#sum[i] as number) ^ (digest[i] as number);
  }

  clear(): void {
    this.#sum.fill(0);
  }
}
