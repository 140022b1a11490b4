import assert from "node:assert/strict";
import { test } from "node:test";

import { Recovery, type SentPacket } from "../../src/transport/recovery.ts";
import { RoundTrip } from "../../src/transport/round-trip.ts";

const packet = (number: number, sentAt: number): SentPacket => ({
  number,
  sentAt,
  bytes: 100,
  frames: [{ type: "ping" }],
  stamp: { delivered: 0, deliveredAt: 0, stretchAt: 0, isIdle: false },
});

/** Numbers 0 to `count` − 1, sent 1 ms apart from 0 on, on a path of 100 ms. */
function sent(count: number): Recovery {
  const recovery = new Recovery(new RoundTrip());
  recovery.roundTrip.sample(100, 0);
  for (let number = 0; number < count; number++) recovery.sent(packet(number, number));
  return recovery;
}

const range = (first: number, last = first): readonly { first: number; last: number }[] => [{ first, last }];
const numbers = (packets: readonly SentPacket[]): readonly number[] => packets.map(({ number }) => number);

test("a packet is lost when the third after it is acknowledged (§6.1.1)", () => {
  const recovery = sent(5);
  assert.deepEqual(numbers(recovery.acknowledge(range(2), 0, 101).lost), []);
  assert.deepEqual(numbers(recovery.acknowledge(range(3), 0, 102).lost), [0]);
  assert.deepEqual(numbers(recovery.acknowledge(range(4), 0, 103).lost), [1]);
  assert.equal(recovery.bytesInFlight, 0);
});

test("or 9/8 of a round trip after one that was acknowledged (§6.1.2)", () => {
  const recovery = sent(2);
  assert.deepEqual(numbers(recovery.acknowledge(range(1), 0, 101).lost), []);
  assert.equal(recovery.deadline, 112.5);
  assert.deepEqual(numbers(recovery.wake(112.4).lost), []);
  assert.deepEqual(numbers(recovery.wake(112.5).lost), [0]);
  assert.equal(recovery.deadline, Number.POSITIVE_INFINITY);
});

test("nothing is lost before something later is acknowledged; then a probe is due (§6.2)", () => {
  const recovery = sent(3);
  const timeout = 100 + 4 * 50 + 25;
  assert.equal(recovery.roundTrip.probeTimeout, timeout);
  assert.equal(recovery.deadline, 2 + timeout);
  assert.deepEqual(recovery.wake(2 + timeout), { lost: [], isProbeDue: true });
  assert.equal(recovery.probeCount, 1);
  assert.equal(recovery.deadline, 2 + timeout + 2 * timeout, "doubling");
});

test("probes back off to two seconds and no further", () => {
  const recovery = sent(1);
  let last = 0;
  const gaps = Array.from({ length: 8 }, () => {
    const at = recovery.deadline;
    assert.ok(recovery.wake(at).isProbeDue);
    const gap = at - last;
    last = at;
    return gap;
  });
  assert.deepEqual(gaps, [325, 650, 1300, 2000, 2000, 2000, 2000, 2000]);
});

test("on a path slower than that they wait for it", () => {
  const recovery = new Recovery(new RoundTrip());
  recovery.roundTrip.sample(1000, 0);
  recovery.sent(packet(0, 0));
  assert.equal(recovery.deadline, 1000 + 2000 + 25);
  recovery.wake(recovery.deadline);
  assert.equal(recovery.deadline, 2 * 3025);
});

test("what was acknowledged is over, and starts the backing off anew", () => {
  const recovery = sent(2);
  recovery.wake(recovery.deadline);
  assert.equal(recovery.probeCount, 1);
  const { acknowledged } = recovery.acknowledge(range(0, 1), 0, 400);
  assert.deepEqual(numbers(acknowledged), [0, 1]);
  assert.equal(recovery.probeCount, 0);
  assert.equal(recovery.deadline, Number.POSITIVE_INFINITY);
  assert.deepEqual(
    recovery.acknowledge(range(0, 1), 0, 500),
    { acknowledged: [], lost: [], isPersistent: false },
    "once",
  );
});

test("even probes come at their pace, the first no later than a probe timeout, with nothing in flight as well", () => {
  const recovery = sent(1);
  recovery.evenProbesMs = 45;
  assert.deepEqual(
    Array.from({ length: 4 }, () => {
      const at = recovery.deadline;
      recovery.wake(at);
      return at;
    }),
    [45, 90, 135, 180],
  );
  recovery.acknowledge(range(0), 0, 190);
  assert.equal(recovery.deadline, 225);
  recovery.evenProbesMs = undefined;
  assert.equal(recovery.deadline, Number.POSITIVE_INFINITY);
});

test("samples: only the largest, newly acknowledged, and with something that asked for it (§5.1)", () => {
  const recovery = sent(4);
  recovery.acknowledge(range(3), 0, 43);
  assert.equal(recovery.roundTrip.latest, 40);
  recovery.acknowledge(
    [
      { first: 3, last: 3 },
      { first: 1, last: 1 },
    ],
    0,
    90,
  );
  assert.equal(recovery.roundTrip.latest, 40, "3 was the largest, and known");
  const quiet = new Recovery(new RoundTrip());
  quiet.sentQuietly(0, 0);
  quiet.acknowledge(range(0), 0, 30);
  assert.ok(!quiet.roundTrip.isMeasured);
  assert.equal(quiet.bytesInFlight, 0);
  quiet.sent(packet(1, 100));
  quiet.sentQuietly(2, 110);
  quiet.acknowledge(range(1, 2), 0, 150);
  assert.equal(quiet.roundTrip.latest, 40, "the largest is what its delay was measured for");
});

test("packets of acknowledgements alone are not in flight, not probed for, and not remembered", () => {
  const recovery = new Recovery(new RoundTrip());
  for (let number = 0; number < 1000; number++) recovery.sentQuietly(number, number);
  assert.equal(recovery.bytesInFlight, 0);
  assert.equal(recovery.deadline, Number.POSITIVE_INFINITY);
  assert.equal(recovery.size, 0);
});

test("persistent congestion: two lost long apart, and nothing between came through (§7.6)", () => {
  const timeout = 325;
  const lostOver = (between: readonly number[]): boolean => {
    const recovery = new Recovery(new RoundTrip());
    recovery.roundTrip.sample(100, 0);
    for (let number = 0; number < 10; number++) recovery.sent(packet(number, number * 150));
    recovery.sent(packet(20, 2000));
    return recovery.acknowledge(
      [{ first: 20, last: 20 }, ...between.map((number) => ({ first: number, last: number }))],
      0,
      2100,
    ).isPersistent;
  };
  assert.ok(9 * 150 > 3 * timeout);
  assert.ok(lostOver([]));
  assert.ok(!lostOver([5]));
});

test("packets of the path before give no sample (RFC 9000 §9.4)", () => {
  const recovery = sent(2);
  recovery.startAnew(2);
  recovery.sent(packet(2, 50));
  recovery.acknowledge(range(1), 0, 60);
  assert.ok(!recovery.roundTrip.isMeasured);
  recovery.acknowledge(range(2), 0, 70);
  assert.equal(recovery.roundTrip.smoothed, 20);
});

test("an acknowledgement of a great range costs what was sent, not what it spans", () => {
  const recovery = sent(3);
  assert.deepEqual(numbers(recovery.acknowledge([{ first: 0, last: 2 ** 50 }], 0, 10).acknowledged), [0, 1, 2]);
});

test("the estimates are RFC 9002's (§5.3)", () => {
  const trip = new RoundTrip();
  trip.sample(100, 30);
  assert.deepEqual(
    [trip.smoothed, trip.probeTimeout, trip.lossDelay],
    [100, 100 + 200 + 25, 112.5],
    "the first sample as it is",
  );
  trip.sample(140, 10);
  assert.equal(trip.smoothed, (7 / 8) * 100 + 130 / 8);
  trip.sample(140, 1000);
  assert.equal(trip.smoothed, (7 / 8) * 103.75 + 115 / 8, "no more delay is believed than is allowed");
  trip.sample(101, 10);
  assert.equal(
    trip.smoothed,
    (7 / 8) * ((7 / 8) * 103.75 + 115 / 8) + 101 / 8,
    "nor below the least that was measured",
  );
  assert.equal(trip.least, 100);
});
