// What a server writes down because time has passed: that it is alive, who is still here, whose name is free again, what
// is too old to keep. Pure. PROTOCOL §8.5.

import { type Directory } from "./directory.ts";
import { type Groups } from "./groups.ts";
import { type Limits } from "./limits.ts";
import { type PostedNumbers } from "./posted-numbers.ts";
import { type StoreQueue } from "./store-queue.ts";
import { type WallClock } from "./wall-clock.ts";

/** How often the server notes that it is alive, ms. */
const ALIVE_EVERY_MS = 10_000;
/** How often names, groups and mail are looked through, ms. */
const LOOK_EVERY_MS = 60 * 60 * 1000;
/** Who is here for longer without a note gets one, so that a crash does not cost anybody the name, ms. */
const TOUCH_AFTER_MS = 24 * 60 * 60 * 1000;

export interface ChoresOptions {
  readonly directory: Directory;
  readonly store: StoreQueue;
  readonly wall: WallClock;
  readonly limits: Limits;
  readonly groups: Groups;
  readonly posted: PostedNumbers;
  readonly release: (nameKey: string, now: number) => void;
}

/** Times in monotonic ms. */
export class Chores {
  readonly #options: ChoresOptions;
  #aliveAt: number;
  #lookAt: number;
  #isNoteWaiting = false;

  constructor(options: ChoresOptions, now: number) {
    this.#options = options;
    this.#aliveAt = now;
    this.#lookAt = now + LOOK_EVERY_MS;
  }

  get deadline(): number {
    return Math.min(this.#aliveAt, this.#lookAt);
  }

  wake(now: number): void {
    if (now >= this.#aliveAt) this.#noteAlive(now);
    if (now >= this.#lookAt) this.#look(now);
  }

  #noteAlive(now: number): void {
    this.#aliveAt = now + ALIVE_EVERY_MS;
    if (this.#isNoteWaiting) return;
    this.#isNoteWaiting = true;
    this.#options.store.add([{ kind: "noteAlive", atMs: this.#options.wall.at(now) }], now, () => {
      this.#isNoteWaiting = false;
    });
  }

  #look(now: number): void {
    const { directory, groups, posted, store, wall, limits, release } = this.#options;
    this.#lookAt = now + LOOK_EVERY_MS;
    const wallMs = wall.at(now);
    const beforeMs = wallMs - limits.mailAgeMs;
    store.add([{ kind: "dropOld", beforeMs }], now);
    posted.dropOld(beforeMs);
    groups.dropUnused(now);
    for (const person of directory.persons()) {
      const unseenMs = wallMs - person.lastSeenMs;
      if (person.visitor === undefined && unseenMs > limits.leaseMs) release(person.record.nameKey, now);
      if (person.visitor === undefined || unseenMs < TOUCH_AFTER_MS) continue;
      directory.touch(person, wallMs);
      store.add([{ kind: "touchPerson", personKey: person.personKey, lastSeenMs: wallMs }], now);
    }
  }
}
