import assert from "node:assert/strict";
import { test } from "node:test";

import { equalBytes } from "#bytes";
import { calm } from "#sim";
import { Lane } from "#transport";

import { messages, opened, pair } from "./pair.ts";

test("two endpoints open a session and pass messages both ways", () => {
  const { network, a, b, session } = pair(1);
  assert.ok(opened(a) && opened(b));
  a.endpoint.send(session, Lane.chat, Uint8Array.of(1, 2, 3));
  network.turn(a.host);
  network.run(network.now + 1000);
  assert.deepEqual(messages(b), [Uint8Array.of(1, 2, 3)]);
});

test("messages of every size arrive whole and in order over a bad network", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { network, random, a, b, session } = pair(seed, {
      ...calm,
      delayMs: 20,
      jitterMs: 15,
      loss: 0.2,
      duplicate: 0.1,
      corrupt: 0.02,
    });
    assert.ok(opened(a) && opened(b), `seed ${seed} opens`);
    const sent = Array.from({ length: 200 }, (_, i) =>
      random.dice(1 + (i % 10 === 0 ? random.below(60_000) : random.below(300))),
    );
    for (const message of sent) assert.ok(a.endpoint.send(session, Lane.chat, message.slice()));
    network.turn(a.host);
    network.run(network.now + 200_000, () => messages(b).length >= sent.length);
    const got = messages(b);
    assert.equal(got.length, sent.length, `seed ${seed}`);
    assert.ok(got.every((message, i) => equalBytes(message, sent[i] as Uint8Array)));
    assert.deepEqual(network.violations, []);
    // What was still under way is settled first.
    network.run(network.now + 5000);
    const settled = network.record.datagrams;
    network.run(network.now + 20_000);
    assert.ok(network.record.datagrams - settled < 20, "silence after the storm");
  }
});
