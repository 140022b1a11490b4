// Every bound of a server, in one place: what strangers, persons and networks can make grow, and how far. Pure.
// What happens at each bound is told in PROTOCOL §8.6. Numbers without a source are starting points.

/** The bounds of one server. Times in ms, sizes in bytes, rates in tokens a second with a burst. */
export interface Limits {
  /** Persons in the directory, present or away. */
  readonly persons: number;
  /** Share of the directory, and of the groups, that persons of one network may hold. */
  readonly networkShare: number;
  /** Sessions open at once. */
  readonly sessions: number;
  /** Handshakes begun and not finished. */
  readonly halfOpen: number;
  /** What all sessions may hold beyond their first credit. */
  readonly creditBytes: number;
  /** What a session has to register in, and after deregistering to register again. */
  readonly unregisteredMs: number;
  /** Requests of one person, whatever its sessions, each counted as what it costs (request-cost.ts). */
  readonly requestsPerSecond: number;
  readonly requestBurst: number;
  /** Rows of a table that a `resync` sends for the price of one request. */
  readonly tableRowsPerRequest: number;
  /** Requests of one session that wait for their turn, and what they weigh; and those of all sessions. */
  readonly waitingRequests: number;
  readonly waitingBytes: number;
  readonly allWaitingBytes: number;
  /** Introductions that one person asks for. */
  readonly introductionsPerSecond: number;
  readonly introductionBurst: number;
  /** Introductions of others to one person. */
  readonly introducedPerSecond: number;
  readonly introducedBurst: number;
  /** Times that one claimed host is told: each makes a receiver send at most 3 probes of 64 B, so that in any 10 s
   * (11 + 10 · 1) · 192 B = 4,032 B go to a host that never answered (design §4: at most 4 KB). */
  readonly claimsPerSecond: number;
  readonly claimBurst: number;
  /** Registrations of new names from one network; as many as handshakes under load (PROTOCOL §3.7). */
  readonly newNamesPerSecond: number;
  readonly newNameBurst: number;
  /** Networks and hosts whose rates are remembered. */
  readonly networks: number;
  /** What may wait for one client, beyond what is sent to it at once. */
  readonly queuedBytes: number;
  /** What those who were here when the server died have to come back; until then they are online. */
  readonly returnMs: number;
  /** Time after which an unused name is free. */
  readonly leaseMs: number;
  /** Persons up to which everybody holds the whole table. */
  readonly wholeTable: number;
  /** Rows of others that a client holds beyond that. */
  readonly interests: number;
  /** Time for which changes of the table are gathered. */
  readonly gatherMs: number;
  /** Operations that wait for the store, and the mail and posts in them. */
  readonly storeOperations: number;
  readonly storeBytes: number;
  /** Groups, those that one person made, and members of one. */
  readonly groups: number;
  readonly groupsPerPerson: number;
  readonly groupMembers: number;
  /** Posts to groups that somebody has yet to acknowledge. */
  readonly groupLogBytes: number;
  /** Of them, what is under way to one member. */
  readonly memberBehindBytes: number;
  /** How long a member may acknowledge nothing that is under way to it. */
  readonly memberBehindMs: number;
  /** Mail for one recipient; of it, from one sender, and from all those to whom the recipient never wrote. */
  readonly mailboxBytes: number;
  readonly senderBytes: number;
  readonly strangerBytes: number;
  /** All mail. */
  readonly mailDiskBytes: number;
  /** Receipts that wait for one person. */
  readonly receiptsWaiting: number;
  /** How long mail and posts to everybody are kept, and groups that nobody uses. */
  readonly mailAgeMs: number;
  readonly groupAgeMs: number;
  /** Posts to everybody, and those of one sender among them. */
  readonly everybodyBytes: number;
  readonly everybodySenderBytes: number;
  /** Pages of mail that are read from the store at once. */
  readonly fetchesAtOnce: number;
}

const MIB = 1024 * 1024;
const DAY_MS = 24 * 60 * 60 * 1000;

export const defaultLimits: Limits = {
  persons: 20_000,
  networkShare: 0.5,
  sessions: 20_000,
  halfOpen: 1024,
  creditBytes: 64 * MIB,
  unregisteredMs: 10_000,
  requestsPerSecond: 250,
  requestBurst: 500,
  tableRowsPerRequest: 32,
  waitingRequests: 256,
  waitingBytes: 8 * MIB,
  allWaitingBytes: 256 * MIB,
  introductionsPerSecond: 1,
  introductionBurst: 30,
  introducedPerSecond: 50,
  introducedBurst: 200,
  claimsPerSecond: 1,
  claimBurst: 11,
  newNamesPerSecond: 500,
  newNameBurst: 1000,
  networks: 4096,
  queuedBytes: MIB,
  returnMs: 5000,
  leaseMs: 30 * DAY_MS,
  wholeTable: 1000,
  interests: 1000,
  gatherMs: 100,
  storeOperations: 100_000,
  storeBytes: 64 * MIB,
  groups: 1000,
  groupsPerPerson: 32,
  groupMembers: 1000,
  groupLogBytes: 64 * MIB,
  memberBehindBytes: MIB,
  memberBehindMs: 10_000,
  mailboxBytes: 64 * MIB,
  senderBytes: 8 * MIB,
  strangerBytes: 32 * MIB,
  mailDiskBytes: 1024 * MIB,
  receiptsWaiting: 4096,
  mailAgeMs: 30 * DAY_MS,
  groupAgeMs: 30 * DAY_MS,
  everybodyBytes: 64 * MIB,
  everybodySenderBytes: 8 * MIB,
  fetchesAtOnce: 64,
};
