// What the server keeps for one person and has no receipt yet: it may still come, so it holds the floor down, and it can
// be sent again when it is missed. Pure. PROTOCOL §9.9.

import { type Outgoing } from "./conversation.ts";

/** In the order of the sends. */
export class KeptMessages {
  /** By epoch; numbers only grow within each. */
  readonly #byEpoch = new Map<string, Set<Outgoing>>();

  add(message: Outgoing): void {
    const messages = this.#byEpoch.get(message.epochId);
    if (messages === undefined) this.#byEpoch.set(message.epochId, new Set([message]));
    else messages.add(message);
  }

  remove(message: Outgoing): void {
    const messages = this.#byEpoch.get(message.epochId);
    messages?.delete(message);
    if (messages?.size === 0) this.#byEpoch.delete(message.epochId);
  }

  has(message: Outgoing): boolean {
    return this.#byEpoch.get(message.epochId)?.has(message) === true;
  }

  /** The lowest number of an epoch. */
  lowest(epochId: string): number | undefined {
    const [first] = this.#byEpoch.get(epochId) ?? [];
    return first?.record.number;
  }

  /** Whether there are any of another epoch. */
  hasOther(epochId: string): boolean {
    return this.#byEpoch.size > (this.#byEpoch.has(epochId) ? 1 : 0);
  }

  /** Those of an epoch from a number on. */
  from(epochId: string, number: number): readonly Outgoing[] {
    return [...(this.#byEpoch.get(epochId) ?? [])].filter(({ record }) => record.number >= number);
  }

  /** Those that were typed before then, wall-clock ms. */
  before(sentAtMs: number): readonly Outgoing[] {
    return [...this.#byEpoch.values()].flatMap((all) => [...all].filter(({ record }) => record.sentAtMs < sentAtMs));
  }
}
