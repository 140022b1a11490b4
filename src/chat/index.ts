export type {
  FromServer,
  NoticeBody,
  ReplyBody,
  Request,
  RequestBody,
  TableChange,
  TableMark,
  TableRow,
} from "./directory-protocol.ts";
export {
  fromServerCodec,
  MOST_CLAIMED_ADDRESSES,
  RefusalCode,
  requestCodec,
  requestLane,
  TABLE_EPOCH_BYTES,
  tableChangeCodec,
  tableEntryCodec,
  TOKEN_BYTES,
} from "./directory-protocol.ts";
export { MOST_NAMES, POST_EPOCH_BYTES } from "./group-protocol.ts";
export type { ClientHello, DeviceCertificate, Registration, ServerCertificate } from "./identity.ts";
export {
  certifyDevice,
  certifyRegistration,
  certifyServer,
  clientHelloCodec,
  deviceCertificateCodec,
  fingerprint,
  isValidDevice,
  isValidRegistration,
  provenClient,
  provenServer,
  registrationProof,
  serverCertificateCodec,
} from "./identity.ts";
export type { MailItem, Post } from "./mail-protocol.ts";
export {
  Box,
  LONGEST_LETTER,
  LONGEST_POST,
  LONGEST_RECEIPT,
  MOST_COLLECTED,
  MOST_COLLECTED_RECEIPTS,
  MOST_ITEMS,
  OPEN_SCHEME,
  POST_ID_BYTES,
} from "./mail-protocol.ts";
export type { UsableName } from "./name.ts";
export { nameKey, usableName } from "./name.ts";
export { TableHash } from "./table-hash.ts";
export { ACK_TIMEOUT_MS, ANSWER_TIMEOUT_MS, REQUEST_TIMEOUT_MS, verdictMs } from "./verdict.ts";
