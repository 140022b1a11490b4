// How often the transport of a simulated world had something to repair, as its endpoints tell an observer. Pure.

import { toHex } from "#bytes";
import { type Observation, type Observer } from "#transport";

/** Numbers of one run, over all endpoints. */
export interface RecoveryTally {
  readonly packets: number;
  readonly packetsLost: number;
  /** Parts of messages that left a second time, or more often. */
  readonly partsRepeated: number;
  readonly sessionsOpened: number;
  /** Sessions that went on from another address, … */
  readonly sessionsMoved: number;
  /** … and those of them whose place another one took. */
  readonly sessionsSuperseded: number;
  readonly cookiesAsked: number;
  /** Words of a server that it has forgotten a session. */
  readonly resets: number;
  /** Packets for an open session that came a second time, or damaged. */
  readonly packetsDropped: number;
}

export class Recoveries implements Observer {
  readonly #parts = new Set<string>();
  /** Ids of open sessions, at their openers. */
  readonly #opened = new Set<string>();
  readonly #tally = {
    packets: 0,
    packetsLost: 0,
    partsRepeated: 0,
    sessionsOpened: 0,
    sessionsMoved: 0,
    sessionsSuperseded: 0,
    cookiesAsked: 0,
    resets: 0,
    packetsDropped: 0,
  };

  get tally(): RecoveryTally {
    return this.#tally;
  }

  readonly note = (seen: Observation): void => {
    const tally = this.#tally;
    switch (seen.kind) {
      case "packetSent":
        tally.packets++;
        return this.#sent(seen);
      case "packetLost":
        tally.packetsLost++;
        return;
      case "packetDropped":
        if (seen.why === "unusable") tally.packetsDropped++;
        return;
      case "sessionOpened":
        if (seen.opener === "us") this.#opened.add(toHex(seen.ownId));
        tally.sessionsOpened += seen.opener === "us" ? 1 : 0;
        return;
      case "sessionMoved":
        tally.sessionsMoved++;
        return;
      case "sessionEnded":
        if (this.#opened.delete(toHex(seen.ownId)) && seen.by === "superseded") tally.sessionsSuperseded++;
        return;
      case "datagramSent":
        if (seen.type === "cookie") tally.cookiesAsked++;
        if (seen.type === "reset") tally.resets++;
        return;
      case "packetReceived":
      case "datagramReceived":
      case "metricsUpdated":
        return;
      default:
        seen satisfies never;
    }
  };

  #sent({ id, frames }: Extract<Observation, { readonly frames: unknown }>): void {
    for (const frame of frames) {
      if (frame.type !== "message") continue;
      const part = `${toHex(id)} ${frame.lane} ${frame.number} ${frame.offset}`;
      if (this.#parts.has(part)) this.#tally.partsRepeated++;
      this.#parts.add(part);
    }
  }
}
