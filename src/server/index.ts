export { ServerCloseCode } from "./close-code.ts";
export type {
  GroupRecord,
  KeptBooks,
  KeptItem,
  KeptOperation,
  KeptResult,
  LetterRecord,
  MailBounds,
  MemberRecord,
  PostedRecord,
  PostRecord,
  ReceiptRecord,
} from "./kept-records.ts";
export { MAIL_OVERHEAD_BYTES, MOST_CORRESPONDENTS, MOST_POST_EPOCHS } from "./kept-records.ts";
export type { Limits } from "./limits.ts";
export { defaultLimits } from "./limits.ts";
export type { MemoryStoreOptions } from "./memory-store.ts";
export { MemoryStore, StoreFailure } from "./memory-store.ts";
export type { ServerEvent } from "./server-event.ts";
export type { ServerKeys } from "./server-keys.ts";
export { serverKeys } from "./server-keys.ts";
export { serverLines } from "./server-lines.ts";
export type { ServerOptions } from "./server-parts.ts";
export type { ListedClient, ServerSizes } from "./server.ts";
export { ServerMachine } from "./server.ts";
export type { Books, PersonRecord, ServerStore, SessionRecord, StoreOperation, StoreResult } from "./store.ts";
