import assert from "node:assert/strict";
import { test } from "node:test";

import {
  certifyDevice,
  type DeviceCertificate,
  MOST_COLLECTED,
  MOST_COLLECTED_RECEIPTS,
  type RequestBody,
} from "#chat";
import { signingKey, x25519KeyPair } from "#crypto";
import { MOST_RECEIPTS, openEnvelope } from "#envelope";
import { Random } from "#sim";

import { Collector, PAUSE_MS } from "../../src/client/collector.ts";
import { bytes } from "./records.ts";

const { dice } = new Random(1, "collector");
const mailKey = x25519KeyPair(dice(32));
const staticKey = x25519KeyPair(dice(32));

function device(key = mailKey.publicKey): DeviceCertificate {
  return certifyDevice(signingKey(dice(32)), {
    deviceId: dice(16),
    staticKey: staticKey.publicKey,
    mailKey: key,
    issuedMs: 1,
  });
}

const hello = { device: device(), registration: undefined };
const ann = device();

class Desk {
  readonly told: Extract<RequestBody, { readonly kind: "collect" }>[] = [];
  isRegistered = true;
  readonly collector = new Collector(
    {
      sealer: () => ({ staticKey, hello }),
      isRegistered: () => this.isRegistered,
      tell: (body) => this.isRegistered && body.kind === "collect" && this.told.push(body) > 0,
    },
    dice,
  );
}

test("at once when none left for a while, else gathered, and no more often than every 10 ms", () => {
  const desk = new Desk();
  for (let now = 0; now <= 1000; now++) {
    desk.collector.collected(now + 1);
    desk.collector.flush(now);
  }
  assert.deepEqual(desk.told[0]?.numbers, [1]);
  assert.equal(desk.told.length, 1 + 1000 / PAUSE_MS);
  assert.deepEqual(
    desk.told.flatMap(({ numbers }) => numbers),
    Array.from({ length: 1001 }, (_, i) => i + 1),
  );
});

test("nothing is due where nothing waits, or nobody would hear it; then it leaves when somebody does", () => {
  const desk = new Desk();
  assert.equal(desk.collector.deadline, Number.POSITIVE_INFINITY);
  desk.isRegistered = false;
  desk.collector.collected(1);
  desk.collector.flush(0);
  assert.deepEqual([desk.collector.deadline, desk.told.length], [Number.POSITIVE_INFINITY, 0]);
  desk.isRegistered = true;
  desk.collector.flush(1);
  assert.deepEqual([desk.told.length, desk.collector.deadline], [1, Number.POSITIVE_INFINITY]);
});

test("receipts for one sender are sealed together, so that only that sender can read them", () => {
  const desk = new Desk();
  for (const n of [1, 2, 3]) desk.collector.collected(n, { device: ann, messageId: bytes(n, 16) });
  desk.collector.collected(4);
  desk.collector.flush(0);
  const [collect] = desk.told;
  assert.deepEqual([collect?.numbers, collect?.receipts.length], [[1, 2, 3, 4], 1]);
  const [receipt] = collect?.receipts ?? [];
  assert.deepEqual(receipt?.toKey, ann.personKey);
  const opened = openEnvelope(receipt?.envelope ?? bytes(0, 0), ann.personKey, [mailKey]);
  assert.deepEqual(opened?.message, { kind: "receipts", messageIds: [1, 2, 3].map((n) => bytes(n, 16)) });
});

test("one request holds so many numbers, receipts and senders; the rest goes into the next", () => {
  const desk = new Desk();
  for (let n = 1; n <= MOST_COLLECTED + 10; n++) desk.collector.collected(n);
  for (let n = 1; n <= MOST_RECEIPTS + 5; n++)
    desk.collector.collected(1000 + n, { device: ann, messageId: bytes(n, 16) });
  for (let n = 1; n <= MOST_COLLECTED_RECEIPTS + 5; n++)
    desk.collector.collected(2000 + n, { device: device(), messageId: bytes(n, 16) });
  for (let now = 0; now < 1000; now += PAUSE_MS) desk.collector.flush(now);
  assert.deepEqual(
    desk.told.map(({ numbers, receipts }) => [numbers.length, receipts.length]),
    [
      [MOST_COLLECTED, 0],
      [10 + MOST_RECEIPTS, 1],
      [5 + MOST_COLLECTED_RECEIPTS - 1, MOST_COLLECTED_RECEIPTS],
      [6, 6],
    ],
  );
});

test("nothing can be sealed to a sender's key: its letter is collected without a receipt", () => {
  const desk = new Desk();
  desk.collector.collected(1, { device: device(bytes(0, 32)), messageId: bytes(1, 16) });
  desk.collector.flush(0);
  assert.deepEqual(desk.told, [{ kind: "collect", numbers: [1], receipts: [] }]);
});

test("there is room for so much, and stopped it forgets", () => {
  const desk = new Desk();
  desk.isRegistered = false;
  let count = 0;
  while (desk.collector.hasRoom && count < 10_000) desk.collector.collected(++count);
  assert.equal(count, 4096);
  desk.collector.stop();
  desk.isRegistered = true;
  desk.collector.flush(0);
  assert.deepEqual([desk.collector.hasRoom, desk.told], [true, []]);
});
