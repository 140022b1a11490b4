import assert from "node:assert/strict";
import { test } from "node:test";

import { x25519KeyPair } from "#crypto";
import { Random } from "#sim";

import { Journal } from "../../src/client/journal.ts";
import { FORGET_MS, MailKeys } from "../../src/client/mail-keys.ts";
import { MAIL_AGE_MS, mailTimeMs } from "../../src/client/mail-time.ts";
import { MemoryProfile } from "../../src/client/memory-profile.ts";
import { bytes } from "./records.ts";

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
const start = 1_800_000_000_000;

class Desk {
  readonly #random = new Random(1, "keys");
  readonly profile = new MemoryProfile(
    { personSeed: bytes(1, 32), deviceSecret: bytes(1, 32), deviceId: bytes(1, 16) },
    this.#random.dice,
  );
  journal = new Journal();
  renewed = 0;

  open(wallMs: number): MailKeys {
    this.journal = new Journal();
    const parts = { dice: this.#random.dice, journal: this.journal, renewed: () => this.renewed++ };
    return new MailKeys(this.profile.load().mailKeys, parts, wallMs);
  }

  commit(): void {
    for (let batch = this.journal.take(); batch !== undefined; batch = this.journal.take())
      this.journal.applied(this.profile.apply(batch), 0);
  }

  get kept(): readonly number[] {
    return this.profile.load().mailKeys.map(({ createdAtMs }) => createdAtMs - start);
  }
}

test("the first start makes a key, the next one has it still", () => {
  const desk = new Desk();
  const first = desk.open(start).current.publicKey;
  desk.commit();
  assert.deepEqual(desk.open(start + WEEK_MS - 1).current.publicKey, first);
  desk.commit();
  assert.deepEqual(desk.kept, [0]);
});

test("after a week there is another one, told of once it is safe; the old one opens mail still", () => {
  const desk = new Desk();
  const keys = desk.open(start);
  desk.commit();
  const first = keys.current.publicKey;
  keys.renew(start + WEEK_MS - 1);
  assert.equal(desk.journal.take(), undefined);
  keys.renew(start + WEEK_MS);
  keys.renew(start + WEEK_MS);
  assert.deepEqual([keys.current.publicKey, desk.renewed], [first, 0]);
  desk.commit();
  assert.notDeepEqual(keys.current.publicKey, first);
  assert.deepEqual([desk.renewed, desk.kept, keys.all.length], [1, [0, WEEK_MS], 2]);
  assert.deepEqual(keys.all.at(-1)?.publicKey, first);
});

test("a start after a long time makes one, too, and forgets no key to which mail may still be waiting", () => {
  const desk = new Desk();
  desk.open(start);
  desk.commit();
  const later = start + 20 * WEEK_MS;
  const keys = desk.open(later);
  desk.commit();
  assert.deepEqual([desk.kept, keys.all.length], [[0, 20 * WEEK_MS], 2]);
  keys.renew(later + FORGET_MS - 1);
  desk.commit();
  assert.equal(desk.kept.length, 3);
  keys.renew(later + FORGET_MS);
  desk.commit();
  assert.deepEqual([desk.kept, keys.all.length], [[20 * WEEK_MS, 20 * WEEK_MS + FORGET_MS - 1], 2]);
  assert.deepEqual(
    keys.all.map(({ publicKey }) => publicKey),
    desk.profile
      .load()
      .mailKeys.toReversed()
      .map(({ secret }) => x25519KeyPair(secret).publicKey),
  );
});

test("a clock that went back by more than a week does not keep a key for ever", () => {
  const desk = new Desk();
  const keys = desk.open(start);
  desk.commit();
  keys.renew(start - WEEK_MS);
  desk.commit();
  assert.deepEqual(desk.kept, [0, -WEEK_MS]);
});

test("mail is shown with the time of sending, or of arrival where that cannot be", () => {
  const arrived = start;
  assert.equal(mailTimeMs(arrived - 5, arrived), arrived - 5);
  assert.equal(mailTimeMs(arrived + 1, arrived), arrived);
  assert.equal(mailTimeMs(arrived - MAIL_AGE_MS, arrived), arrived - MAIL_AGE_MS);
  assert.equal(mailTimeMs(arrived - MAIL_AGE_MS - 1, arrived), arrived);
});
