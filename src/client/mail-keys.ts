// The keys that mail to us is sealed to: a new one every week, and old ones forgotten once no mail to them can come any
// more, which bounds what a thief of the profile can open. Pure. PROTOCOL §9.9.

import { type Dice, type KeyPair, x25519KeyPair } from "#crypto";

import { type Journal } from "./journal.ts";
import { MAIL_AGE_MS } from "./mail-time.ts";
import { type MailKey } from "./profile.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const RENEW_MS = 7 * DAY_MS;
/** An old key opens mail for so long after it was replaced: until the last mail to it is forgotten, and a week. */
export const FORGET_MS = MAIL_AGE_MS + 7 * DAY_MS;
const SECRET_BYTES = 32;

interface Key {
  readonly record: MailKey;
  readonly pair: KeyPair;
}

/** `wallMs` is the wall clock throughout. */
export class MailKeys {
  readonly #dice: Dice;
  readonly #journal: Journal;
  readonly #renewed: (now: number) => void;
  #current: Key;
  /** Those replaced, and when, in the order made. */
  #old: (Key & { readonly replacedAtMs: number })[] = [];
  #isRenewing = false;

  /** Where a profile has no key, or an old one only, the current one is a new one: nobody may be told of it before the
   * journal has it. `renewed` is told of later ones when they are safe. */
  constructor(
    mailKeys: readonly MailKey[],
    parts: { readonly dice: Dice; readonly journal: Journal; readonly renewed: (now: number) => void },
    wallMs: number,
  ) {
    this.#dice = parts.dice;
    this.#journal = parts.journal;
    this.#renewed = parts.renewed;
    const [first, ...others] = mailKeys.map(keyOf);
    this.#current = first ?? this.#make(wallMs);
    for (const key of others) this.#replace(key);
    if (first === undefined) this.#journal.write({ kind: "putMailKey", mailKey: this.#current.record });
    else if (this.#isDue(wallMs)) {
      const key = this.#make(wallMs);
      this.#journal.write({ kind: "putMailKey", mailKey: key.record });
      this.#replace(key);
    }
    this.#forgetOld(wallMs);
  }

  /** What is certified. */
  get current(): KeyPair {
    return this.#current.pair;
  }

  /** All that may open mail, the current one first. */
  get all(): readonly KeyPair[] {
    return [this.#current, ...this.#old].map(({ pair }) => pair);
  }

  /** Makes a new key when it is time, and forgets old ones. */
  renew(wallMs: number): void {
    this.#forgetOld(wallMs);
    if (this.#isRenewing || !this.#isDue(wallMs)) return;
    this.#isRenewing = true;
    const key = this.#make(wallMs);
    this.#journal.write({ kind: "putMailKey", mailKey: key.record }, (_, now) => {
      this.#isRenewing = false;
      this.#replace(key);
      this.#renewed(now);
    });
  }

  /** Also where the clock has gone back since, so far that the key would never get old. */
  #isDue(wallMs: number): boolean {
    return Math.abs(wallMs - this.#current.record.createdAtMs) >= RENEW_MS;
  }

  #make(wallMs: number): Key {
    return keyOf({ secret: this.#dice(SECRET_BYTES), createdAtMs: wallMs });
  }

  #replace(key: Key): void {
    this.#old.push({ ...this.#current, replacedAtMs: key.record.createdAtMs });
    this.#current = key;
  }

  #forgetOld(wallMs: number): void {
    const isOver = ({ replacedAtMs }: { readonly replacedAtMs: number }): boolean => wallMs >= replacedAtMs + FORGET_MS;
    for (const { record } of this.#old.filter(isOver)) {
      this.#journal.write({ kind: "dropMailKey", secret: record.secret });
    }
    this.#old = this.#old.filter((key) => !isOver(key));
  }
}

function keyOf(record: MailKey): Key {
  return { record, pair: x25519KeyPair(record.secret) };
}
