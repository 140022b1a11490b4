// The lists that ride inside handshake messages: type, length, value. Pure. PROTOCOL §3.4.
// Unknown types are passed over, or refuse the handshake if their high bit is set; a type twice is malformed.

import { ByteReader, ByteWriter } from "#bytes";

const Type = {
  versions: 0x01,
  sessionId: 0x02,
  instance: 0x03,
  resetToken: 0x04,
  replaces: 0x05,
  application: 0x06,
  beside: 0x07,
} as const;

/** Longest `application` payload, so that message 2 stays within one padded message 1. */
export const LONGEST_APPLICATION_PAYLOAD = 900;
const LONGEST_VERSION_LIST = 16;

/** What one side says of itself while shaking hands. Absent fields were not said. */
export interface HandshakePayload {
  /** Protocol versions spoken, best first; compared again inside the encryption (PROTOCOL §3.5). */
  readonly versions?: Uint8Array;
  /** The id that the responder chose for itself, in message 2. */
  readonly sessionId?: Uint8Array;
  /** 8 random bytes, the same for as long as the endpoint lives. */
  readonly instance?: Uint8Array;
  /** 16 bytes with which a restarted responder proves that it forgot the session. */
  readonly resetToken?: Uint8Array;
  /** The responder's id of the session that this one takes the place of, in message 3. */
  readonly replaces?: Uint8Array;
  /** The responder's id of another open session between the two, which the opener has and does not want replaced. */
  readonly beside?: Uint8Array;
  /** Opaque to the transport: certificates. */
  readonly application?: Uint8Array;
}

const fields = Object.entries(Type) as readonly (readonly [keyof HandshakePayload, number])[];

/** The bytes of a list; RangeError for a field of a length that no reader takes. */
export function writeHandshakePayload(payload: HandshakePayload): Uint8Array {
  const writer = new ByteWriter();
  for (const [field, type] of fields) {
    const value = payload[field];
    if (value === undefined) continue;
    if (!isOfRightLength(field, value)) throw new RangeError(`${value.length} bytes are no ${field}`);
    writer.u8(type).varint(value.length).bytes(value);
  }
  return writer.finish();
}

/** The list in `bytes`, sharing their memory; undefined for anything malformed. */
export function readHandshakePayload(bytes: Uint8Array): HandshakePayload | undefined {
  const reader = new ByteReader(bytes);
  const payload: { -readonly [F in keyof HandshakePayload]: HandshakePayload[F] } = {};
  while (reader.left > 0) {
    const type = reader.u8();
    const value = reader.bytes(reader.varint());
    const [field] = fields.find(([, known]) => known === type) ?? [];
    if (field === undefined && type < 0x80) continue;
    if (reader.failed || field === undefined || payload[field] !== undefined || !isOfRightLength(field, value))
      return undefined;
    payload[field] = value;
  }
  return reader.failed ? undefined : payload;
}

function isOfRightLength(field: keyof HandshakePayload, value: Uint8Array): boolean {
  switch (field) {
    case "versions":
      return value.length >= 1 && value.length <= LONGEST_VERSION_LIST;
    case "sessionId":
    case "replaces":
    case "beside":
      return value.length >= 4 && value.length <= 20;
    case "instance":
      return value.length === 8;
    case "resetToken":
      return value.length === 16;
    case "application":
      return value.length <= LONGEST_APPLICATION_PAYLOAD;
    default:
      return field satisfies never;
  }
}
