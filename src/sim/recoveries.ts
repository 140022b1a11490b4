// How often the transport of a simulated world had something to repair, as its endpoints tell an observer. Pure.

import { toHex } from "#bytes";
import { type Observation, type Observer } from "#transport";
import { addressKey } from "#wire";

/** Numbers of one run, over all endpoints. */
export interface RecoveryTally {
  readonly packets: number;
  readonly packetsLost: number;
  /** Parts of messages that left again, as they were lost or nothing came back for too long. */
  readonly retransmissions: number;
  /** Small messages that left again before anybody could know. */
  readonly secondCopies: number;
  readonly sessionsOpened: number;
  /** Sessions that went on from another address, … */
  readonly sessionsMoved: number;
  /** … and those of them whose place another one took, … */
  readonly sessionsSuperseded: number;
  /** … and among these those of which each side had opened one. */
  readonly bothOpened: number;
  readonly keysRenewed: number;
  /** Callers who were asked for a cookie, and sessions of those who were. */
  readonly cookiesAsked: number;
  readonly cookiesPaid: number;
  /** Words of a server that it has forgotten a session. */
  readonly resets: number;
  /** Packets for an open session that came a second time, or damaged. */
  readonly packetsDropped: number;
}

export class Recoveries implements Observer {
  /** By message, how much of it has left. */
  readonly #left = new Map<string, number>();
  /** Ids of open sessions, at their openers. */
  readonly #opened = new Set<string>();
  /** Addresses that were asked for a cookie and have no session since. */
  readonly #asked = new Set<string>();
  readonly #tally = {
    packets: 0,
    packetsLost: 0,
    retransmissions: 0,
    secondCopies: 0,
    sessionsOpened: 0,
    sessionsMoved: 0,
    sessionsSuperseded: 0,
    bothOpened: 0,
    keysRenewed: 0,
    cookiesAsked: 0,
    cookiesPaid: 0,
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
        return this.#sessionOpened(seen);
      case "sessionMoved":
        tally.sessionsMoved++;
        return;
      // What both sides tell of counts once, at the opener.
      case "keysRenewed":
        if (this.#opened.has(toHex(seen.ownId))) tally.keysRenewed++;
        return;
      case "sessionSuperseded":
        if (!this.#opened.has(toHex(seen.ownId))) return;
        tally.sessionsSuperseded++;
        if (seen.why === "bothOpened") tally.bothOpened++;
        return;
      case "sessionEnded":
        this.#opened.delete(toHex(seen.ownId));
        return;
      case "datagramSent":
        if (seen.type === "reset") tally.resets++;
        if (seen.type !== "cookie") return;
        tally.cookiesAsked++;
        this.#asked.add(addressKey(seen.address));
        return;
      case "packetReceived":
      case "datagramReceived":
      case "metricsUpdated":
        return;
      default:
        seen satisfies never;
    }
  };

  #sessionOpened({ address, opener, ownId }: Extract<Observation, { readonly kind: "sessionOpened" }>): void {
    if (opener === "us") {
      this.#opened.add(toHex(ownId));
      this.#tally.sessionsOpened++;
    } else if (this.#asked.delete(addressKey(address))) this.#tally.cookiesPaid++;
  }

  #sent({ copies, frames, id }: Extract<Observation, { readonly kind: "packetSent" }>): void {
    this.#tally.secondCopies += copies;
    const messages = frames.filter((frame) => frame.type === "message").slice(copies);
    for (const { lane, length, number, offset } of messages) {
      const message = `${toHex(id)} ${lane} ${number}`;
      const left = this.#left.get(message) ?? 0;
      if (offset < left) this.#tally.retransmissions++;
      this.#left.set(message, Math.max(left, offset + length));
    }
  }
}
