// How often things happened in a simulated world that a run must show to have happened. Pure.

import { toHex } from "#bytes";
import { type ClientMachine } from "#client";
import { type ServerEvent, type StoreOperation, type StoreResult } from "#server";

import { type Tally } from "./ledger.ts";
import { type PostTally } from "./post-ledger.ts";

/** Numbers of one run. */
export interface Counts extends Tally, PostTally {
  readonly gapsFilledByMail: number;
  readonly gapsFilledBySender: number;
  readonly gapsGivenUp: number;
  readonly duplicatesDropped: number;
  /** Messages that went over a session to their recipient after they had gone another way, … */
  readonly switchesToSession: number;
  /** … and to the server after they had gone over one. */
  readonly switchesToServer: number;
  /** Receipts that were kept for senders who were not here. */
  readonly receiptsForAway: number;
  /** Posts that came to a client that had them. */
  readonly postsResent: number;
  readonly putOut: number;
  /** Of them, those who were here, and whose packets were lost in bursts. */
  readonly putOutInBursts: number;
  /** Processes started again. */
  readonly clientRestarts: number;
  readonly serverRestarts: number;
}

type CountedElsewhere = "putOutInBursts" | "clientRestarts" | "serverRestarts";

export class Counters {
  /** Names by person key. */
  readonly #names = new Map<string, string>();
  readonly #counts = {
    gapsFilledByMail: 0,
    gapsFilledBySender: 0,
    gapsGivenUp: 0,
    duplicatesDropped: 0,
    switchesToSession: 0,
    switchesToServer: 0,
    receiptsForAway: 0,
    postsResent: 0,
    putOut: 0,
  };
  /** Letters, receipts and posts of others that were not what they should be. */
  #rejected = 0;

  get counts(): Omit<Counts, keyof Tally | keyof PostTally | CountedElsewhere> {
    return this.#counts;
  }

  get rejected(): number {
    return this.#rejected;
  }

  /** What a machine that ends had counted. */
  client(tally: ClientMachine["tally"]): void {
    const counts = this.#counts;
    counts.gapsFilledByMail += tally.gapsFilledByMail;
    counts.gapsFilledBySender += tally.gapsFilledBySender;
    counts.gapsGivenUp += tally.gapsGivenUp;
    counts.duplicatesDropped += tally.duplicatesDropped;
    counts.switchesToSession += tally.switchesToSession;
    counts.switchesToServer += tally.switchesToServer;
    counts.postsResent += tally.postsDuplicate;
    this.#rejected += tally.lettersRejected + tally.postsDropped;
  }

  server(event: ServerEvent): void {
    if (event.kind === "memberRemoved") this.#counts.putOut++;
  }

  /** Something is durable at the server. */
  kept(operation: StoreOperation, result: StoreResult, isHere: (name: string) => boolean): void {
    if (operation.kind === "putPerson") this.#names.set(toHex(operation.person.personKey), operation.person.name);
    if (operation.kind !== "collect" || typeof result === "string" || result.kind !== "collected") return;
    for (const key of result.toKeys) if (!isHere(this.#names.get(toHex(key)) ?? "")) this.#counts.receiptsForAway++;
  }
}
