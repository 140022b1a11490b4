// After a restart: whoever was here when the server died is online, where it was last seen, until it is back or has had
// its time for that. Nobody is away because the server was, and for as long the session stays in the books, for a server
// that dies again. Pure. PROTOCOL §8.4, §8.5.

import { toHex } from "#bytes";
import { numericAddress } from "#wire";

import { type Leaving } from "./attendance.ts";
import { type Directory, type Person } from "./directory.ts";
import { type ServerEvent } from "./server-event.ts";
import { type StoreQueue } from "./store-queue.ts";
import { type SessionRecord } from "./store.ts";

export interface ReturnsOptions {
  /** Holds the persons of the books already. */
  readonly directory: Directory;
  readonly store: StoreQueue;
  readonly events: ServerEvent[];
  /** Sessions of the server that died. */
  readonly sessions: readonly SessionRecord[];
  readonly returnMs: number;
  /** The highest number in the books: nobody who is expected has missed anything that was taken since. */
  readonly lastNumber: number;
  /** Somebody is away after all; the operator hears of it afterwards. */
  readonly onLeaving: (person: Person, how: Leaving, now: number) => void;
}

type Tell = (now: number) => void;

/** Those who are expected back. Times in monotonic ms. */
export class Returns {
  readonly #options: ReturnsOptions;
  #dueAt: number;
  /** Who waits to hear of whom; as many as requests come in `returnMs`. */
  readonly #asked = new Map<Person, Tell[]>();

  constructor(options: ReturnsOptions, now: number) {
    this.#options = options;
    for (const { personKey, host, port } of options.sessions) {
      const person = options.directory.byKey(toHex(personKey));
      const address = numericAddress(host, port);
      if (person !== undefined && address !== undefined) options.directory.expect(person, address, options.lastNumber);
    }
    this.#dueAt = options.sessions.length === 0 ? Number.POSITIVE_INFINITY : now + options.returnMs;
  }

  /** When those who are not back are away; +∞ once that is over. */
  get deadline(): number {
    return this.#dueAt;
  }

  /** Asks about an expected person: `tell` comes once, when it is back, or away after all. */
  ask(person: Person, tell: Tell): void {
    const tells = this.#asked.get(person);
    if (tells === undefined) this.#asked.set(person, [tell]);
    else tells.push(tell);
  }

  /** The person is back, or away. */
  settle(person: Person, now: number): void {
    const tells = this.#asked.get(person) ?? [];
    this.#asked.delete(person);
    for (const tell of tells) tell(now);
  }

  /** The person, if it is expected, is away from now on. */
  giveUp(person: Person, how: Leaving, now: number): void {
    const { directory, events, onLeaving, store } = this.#options;
    if (!directory.stopExpecting(person)) return;
    store.add([{ kind: "removeSession", personKey: person.personKey }], now);
    onLeaving(person, how, now);
    events.push({ kind: how, name: person.record.name });
    this.settle(person, now);
  }

  wake(now: number): void {
    if (now < this.#dueAt) return;
    this.#dueAt = Number.POSITIVE_INFINITY;
    for (const person of this.#options.directory.persons()) this.giveUp(person, "wentOffline", now);
  }
}
