// What is measured: the weathers of a link and the contestants on it. Pure.

/** One weather of a link: what it does to packets, in each direction. */
export interface Weather {
  /** How it is called in the tables. */
  readonly name: string;
  readonly lossPercent: number;
  /** Mean number of packets lost in a row; 1 for independent losses. */
  readonly burst: number;
  readonly corruptPercent: number;
  /** Whether a corrupted packet has a right checksum, so that no kernel drops it. */
  readonly mends: boolean;
}

/** In each direction. */
export const DELAY_MS = 25;
export const RATE_MBIT = 100;
export const QUEUE_PACKETS = 1000;

/** In the order of the tables. */
export const contestants = ["udpchat", "ws-cubic", "ws-bbr", "udx"] as const;
export type Contestant = (typeof contestants)[number];

/** What TCP of both hosts is asked to use for a contestant. */
export const congestionControls: Partial<Record<Contestant, string>> = { "ws-cubic": "cubic", "ws-bbr": "bbr" };

export const contestantNames: Readonly<Record<Contestant, string>> = {
  udpchat: "udpchat",
  "ws-cubic": "ws, TCP CUBIC",
  "ws-bbr": "ws, TCP BBR",
  udx: "udx-native",
};

/** What udpchat is to reach. */
export interface Target {
  readonly p99Ms: number;
  readonly megabytesPerSecond: number;
}

const targets: ReadonlyMap<number, Target> = new Map([
  [0, { p99Ms: 30, megabytesPerSecond: 11 }],
  [1, { p99Ms: 45, megabytesPerSecond: 10.8 }],
  [5, { p99Ms: 45, megabytesPerSecond: 10.4 }],
  [10, { p99Ms: 60, megabytesPerSecond: 9.5 }],
  [20, { p99Ms: 75, megabytesPerSecond: 7 }],
]);

/** What udpchat is to reach in that weather; undefined where nothing was set. */
export function targetIn({ lossPercent, burst, corruptPercent }: Weather): Target | undefined {
  return burst === 1 && corruptPercent === 0 ? targets.get(lossPercent) : undefined;
}

/** Random loss, each packet for itself. */
function randomLoss(lossPercent: number): Weather {
  return { name: `${lossPercent} % loss`, lossPercent, burst: 1, corruptPercent: 0, mends: false };
}

function bursts(lossPercent: number): Weather {
  return { ...randomLoss(lossPercent), name: `${lossPercent} % in bursts`, burst: 5 };
}

function corruption(mends: boolean): Weather {
  const name = `2 % corrupted, sum ${mends ? "right" : "wrong"}`;
  return { name, lossPercent: 0, burst: 1, corruptPercent: 2, mends };
}

/** The first table: random loss. */
export const steadyWeathers: readonly Weather[] = [0, 1, 5, 10, 20].map(randomLoss);
/** The second table: losses in bursts, and corruption. */
export const roughWeathers: readonly Weather[] = [
  ...[5, 10, 20].map(bursts),
  ...[false, true].map((mends) => corruption(mends)),
];

/** How much is measured. */
export interface Amount {
  /** Messages of a delay cell, one every `EVERY_MS`. */
  readonly messages: number;
  readonly bulkSeconds: number;
  /** Bulk before that does not count. */
  readonly bulkFromSeconds: number;
}

export const EVERY_MS = 20;
export const SMALL_BYTES = 100;
export const LARGE_BYTES = 65_536;

export const fullAmount: Amount = { messages: 3000, bulkSeconds: 10, bulkFromSeconds: 0 };
export const quickAmount: Amount = { messages: 500, bulkSeconds: 4, bulkFromSeconds: 0 };

/** What two on one link are given, and how long they may take to find their shares. */
export const sharingAmount = {
  full: { messages: 0, bulkSeconds: 30, bulkFromSeconds: 30 },
  quick: { messages: 0, bulkSeconds: 10, bulkFromSeconds: 10 },
};
/** With whom udpchat shares a link. */
export const rivals: readonly Contestant[] = ["ws-cubic", "ws-bbr"];
