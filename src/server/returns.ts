// After a restart: whoever was here when the server died is online, where it was last seen, until it is back or has had
// its time for that. Nobody is away because the server was. Pure. PROTOCOL §8.4, §8.5.

import { toHex } from "#bytes";
import { numericAddress } from "#wire";

import { type Directory, type Person } from "./directory.ts";
import { type ServerEvent } from "./server-event.ts";
import { type SessionRecord } from "./store.ts";

export interface ReturnsOptions {
  /** Holds the persons of the books already. */
  readonly directory: Directory;
  readonly events: ServerEvent[];
  /** Sessions of the server that died; of several of one person the last counts. */
  readonly sessions: readonly SessionRecord[];
  readonly returnMs: number;
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
      if (person !== undefined && address !== undefined) options.directory.expect(person, address);
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

  wake(now: number): void {
    if (now < this.#dueAt) return;
    this.#dueAt = Number.POSITIVE_INFINITY;
    const { directory, events } = this.#options;
    for (const person of directory.persons()) {
      if (directory.stopExpecting(person)) events.push({ kind: "wentOffline", name: person.record.name });
    }
    for (const person of this.#asked.keys()) this.settle(person, now);
  }
}
