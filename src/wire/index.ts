export type { Address, Scope } from "./address.ts";
export { addressCodec, addressKey, isSameAddress, networkOf, numericAddress, scopeOf, showAddress } from "./address.ts";
export type { Addressed, LocalSessionId, Message1, Message1Head, SealedPacket } from "./datagram.ts";
export {
  COOKIE_BYTES,
  DatagramType,
  fullPacketNumber,
  hasMessage1Length,
  localSessionId,
  LONGEST_MESSAGE1,
  MESSAGE1_BYTES,
  PACKET_HEADER_BYTES,
  PROBE_TOKEN_BYTES,
  readAddressed,
  readHandshakeMessage,
  readMessage1,
  readMessage1Head,
  readPacket,
  readProbe,
  RESET_TOKEN_BYTES,
  SESSION_ID_BYTES,
  sessionIdBytes,
  splitMac1,
  writeAddressed,
  writeHandshakeMessage,
  writeMessage1,
  writePacketHeader,
  writeProbe,
} from "./datagram.ts";
export type { AckRange, CreditClass, Frame } from "./frame.ts";
export {
  ackFrameBytes,
  CHALLENGE_BYTES,
  LANES,
  LONGEST_MESSAGE,
  MOST_ACK_RANGES,
  partOverhead,
  readFrames,
  SMALL_FRAME_BYTES,
  writeAck,
  writePadding,
  writePart,
  writeSmallFrame,
} from "./frame.ts";
export type { HandshakePayload } from "./handshake-payload.ts";
export { LONGEST_APPLICATION_PAYLOAD, readHandshakePayload, writeHandshakePayload } from "./handshake-payload.ts";
