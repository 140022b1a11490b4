// The driving end of a pair: sends numbered messages and keeps so many without their acknowledgement.

import { type Line, numbered, NUMBER_DIGITS } from "../contestant.ts";
import { type Ground } from "../work.ts";

const MESSAGE_BYTES = 100;

export class Caller {
  #line: Line | undefined;
  #sent = 0;
  #acked = 0;
  #onAcked: () => void = () => {};

  static async open({ contestant, place }: Ground): Promise<Caller> {
    const caller = new Caller();
    caller.#line = await contestant.call(place, () => {
      caller.#acked++;
      caller.#onAcked();
    });
    return caller;
  }

  /** Sends while it may, at most so many outstanding, until all are acknowledged; `noted` is told of each acknowledgement.
   * Gives how many there were. */
  async exchange(
    outstanding: number,
    mayGoOn: () => boolean,
    bytes = MESSAGE_BYTES,
    noted = (): void => {},
  ): Promise<number> {
    const line = this.#line;
    if (line === undefined) throw new Error("not connected");
    const padding = "x".repeat(bytes - NUMBER_DIGITS);
    const before = this.#acked;
    const { promise, resolve } = Promise.withResolvers<void>();
    const fill = (): void => {
      while (this.#sent - this.#acked < outstanding && mayGoOn()) line.send(numbered(this.#sent++, padding));
    };
    this.#onAcked = () => {
      noted();
      fill();
      if (this.#sent === this.#acked) resolve();
    };
    fill();
    await promise;
    return this.#acked - before;
  }

  /** Acknowledged messages/s over a time, after a fifth of it to warm up. */
  async rate(outstanding: number, forMs: number): Promise<number> {
    await this.exchange(outstanding, until(performance.now() + forMs / 5));
    const started = performance.now();
    const acked = await this.exchange(outstanding, until(started + forMs));
    return (acked * 1000) / (performance.now() - started);
  }

  async close(): Promise<void> {
    await this.#line?.close();
  }
}

export function until(endMs: number): () => boolean {
  return () => performance.now() < endMs;
}

/** True so many times. */
export function times(count: number): () => boolean {
  let left = count;
  return () => left-- > 0;
}
