// Stateful fuzz targets: whole machines among honest others, while somebody who sees every datagram replays, bends, tears
// and mixes them and sends them to anybody under any address. The others talk on, and nothing is lost or shown twice.

import assert from "node:assert/strict";

import { Random } from "#sim";
import { type Address } from "#wire";

import { Person, SERVER } from "../client/stage.ts";
import { Room } from "../server/room.ts";
import { mutated, type Sample } from "./mutator.ts";

export interface Machine {
  readonly name: string;
  /** Throws where a promise is broken. */
  readonly run: (seed: number) => void;
}

const ROUNDS = 60;
const FORGERIES_A_ROUND = 12;
const FORGER: Address = { host: "203.0.113.66", port: 666 };

interface Seen {
  readonly from: Address;
  readonly to: Address;
  readonly bytes: Uint8Array;
}

/** A real server, two real clients who talk, and a forger between them all. */
function house(seed: number): void {
  const room = new Room({ seed, address: SERVER });
  const { network } = room;
  const random = new Random(seed, "forger");
  const person = (name: string, place: number): Person =>
    new Person(network, new Random(seed, name), name, { host: `10.0.1.${place}`, port: 5000 });
  const [ana, bob] = [person("ana", 1), person("bob", 2)];
  const people = [ana, bob];
  const seen: Seen[] = [];
  let [toForger, fromForger] = [0, 0];
  network.onDatagram = (from, to, bytes) => {
    if (to.host === FORGER.host) toForger += bytes.length;
    seen.push({ from, to, bytes: bytes.slice() });
  };
  for (const each of people) each.start();
  room.run(1000);
  const machineAt = (address: Address): { receive(bytes: Uint8Array, from: Address, now: number): void } =>
    address.port === SERVER.port
      ? room.server
      : (people.find((each) => each.address.host === address.host) ?? ana).machine;
  const forge = (): void => {
    const { from, to } = random.pick(seen) ?? assert.fail();
    const about: Sample[] = Array.from({ length: 2 }, () => ({
      bytes: (random.pick(seen) ?? assert.fail()).bytes,
      fields: [],
    }));
    const bytes = random.chance(0.3) ? (about[0]?.bytes ?? assert.fail()) : mutated(about, random).slice(0, 1500);
    const sender = random.chance(0.5) ? FORGER : random.chance(0.5) ? from : to;
    if (sender === FORGER) fromForger += bytes.length;
    machineAt(random.chance(0.7) ? to : SERVER).receive(bytes.slice(), sender, network.now);
  };
  for (let round = 0; round < ROUNDS; round++) {
    ana.send("bob", `a${round}`);
    bob.send("ana", `b${round}`);
    for (let i = 0; i < FORGERIES_A_ROUND; i++) {
      forge();
      room.run(1);
    }
  }
  room.run(8000);
  const said = (letter: string): readonly string[] => Array.from({ length: ROUNDS }, (_, round) => `${letter}${round}`);
  assert.deepEqual(
    bob.shown,
    said("a").map((text) => `ana: ${text}`),
  );
  assert.deepEqual(
    ana.shown,
    said("b").map((text) => `bob: ${text}`),
  );
  for (const { ends, kinds } of people.map((each) => ({ ends: each.ends(), kinds: each.kinds }))) {
    assert.ok(ends.length === ROUNDS && ends.every((end) => end === "received"), ends.join(" "));
    assert.ok(kinds.every((kind) => !["serverSilent", "nameTaken", "refused", "keyChanged"].includes(kind)));
  }
  assert.deepEqual(room.lines, [
    "[Client ana registered from 10.0.1.1:5000]",
    "[Client bob registered from 10.0.1.2:5000]",
  ]);
  assert.ok(toForger <= fromForger, `${toForger} bytes for ${fromForger}`);
  const { sessions, halfOpen } = room.server.sizes;
  assert.ok(sessions === 2 && halfOpen <= 1024, `${sessions} sessions, ${halfOpen} half open`);
}

export const machines: readonly Machine[] = [{ name: "house", run: house }];
