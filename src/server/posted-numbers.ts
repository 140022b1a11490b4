// Which posts of a person were taken, turned away, or are being written: so that one that comes again gets the answer it
// had, and goes out once. Pure. PROTOCOL §8.8.

import { toHex } from "#bytes";

import { MOST_POST_EPOCHS, type PostedRecord } from "./kept-records.ts";
import { type Asker, type Refusal } from "./speaker.ts";

/** Numbers turned away that are remembered for each epoch: more than a client leaves unanswered. */
const MOST_REFUSED = 64;
/** Who may wait for the answer to one post: as many sessions as ask for it while it is written. */
const MOST_ASKERS = 16;

/** The posts of one epoch of one person. */
export interface PostedEpoch {
  /** The highest number taken. */
  taken: number;
  /** Numbers above it, or below, that were turned away, with the reason. */
  readonly refused: Map<number, Refusal>;
  /** Numbers on their way to the store, and who waits for the answer. */
  readonly coming: Map<number, Asker[]>;
  atMs: number;
}

/** What is known of a number. */
export type PostedState = "unknown" | "coming" | "taken" | { readonly refusal: Refusal };

/** Epochs of at most `most` persons, MOST_POST_EPOCHS each; those longest unused go first. Wall-clock ms. */
export class PostedNumbers {
  readonly #most: number;
  /** By person key, then by epoch. */
  readonly #persons = new Map<string, Map<string, PostedEpoch>>();

  constructor(most: number, records: readonly PostedRecord[]) {
    this.#most = most;
    for (const { personKey, epoch, ownNumber, atMs } of records)
      this.epoch(toHex(personKey), epoch, atMs).taken = ownNumber;
  }

  /** Persons that are remembered. */
  get size(): number {
    return this.#persons.size;
  }

  /** What is known of an epoch of a person, from now on at least that it was used. */
  epoch(key: string, epoch: Uint8Array, atMs: number): PostedEpoch {
    const epochs = this.#persons.get(key) ?? new Map<string, PostedEpoch>();
    touch(this.#persons, key, epochs, this.#most);
    const name = toHex(epoch);
    const posted = epochs.get(name) ?? { taken: 0, refused: new Map(), coming: new Map(), atMs };
    // Of the epoch in use alone it matters what was turned away.
    for (const each of epochs.values()) if (each !== posted) each.refused.clear();
    posted.atMs = atMs;
    touch(epochs, name, posted, MOST_POST_EPOCHS);
    return posted;
  }

  /** Forgets epochs that were last used before that time. */
  dropOld(beforeMs: number): void {
    for (const [key, epochs] of this.#persons) {
      for (const [name, { atMs }] of epochs) if (atMs < beforeMs) epochs.delete(name);
      if (epochs.size === 0) this.#persons.delete(key);
    }
  }
}

/** What became of a post with that number. */
export function stateOf(posted: PostedEpoch, number: number): PostedState {
  if (posted.coming.has(number)) return "coming";
  const refusal = posted.refused.get(number);
  if (refusal !== undefined) return { refusal };
  return number <= posted.taken ? "taken" : "unknown";
}

/** One more waits for the answer; false if too many do. */
export function awaitAnswer({ coming }: PostedEpoch, number: number, asker: Asker): boolean {
  const askers = coming.get(number) ?? [];
  if (askers.length >= MOST_ASKERS) return false;
  coming.set(number, [...askers, asker]);
  return true;
}

/** The answer is known; gives who waits for it. */
export function decide(posted: PostedEpoch, number: number, refusal: Refusal | undefined): readonly Asker[] {
  const askers = posted.coming.get(number) ?? [];
  posted.coming.delete(number);
  if (refusal === undefined) posted.taken = Math.max(posted.taken, number);
  else touch(posted.refused, number, refusal, MOST_REFUSED);
  return askers;
}

/** Puts an entry at the end of the map's order, so that its start is what was longest unused, and keeps `most`. */
function touch<K, V>(map: Map<K, V>, key: K, value: V, most: number): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > most && oldest !== undefined) map.delete(oldest);
}
