// What both sides of a handshake must agree on before its first byte. Pure. PROTOCOL §3.1.

import { ByteWriter, utf8 } from "#bytes";

import { type Purpose, SUITE, VERSIONS } from "./constants.ts";

const PSK_SLOT_BYTES = 32;

/** `udpchat | version | suite | purpose | 32 zeros, the slot of a pre-shared key | context`: the context is the
 * initiator's session id, or for a renewal the hash of the handshake before. */
export function prologue(purpose: Purpose, context: Uint8Array): Uint8Array {
  const writer = new ByteWriter(128).bytes(utf8("udpchat"));
  return writer
    .u8(VERSIONS[0] ?? 0)
    .u8(SUITE)
    .u8(purpose)
    .zeros(PSK_SLOT_BYTES)
    .bytes(context)
    .finish();
}
