// Every bound of a server, in one place: what strangers, persons and networks can make grow, and how far. Pure.
// What happens at each bound is told in PROTOCOL §8.6. Numbers without a source are starting points.

/** The bounds of one server. Times in ms, sizes in bytes, rates in tokens a second with a burst. */
export interface Limits {
  /** Persons in the directory, present or away. */
  readonly persons: number;
  /** Share of the directory that persons of one network may hold. */
  readonly networkShare: number;
  /** Sessions open at once. */
  readonly sessions: number;
  /** Handshakes begun and not finished. */
  readonly halfOpen: number;
  /** What all sessions may hold beyond their first credit. */
  readonly creditBytes: number;
  /** What a session has to register in, and after deregistering to register again. */
  readonly unregisteredMs: number;
  /** Requests of one person, whatever its sessions. */
  readonly requestsPerSecond: number;
  readonly requestBurst: number;
  /** Rows of a table that a `resync` sends for the price of one request. */
  readonly tableRowsPerRequest: number;
  /** Requests of one session that wait for their turn. */
  readonly waitingRequests: number;
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
  /** Operations that wait for the store. */
  readonly storeOperations: number;
}

export const defaultLimits: Limits = {
  persons: 20_000,
  networkShare: 0.5,
  sessions: 20_000,
  halfOpen: 1024,
  creditBytes: 64 * 1024 * 1024,
  unregisteredMs: 10_000,
  requestsPerSecond: 100,
  requestBurst: 400,
  tableRowsPerRequest: 32,
  waitingRequests: 256,
  introductionsPerSecond: 1,
  introductionBurst: 30,
  introducedPerSecond: 50,
  introducedBurst: 200,
  claimsPerSecond: 1,
  claimBurst: 11,
  newNamesPerSecond: 500,
  newNameBurst: 1000,
  networks: 4096,
  queuedBytes: 1024 * 1024,
  returnMs: 5000,
  leaseMs: 30 * 24 * 60 * 60 * 1000,
  wholeTable: 1000,
  interests: 1000,
  gatherMs: 100,
  storeOperations: 100_000,
};
