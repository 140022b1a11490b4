// What udpchat does for what it delivers, counted in virtual time: datagrams, bytes, seals and memory. A guard against large
// regressions that no noisy machine can trip. The bounds are a tenth above what is so now, memory a third.

import assert from "node:assert/strict";
import { Session } from "node:inspector/promises";
import { test } from "node:test";

import { simulateJoins } from "#sim";
import { DatagramType } from "#wire";

import { ServerActor } from "../../src/sim/server-actor.ts";
import { newNetwork, Person, SERVER } from "../client/stage.ts";

const TEXT = "x".repeat(100);

/** What was done for each message delivered. */
interface Work {
  readonly datagrams: number;
  readonly bytes: number;
  readonly seals: number;
}

/** A real server and clients, all of them in a group if it has a name, and what goes over the network from here on. */
function room(size: number, group?: string) {
  const { network, random } = newNetwork(1);
  const server = new ServerActor(network, random, SERVER, true, {});
  server.start();
  const address = (i: number) => ({ host: `10.1.${i >> 8}.${i & 255}`, port: 5000 });
  const people = Array.from({ length: size }, (_, i) => new Person(network, random, `n${i}`, address(i)));
  for (const person of people) person.start();
  const run = (ms: number): void => network.run(network.now + ms);
  run(2000);
  const [ann, bob] = people as [Person, Person];
  if (group !== undefined) {
    ann.ask((machine, now) => machine.createGroup(group, now));
    run(200);
    for (const person of people) person.ask((machine, now) => machine.joinGroup(group, now));
    run(1000);
  }
  const sums = { datagrams: 0, bytes: 0, seals: 0 };
  network.onDatagram = (_from, _to, bytes) => {
    sums.datagrams++;
    sums.bytes += bytes.length;
    if (((bytes[0] ?? 0) & 0xfc) === DatagramType.packet) sums.seals++;
  };
  const worked = (deliveries: number): Work => ({
    datagrams: sums.datagrams / deliveries,
    bytes: sums.bytes / deliveries,
    seals: sums.seals / deliveries,
  });
  return { ann, bob, people, run, sums, worked };
}

function shown(person: Person): number {
  return person.count("messageReceived") + person.count("postReceived");
}

/** Bytes that `what` allocates, those that are collected meanwhile included. */
async function allocatedBy(what: () => void): Promise<number> {
  const session = new Session();
  session.connect();
  try {
    await session.post("HeapProfiler.startSampling", {
      samplingInterval: 4096,
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true,
    });
    what();
    const { profile } = await session.post("HeapProfiler.stopSampling");
    return allocatedBelow(profile.head);
  } finally {
    session.disconnect();
  }
}

interface SampledCall {
  readonly selfSize: number;
  readonly children: readonly SampledCall[];
}

function allocatedBelow({ selfSize, children }: SampledCall): number {
  return children.reduce((sum, child) => sum + allocatedBelow(child), selfSize);
}

function within(work: Work, bounds: Work): void {
  for (const what of ["datagrams", "bytes", "seals"] as const)
    assert.ok(work[what] <= bounds[what], `${work[what].toFixed(2)} ${what}, ${bounds[what]} at most`);
}

test("a message by itself", () => {
  const { ann, bob, run, sums, worked } = room(2);
  ann.send("n1", TEXT);
  run(500);
  Object.assign(sums, { datagrams: 0, bytes: 0, seals: 0 });
  for (let i = 0; i < 200; i++) {
    ann.send("n1", TEXT);
    run(200);
  }
  assert.equal(shown(bob), 201);
  within(worked(200), { datagrams: 4.7, bytes: 325, seals: 4.7 });
});

test("two hundred messages at once", () => {
  const { ann, bob, run, sums, worked } = room(2);
  ann.send("n1", TEXT);
  run(500);
  Object.assign(sums, { datagrams: 0, bytes: 0, seals: 0 });
  for (let i = 0; i < 200; i++) ann.send("n1", TEXT);
  run(2000);
  assert.equal(shown(bob), 201);
  within(worked(200), { datagrams: 0.22, bytes: 200, seals: 0.22 });
});

test("posts to a group of fifty", () => {
  const { ann, people, run, sums, worked } = room(50, "lab");
  Object.assign(sums, { datagrams: 0, bytes: 0, seals: 0 });
  for (let i = 0; i < 40; i++) {
    ann.ask((machine, now) => machine.sendGroup(TEXT, now));
    run(50);
  }
  run(1000);
  assert.deepEqual(
    people.map((person) => shown(person)),
    people.map((person) => (person === ann ? 0 : 40)),
  );
  within(worked(40 * 49), { datagrams: 4.5, bytes: 345, seals: 4.5 });
});

test("what a client receives where a hundred join one after the other", () => {
  const { bytesPerClient } = simulateJoins(1, 100);
  assert.ok(bytesPerClient <= 12_100, `${bytesPerClient} bytes`);
});

test("memory for a message, at both ends", async () => {
  const { ann, bob, run } = room(2);
  const say = (count: number): void => {
    for (let i = 0; i < count; i++) {
      ann.send("n1", TEXT);
      run(20);
    }
  };
  say(300);
  const bytes = (await allocatedBy(() => say(1000))) / 1000;
  assert.equal(shown(bob), 1300);
  assert.ok(bytes <= 82_000, `${bytes.toFixed(0)} bytes`);
});
