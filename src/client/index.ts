export type { ClientOptions, SendResult, TrustResult } from "./client-options.ts";
export { ClientMachine } from "./client.ts";
export type { ClientEvent, TableEntry } from "./events.ts";
export { MemoryProfile } from "./memory-profile.ts";
export type {
  Identity,
  IncomingProgress,
  IncomingRecord,
  OutgoingEnd,
  OutgoingRecord,
  PersonPin,
  Profile,
  ProfileOperation,
  ProfileResult,
  ProfileState,
  ServerPin,
} from "./profile.ts";
