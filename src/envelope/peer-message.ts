// What one person's client says to another's: texts and their receipts. Only its recipients can open it; the server may
// not import this room. Pure. PROTOCOL §9.1.

import { type Codec, fixed, flag, list, struct, text, u48, union, type Value, varint } from "#bytes";

export const MESSAGE_ID_BYTES = 16;
export const EPOCH_BYTES = 8;
/** A text at its longest, bytes of UTF-8. */
export const LONGEST_TEXT = 65_536;
/** Receipts that go in one message. */
export const MOST_RECEIPTS = 64;
/** Nobody counts so far, and what comes after it is still a number that any profile can keep. */
export const HIGHEST_NUMBER = 2 ** 48;

const id = fixed(MESSAGE_ID_BYTES);
const epoch = fixed(EPOCH_BYTES);
const textFields = struct({
  messageId: id,
  epoch,
  number: varint,
  floor: varint,
  hasEarlier: flag,
  sentAtMs: u48,
  text: text(LONGEST_TEXT),
});

/** Where floor and number contradict each other or the protocol, there is no text. */
const possibleText: Codec<Value<typeof textFields>> = {
  read: (reader) => {
    const fields = textFields.read(reader);
    if (fields.floor < 1 || fields.floor > fields.number || fields.number > HIGHEST_NUMBER) reader.fail();
    return fields;
  },
  write: (writer, value) => textFields.write(writer, value),
};

/** Every path and every retry carries the same values. */
export const peerMessageCodec = union({
  /** A text. `number` counts from 1 within (sender, recipient, epoch); nothing below `floor` is still to come. Where it
   * `hasEarlier`, a server keeps something of an earlier epoch for its recipient. */
  text: [1, possibleText],
  /** These are stored here, and will be shown once. */
  receipts: [2, struct({ messageIds: list(id, MOST_RECEIPTS) })],
  /** A number is missing here: send again what has no receipt, from there on. */
  resend: [3, struct({ epoch, from: varint })],
});
export type PeerMessage = Value<typeof peerMessageCodec>;
export type TextMessage = Extract<PeerMessage, { readonly kind: "text" }>;
