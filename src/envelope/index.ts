export type { PeerMessage, TextMessage } from "./peer-message.ts";
export {
  EPOCH_BYTES,
  HIGHEST_NUMBER,
  LONGEST_TEXT,
  MESSAGE_ID_BYTES,
  MOST_RECEIPTS,
  peerMessageCodec,
} from "./peer-message.ts";
export type { OpenedEnvelope, Sealer } from "./sealed-envelope.ts";
export { LONGEST_ENVELOPE, openEnvelope, sealEnvelope } from "./sealed-envelope.ts";
