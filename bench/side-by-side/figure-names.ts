// What is measured, whom beside, and in which units. Pure.

/** A figure: how its values read, and whether more is better. */
export interface FigureKind {
  readonly unit: string;
  readonly isMoreBetter: boolean;
  /** One line, for whoever reads the table. */
  readonly what: string;
  /** Whether nothing is said, so that nothing arrives. */
  readonly isSilent?: boolean;
}

export const figureKinds = {
  rtt_p50: { unit: "µs", isMoreBetter: false, what: "100-byte message and its acknowledgement, one at a time: median" },
  rtt_p99: {
    unit: "µs",
    isMoreBetter: false,
    what: "100-byte message and its acknowledgement, one at a time: 99th percentile",
  },
  acked_1: { unit: "messages/s", isMoreBetter: true, what: "100-byte messages acknowledged, 1 outstanding" },
  acked_16: { unit: "messages/s", isMoreBetter: true, what: "100-byte messages acknowledged, 16 outstanding" },
  acked_256: { unit: "messages/s", isMoreBetter: true, what: "100-byte messages acknowledged, 256 outstanding" },
  fanout_50: {
    unit: "deliveries/s",
    isMoreBetter: true,
    what: "a member's 100-byte messages through a hub to 50 others",
  },
  fanout_200: {
    unit: "deliveries/s",
    isMoreBetter: true,
    what: "a member's 100-byte messages through a hub to 200 others",
  },
  paced_200_p50: { unit: "ms", isMoreBetter: false, what: "one message each 15 ms, until all of 200 have it: median" },
  bulk: { unit: "MB/s", isMoreBetter: true, what: "64 MiB in messages of 32 KiB, each acknowledged" },
  idle_kib_1000: {
    unit: "KiB",
    isMoreBetter: false,
    what: "memory in use in the hub for each of 1,000 idle connections",
    isSilent: true,
  },
  idle_kib_10000: {
    unit: "KiB",
    isMoreBetter: false,
    what: "memory in use in the hub for each of 10,000 idle connections",
    isSilent: true,
  },
  handshakes: {
    unit: "connections/s",
    isMoreBetter: true,
    what: "connections opened and closed again, 16 at once",
    isSilent: true,
  },
  cpu_s_per_million: {
    unit: "s",
    isMoreBetter: false,
    what: "processor time of all processes for a million deliveries to 50",
  },
  packets: {
    unit: "packets/s",
    isMoreBetter: true,
    what: "100-byte datagrams one way, nothing else: the floor",
    isSilent: true,
  },
} as const satisfies Readonly<Record<string, FigureKind>>;

export type FigureName = keyof typeof figureKinds;

export const figureNames = Object.keys(figureKinds) as readonly FigureName[];

/** Who is measured. */
interface SubjectKind {
  /** What protects the messages between the processes. */
  readonly encryption: string;
  /** What an acknowledgement says, beyond that the other application has the message. */
  readonly isDurable: boolean;
}

export const subjectKinds = {
  udpchat: { encryption: "Noise XX, end to end", isDurable: false },
  "udpchat durable": { encryption: "Noise XX, end to end", isDurable: true },
  ws: { encryption: "none", isDurable: false },
  "socket.io": { encryption: "none", isDurable: false },
  tls: { encryption: "TLS 1.3", isDurable: false },
  "udx+secret-stream": { encryption: "Noise XX", isDurable: false },
  libp2p: { encryption: "Noise XX", isDurable: false },
  nats: { encryption: "none", isDurable: false },
  ngircd: { encryption: "none", isDurable: false },
  mqtt: { encryption: "none", isDurable: false },
  floor: { encryption: "none", isDurable: false },
} as const satisfies Readonly<Record<string, SubjectKind>>;

export type SubjectName = keyof typeof subjectKinds;

export const subjectNames = Object.keys(subjectKinds) as readonly SubjectName[];
