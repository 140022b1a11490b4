// The driving end of a pair, on a contestant that answers from memory.

import assert from "node:assert/strict";
import { test } from "node:test";

import { type Contestant } from "../../../bench/side-by-side/contestant.ts";
import { Caller, times } from "../../../bench/side-by-side/figures/caller.ts";
import { quickAmount } from "../../../bench/side-by-side/work.ts";

interface Wire {
  readonly texts: string[];
  mostOutstanding: number;
}

async function callerOn(wire: Wire): Promise<Caller> {
  const never = (): never => {
    throw new Error("not asked for");
  };
  let outstanding = 0;
  const contestant: Contestant = {
    hub: never,
    join: never,
    arrive: never,
    greeter: never,
    call: (_, acknowledged) =>
      Promise.resolve({
        send: (text) => {
          wire.texts.push(text);
          wire.mostOutstanding = Math.max(wire.mostOutstanding, ++outstanding);
          setImmediate(() => {
            outstanding--;
            acknowledged();
          });
        },
        close: () => Promise.resolve(),
      }),
  };
  return Caller.open({ contestant, place: { port: 0, folder: "" }, amount: quickAmount, usage: never });
}

test("messages are numbered, of the asked length, and no more outstanding than allowed", async () => {
  const wire: Wire = { texts: [], mostOutstanding: 0 };
  const caller = await callerOn(wire);
  assert.equal(await caller.exchange(16, times(100)), 100);
  assert.equal(wire.mostOutstanding, 16);
  assert.equal(await caller.exchange(1, times(3), 40), 3);
  assert.deepEqual(
    wire.texts.map((text) => Number(text.slice(0, 10))),
    Array.from({ length: 103 }, (_, i) => i),
  );
  assert.deepEqual([wire.texts[0]?.length, wire.texts.at(-1)?.length], [100, 40]);
});

test("one at a time waits for each acknowledgement", async () => {
  const wire: Wire = { texts: [], mostOutstanding: 0 };
  const caller = await callerOn(wire);
  let noted = 0;
  await caller.exchange(1, times(20), undefined, () => {
    noted++;
    assert.equal(wire.texts.length, noted);
  });
  assert.equal(noted, 20);
  assert.equal(wire.mostOutstanding, 1);
});
