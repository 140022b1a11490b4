export type { ClientOptions, PostResult, SendResult, TrustResult } from "./client-options.ts";
export type { Paths } from "./client.ts";
export { ClientMachine } from "./client.ts";
export type { ClientEvent, TableEntry } from "./events.ts";
export { MemoryProfile } from "./memory-profile.ts";
export type {
  Identity,
  IncomingProgress,
  IncomingRecord,
  KeptRecord,
  MailKey,
  OutgoingEnd,
  OutgoingRecord,
  PersonPin,
  Profile,
  ProfileOperation,
  ProfileResult,
  ProfileState,
  SentRecord,
  ServerPin,
} from "./profile.ts";
export type { SentMessage, Try, Whereabout } from "./tries.ts";
export { EVERYBODY } from "./profile.ts";
