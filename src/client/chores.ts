// What is done now and then, however long a client lives. Pure. PROTOCOL §9.9.

/** How often. */
const EVERY_MS = 60 * 60 * 1000;

/** Times in monotonic ms. */
export class Chores {
  readonly #chores: readonly ((now: number) => void)[];
  #dueAt: number;

  /** All of them are due at once. */
  constructor(chores: readonly ((now: number) => void)[], now: number) {
    this.#chores = chores;
    this.#dueAt = now;
  }

  get deadline(): number {
    return this.#dueAt;
  }

  wake(now: number): void {
    if (now < this.#dueAt) return;
    this.#dueAt = now + EVERY_MS;
    for (const chore of this.#chores) chore(now);
  }
}
