// Whom a name was first met with, and what follows when it is somebody else. Pure. PROTOCOL §9.5.

import { equalBytes, toHex } from "#bytes";
import { nameKey } from "#chat";

import { type Journal } from "./journal.ts";
import { type PersonPin } from "./profile.ts";

/** The pinned persons of a profile: one key a name, for good until `trust`. */
export class Pins {
  readonly #journal: Journal;
  readonly #byName = new Map<string, PersonPin>();
  readonly #byPerson = new Map<string, PersonPin>();

  constructor(pins: readonly PersonPin[], journal: Journal) {
    this.#journal = journal;
    for (const pin of pins) this.#put(pin);
  }

  has(name: string): boolean {
    return this.#byName.has(nameKey(name));
  }

  /** The name that a person was pinned with. */
  nameOf(personKey: Uint8Array): string | undefined {
    return this.#byPerson.get(toHex(personKey))?.name;
  }

  /** Whether a name is pinned to another key than this one. */
  isChanged(name: string, personKey: Uint8Array): boolean {
    const pin = this.#byName.get(nameKey(name));
    return pin !== undefined && !equalBytes(pin.personKey, personKey);
  }

  /** First contact: pins the name, unless it is pinned. */
  meet(name: string, personKey: Uint8Array): void {
    if (!this.#byName.has(nameKey(name))) this.trust(name, personKey);
  }

  /** Pins the name to this key, whatever it was pinned to. */
  trust(name: string, personKey: Uint8Array): void {
    const pin = { nameKey: nameKey(name), name, personKey };
    this.#put(pin);
    this.#journal.write({ kind: "pinPerson", pin });
  }

  #put(pin: PersonPin): void {
    const before = this.#byName.get(pin.nameKey);
    if (before !== undefined) this.#byPerson.delete(toHex(before.personKey));
    this.#byName.set(pin.nameKey, pin);
    this.#byPerson.set(toHex(pin.personKey), pin);
  }
}
