// One client names a victim as its own address to a thousand others, all of them real machines on a simulated network:
// nothing here needs rights, only half a minute.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Random } from "#sim";
import { type Address } from "#wire";

import { Person, SERVER } from "../client/stage.ts";
import { Room } from "../server/room.ts";

test("one client names a victim to 1,000 real others: what arrives there is counted, and is under 4 KB in any 10 s", () => {
  const crowd = 1000;
  const limits = { introductionsPerSecond: 1000, introductionBurst: 1000, introducedPerSecond: 1000, wholeTable: 1 };
  const room = new Room({ limits, address: SERVER });
  const victim: Address = { host: "10.99.99.99", port: 7 };
  const ports = [7, 8, 9, 10];
  const claimed = ports.map((port) => ({ host: victim.host, port }));
  const mallory = room.registered("mallory", {}, { claimed });
  const arrivals: { readonly at: number; readonly bytes: number }[] = [];
  room.network.onDatagram = (_, to, bytes) => {
    if (to.host === victim.host) arrivals.push({ at: room.network.now, bytes: bytes.length });
  };
  for (let i = 0; i < crowd; i++) {
    const place = { host: `10.1.${i >> 8}.${i & 255}`, port: 5000 };
    const other = new Person(room.network, new Random(i, "other"), `n${i}`, place);
    other.start();
    room.runUntil(() => other.kinds.includes("registered"), 1000);
    mallory.request({ kind: "introduce", personKey: other.personKey, token: room.random.dice(16) });
    // It stays for as long as it may knock somewhere, and is replaced by the next: a thousand at once take minutes.
    room.network.at(room.network.now + 500, () => other.kill());
    room.run(20);
  }
  assert.equal(room.server.sizes.persons, crowd + 1);
  room.run(10_000);
  const most = arrivals.reduce((max, { at }) => {
    const sum = arrivals
      .filter((each) => each.at >= at && each.at < at + 10_000)
      .reduce((all, { bytes }) => all + bytes, 0);
    return Math.max(max, sum);
  }, 0);
  assert.ok(arrivals.length > 10, "some of them knock there, as it may be true");
  assert.ok(most <= 4096, `${most} bytes in 10 s`);
  assert.ok(
    arrivals.every(({ bytes }) => bytes <= 64),
    "and only with probes",
  );
});
