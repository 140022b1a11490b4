// Whether those whom a simulated server put out of their groups were out of its reach. Pure. PROTOCOL §8.4, §8.8.

import { type ServerEvent } from "#server";

import { type Outage, type Troubles } from "./troubles.ts";

/** Silence that makes a verdict, ms, but for some jitter, … */
const VERDICT_MS = 450;
/** … or what is still under way when it is told. */
const UNDER_WAY_MS = 150;
/** Whoever was cut off for so long has given up its session, … */
const LONG_CUT_MS = 2000;
/** … and is not found before it has called: half a second after the cut at the latest, and so much for the loss of calls. */
const CALL_MS = 2000;
/** What somebody said before it died has arrived after so long, a registration among it. */
const LAST_WORDS_MS = 60;
/** Somebody who moved does not know, and is not found before it speaks: its next ping, and some for the loss of it. */
const NEXT_WORD_MS = 6000;
/** A restarted server waits so long for those who were here. */
const RETURN_MS = 5000;

export class PutOuts {
  readonly violations: string[] = [];
  /** Losses come in runs, which are cuts of their own: whoever is put out then is counted. */
  isBursty = false;
  readonly #troubles: Troubles;
  #inBursts = 0;
  /** When the server registered each name last. */
  readonly #registeredAt = new Map<string, number>();

  constructor(troubles: Troubles) {
    this.#troubles = troubles;
  }

  /** Members that were put out although only the weather was bad. */
  get inBursts(): number {
    return this.#inBursts;
  }

  told(event: ServerEvent, now: number): void {
    if (event.kind === "registered") this.#registeredAt.set(event.name, now);
    if (event.kind !== "memberRemoved") return;
    const { serverStartedAt } = this.#troubles;
    const knownAt = this.#registeredAt.get(event.name) ?? 0;
    const outages = this.#troubles.outagesOf(event.name);
    if (outages.some((outage) => isLongEnough(outage, knownAt, now))) return;
    if (this.isBursty) {
      this.#inBursts++;
      return;
    }
    const isAfterRestart = knownAt < serverStartedAt && now > serverStartedAt + RETURN_MS;
    const how = isAfterRestart ? "not back after a restart" : "live";
    this.violations.push(`${event.name} was put out of ${event.group} at ${now.toFixed(0)}, ${how}`);
  }
}

function isLongEnough({ from, until, what }: Outage, knownAt: number, now: number): boolean {
  switch (what) {
    case "dead":
      // Until it registers again the server knows the process that has died, and asks that one.
      return from > knownAt - LAST_WORDS_MS;
    case "cut":
      return now - from >= VERDICT_MS && now - until <= (until - from < LONG_CUT_MS ? UNDER_WAY_MS : CALL_MS);
    case "moved":
      return now - from < NEXT_WORD_MS;
    default:
      throw new TypeError(`no such outage: ${String(what satisfies never)}`);
  }
}
