import assert from "node:assert/strict";
import { test } from "node:test";

import { Pacer } from "../../src/transport/pacer.ts";

/** What leaves between two times at 1,000 bytes/ms, with a timer that comes `lateMs` late. */
function sentBetween(from: number, to: number, lateMs: number): number {
  const pacer = new Pacer();
  let sent = 0;
  for (let now = from; now < to;) {
    const release = pacer.releaseTime(1200, 1000, now);
    if (release > now) {
      now = release + lateMs;
      continue;
    }
    pacer.sent(1200);
    sent += 1200;
  }
  return sent;
}

test("a burst leaves at once, then what the rate allows", () => {
  const sent = sentBetween(1000, 1100, 0);
  assert.ok(sent >= 100_000 && sent <= 100_000 + 3600, `${sent}`);
});

test("a timer that comes late costs nothing, one that comes very late does not make up for all", () => {
  const late = sentBetween(1000, 1100, 5);
  assert.ok(late >= 94_000 && late <= 100_000 + 9200, `${late}`);
  assert.ok(sentBetween(1000, 1100, 50) <= 3600 + 2 * 9200);
});

test("after a quiet time no more than a burst leaves at once", () => {
  const pacer = new Pacer();
  pacer.releaseTime(1200, 1000, 0);
  let burst = 0;
  while (pacer.releaseTime(1200, 1000, 10_000) <= 10_000) {
    pacer.sent(1200);
    burst += 1200;
  }
  assert.equal(burst, 2400);
});
