// What the other side must be told about credit: new limits, and that we wait for one. Pure. PROTOCOL §5.3.

import { type ByteWriter } from "#bytes";
import { type CreditClass, writeSmallFrame } from "#wire";

import { type ReceiveCredit } from "./credit.ts";
import { type RoundTrip } from "./round-trip.ts";
import { type SendLanes } from "./send-lanes.ts";
import { type SentFrame } from "./sent-frame.ts";
import { type Signal, Signals } from "./signals.ts";

/** Of one session. Times in monotonic ms. */
export class CreditNews {
  readonly #credit: Readonly<Record<CreditClass, ReceiveCredit>>;
  readonly #lanes: SendLanes;
  /** Undefined until something is to be repeated. */
  #signals: Signals | undefined;
  #owed: readonly CreditClass[] = [];

  constructor(credit: Readonly<Record<CreditClass, ReceiveCredit>>, lanes: SendLanes) {
    this.#credit = credit;
    this.#lanes = lanes;
  }

  /** When something should leave again that may have been lost; +∞ for nothing. */
  get deadline(): number {
    return this.#signals?.due?.dueAt ?? Number.POSITIVE_INFINITY;
  }

  /** The other side is to be told a new limit. */
  owe(credit: CreditClass): void {
    if (!this.#owed.includes(credit)) this.#owed = [...this.#owed, credit];
  }

  isDue(now: number): boolean {
    return this.#owed.length > 0 || this.#lanes.untoldBlock !== undefined || this.#isRepeatDue(now);
  }

  write(writer: ByteWriter, frames: SentFrame[], roundTrip: RoundTrip, now: number): void {
    const tell = (signal: Signal): void => {
      this.#writeSignal(writer, frames, signal);
      this.#signals ??= new Signals();
      this.#signals.left(signal, roundTrip, now);
    };
    for (const credit of this.#owed) tell({ type: "credit", class: credit });
    this.#owed = [];
    for (let blocked = this.#lanes.untoldBlock; blocked !== undefined; blocked = this.#lanes.untoldBlock)
      tell({ type: "blocked", class: blocked });
    while (this.#isRepeatDue(now)) {
      const again = this.#signals?.take(now);
      if (again !== undefined) this.#writeSignal(writer, frames, again);
    }
  }

  acknowledged(signal: Signal): void {
    this.#signals?.drop(signal);
  }

  /** A packet with it was lost. */
  lost(signal: Signal): void {
    if (signal.type === "credit") this.owe(signal.class);
    else this.#lanes.loseBlocked(signal.class);
  }

  /** Forgets that of being blocked where it is no longer true. */
  #isRepeatDue(now: number): boolean {
    for (;;) {
      const due = this.#signals?.due;
      if (due === undefined || due.dueAt > now) return false;
      if (due.signal.type === "credit" || this.#lanes.isBlocked(due.signal.class)) return true;
      this.#signals?.drop(due.signal);
    }
  }

  #writeSignal(writer: ByteWriter, frames: SentFrame[], signal: Signal): void {
    const limit = signal.type === "credit" ? this.#credit[signal.class].limit : this.#lanes.tellBlocked(signal.class);
    writeSmallFrame(writer, { ...signal, limit });
    frames.push(signal);
  }
}
