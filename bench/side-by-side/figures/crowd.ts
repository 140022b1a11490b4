// The driving process of a room: one member who speaks and all who listen, each of whom must hear everything once and in
// order.

import { setTimeout as pause } from "node:timers/promises";

import { type Line, numbered, NUMBER_DIGITS, numberOf } from "../contestant.ts";
import { type Ground } from "../work.ts";

const MESSAGE_BYTES = 100;
/** Messages at most that somebody has yet to hear. */
const UNDER_WAY = 64;
/** Members who join at once. */
const TOGETHER = 10;

export class Crowd {
  readonly #lines: Line[] = [];
  readonly #members: number;
  readonly #padding = "x".repeat(MESSAGE_BYTES - NUMBER_DIGITS);
  /** How many have yet to hear a message, by its number modulo UNDER_WAY. */
  readonly #missing = new Int32Array(UNDER_WAY);
  readonly #failed = Promise.withResolvers<never>();
  #said = 0;
  #heardByAll = 0;
  #onHeardByAll: () => void = () => {};

  private constructor(members: number) {
    this.#members = members;
  }

  static async open({ contestant, place }: Ground, members: number): Promise<Crowd> {
    const crowd = new Crowd(members);
    crowd.#lines.push(await contestant.join(place, 0, () => {}));
    for (let first = 1; first <= members; first += TOGETHER) {
      const numbers = Array.from({ length: Math.min(TOGETHER, members - first + 1) }, (_, i) => first + i);
      crowd.#lines.push(
        ...(await Promise.all(numbers.map((number) => contestant.join(place, number, crowd.#listener())))),
      );
    }
    return crowd;
  }

  /** Speaks while it may, until all have heard all; gives the number of deliveries. */
  async burst(mayGoOn: () => boolean): Promise<number> {
    const before = this.#said;
    const { promise, resolve } = Promise.withResolvers<void>();
    const fill = (): void => {
      while (this.#said - this.#heardByAll < UNDER_WAY && mayGoOn()) this.#say();
    };
    this.#onHeardByAll = () => {
      fill();
      if (this.#said === this.#heardByAll) resolve();
    };
    fill();
    await Promise.race([promise, this.#failed.promise]);
    return (this.#said - before) * this.#members;
  }

  /** Says one message each `everyMs`; gives for each how long it took until all had heard it, ms. */
  async paced(count: number, everyMs: number): Promise<readonly number[]> {
    const saidAt: number[] = [];
    const took: number[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onHeardByAll = () => {
      took.push(performance.now() - (saidAt[took.length] ?? Number.NaN));
      if (took.length === count) resolve();
    };
    const started = performance.now();
    for (let i = 0; i < count; i++) {
      const waitMs = started + i * everyMs - performance.now();
      if (waitMs > 0) await pause(waitMs);
      saidAt.push(performance.now());
      this.#say();
    }
    await Promise.race([promise, this.#failed.promise]);
    return took;
  }

  async close(): Promise<void> {
    await Promise.all(this.#lines.map((line) => line.close()));
  }

  #say(): void {
    this.#missing[this.#said % UNDER_WAY] = this.#members;
    this.#lines[0]?.send(numbered(this.#said++, this.#padding));
  }

  #listener(): (text: string) => void {
    let next = 0;
    return (text) => {
      const number = numberOf(text);
      if (number !== next) return this.#failed.reject(new Error(`heard message ${number} in place of ${next}`));
      next++;
      const missing = (this.#missing[number % UNDER_WAY] ?? 0) - 1;
      this.#missing[number % UNDER_WAY] = missing;
      if (missing > 0) return;
      this.#heardByAll++;
      this.#onHeardByAll();
    };
  }
}
