// Whom a name was first met with, and what follows when it is somebody else. Pure. PROTOCOL §9.5.

import { equalBytes } from "#bytes";
import { nameKey } from "#chat";

import { type Journal } from "./journal.ts";
import { type PersonPin } from "./profile.ts";

/** Names that strangers can make us pin; our user's own are not counted out. */
export const MOST_PINS = 65_536;

/** The pinned persons of a profile: one key a name, for good until `trust`. */
export class Pins {
  readonly #journal: Journal;
  readonly #byName = new Map<string, PersonPin>();

  constructor(pins: readonly PersonPin[], journal: Journal) {
    this.#journal = journal;
    for (const pin of pins) this.#byName.set(pin.nameKey, pin);
  }

  has(name: string): boolean {
    return this.#byName.has(nameKey(name));
  }

  /** The person key that a name is pinned to. */
  keyOf(name: string): Uint8Array | undefined {
    return this.#byName.get(nameKey(name))?.personKey;
  }

  /** Whether a name is pinned to another key than this one. */
  isChanged(name: string, personKey: Uint8Array): boolean {
    const pin = this.#byName.get(nameKey(name));
    return pin !== undefined && !equalBytes(pin.personKey, personKey);
  }

  /** Somebody shows up under a name: pins it, unless it is pinned. False where no more can be pinned. */
  meet(name: string, personKey: Uint8Array): boolean {
    if (this.has(name)) return true;
    if (this.#byName.size >= MOST_PINS) return false;
    this.trust(name, personKey);
    return true;
  }

  /** Pins the name to this key, whatever it was pinned to. */
  trust(name: string, personKey: Uint8Array): void {
    const pin = { nameKey: nameKey(name), name, personKey: personKey.slice() };
    this.#byName.set(pin.nameKey, pin);
    this.#journal.write({ kind: "pinPerson", pin });
  }
}
