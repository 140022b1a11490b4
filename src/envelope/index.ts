export type { PeerMessage, TextMessage } from "./peer-message.ts";
export {
  EPOCH_BYTES,
  HIGHEST_NUMBER,
  LONGEST_TEXT,
  MESSAGE_ID_BYTES,
  MOST_RECEIPTS,
  peerMessageCodec,
} from "./peer-message.ts";
