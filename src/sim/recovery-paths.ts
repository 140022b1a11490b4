// The ways in which udpchat repairs what went wrong, and how often a simulated world took each. Pure. PROTOCOL §11.

import { type Scenario } from "./scenarios.ts";
import { type Report } from "./world.ts";

/** One way, with a counter of its own. */
export interface RecoveryPath {
  readonly name: string;
  readonly count: (report: Report) => number;
  /** Whether a scenario can lead there. */
  readonly isIn: (scenario: Scenario) => boolean;
}

const always = (): boolean => true;
const hasGroups = ({ groupMoves }: Scenario): boolean => groupMoves > 0;
const hasServerCrashes = ({ serverCrashes }: Scenario): boolean => serverCrashes > 0;
const hasAbsences = ({ absences, clientCrashes }: Scenario): boolean => absences + clientCrashes > 0;

/** All of them; only a watched world counts what transports repair. */
export const recoveryPaths: readonly RecoveryPath[] = [
  { name: "retransmission", count: ({ recoveries }) => recoveries.retransmissions, isIn: always },
  { name: "second copy", count: ({ recoveries }) => recoveries.secondCopies, isIn: always },
  { name: "cookie asked", count: ({ recoveries }) => recoveries.cookiesAsked, isIn: always },
  { name: "let in with a cookie", count: ({ recoveries }) => recoveries.cookiesPaid, isIn: always },
  { name: "keys renewed", count: ({ recoveries }) => recoveries.keysRenewed, isIn: always },
  { name: "both opened at once", count: ({ recoveries }) => recoveries.bothOpened, isIn: always },
  { name: "roaming", count: ({ recoveries }) => recoveries.sessionsMoved, isIn: ({ moves }) => moves > 0 },
  { name: "path switch, to a session", count: ({ counts }) => counts.switchesToSession, isIn: always },
  { name: "path switch, to the server", count: ({ counts }) => counts.switchesToServer, isIn: hasAbsences },
  { name: "gap filled by mail", count: ({ counts }) => counts.gapsFilledByMail, isIn: hasAbsences },
  { name: "gap filled by the sender", count: ({ counts }) => counts.gapsFilledBySender, isIn: always },
  { name: "duplicate dropped", count: ({ counts }) => counts.duplicatesDropped, isIn: always },
  { name: "packet dropped", count: ({ recoveries }) => recoveries.packetsDropped, isIn: always },
  { name: "mail collected", count: ({ counts }) => counts.collected, isIn: hasAbsences },
  { name: "receipt kept", count: ({ counts }) => counts.receiptsForAway, isIn: hasAbsences },
  { name: "post sent again", count: ({ counts }) => counts.postsResent, isIn: hasGroups },
  { name: "put out", count: ({ counts }) => counts.putOut, isIn: hasGroups },
  { name: "reset", count: ({ recoveries }) => recoveries.resets, isIn: hasServerCrashes },
  { name: "restart of a client", count: ({ counts }) => counts.clientRestarts, isIn: hasAbsences },
  { name: "restart of the server", count: ({ counts }) => counts.serverRestarts, isIn: hasServerCrashes },
];
