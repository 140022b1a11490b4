import assert from "node:assert/strict";
import { test } from "node:test";

import { encode } from "#bytes";
import { certifyDevice, deviceCertificateCodec, nameKey } from "#chat";
import { signingKey } from "#crypto";
import { type PersonRecord } from "#server";

import { Directory } from "../../src/server/directory.ts";

function record(n: number, name: string, changes: Partial<PersonRecord> = {}): PersonRecord {
  const person = signingKey(new Uint8Array(32).fill(n));
  const key = new Uint8Array(32).fill(n + 100);
  const device = encode(
    deviceCertificateCodec,
    certifyDevice(person, { deviceId: new Uint8Array(16), staticKey: key, mailKey: key, issuedMs: 0 }),
  );
  return {
    personKey: person.publicKey,
    name,
    nameKey: nameKey(name),
    device,
    firstSeenMs: n,
    lastSeenMs: n,
    address: undefined,
    ...changes,
  };
}

test("a person is found by name and key, keeps its number, and gives up its old name", () => {
  const changed: number[] = [];
  const directory = new Directory((number) => changed.push(number));
  const a = directory.put(record(1, "Alice"));
  const b = directory.put(record(2, "Bob"));
  assert.equal(directory.byName(nameKey("ALICE")), a);
  assert.equal(directory.put(record(1, "Ann")), a);
  assert.equal(directory.byName(nameKey("alice")), undefined);
  assert.equal(directory.byName(nameKey("ann")), a);
  assert.equal(directory.byKey(b.key), b);
  assert.deepEqual(directory.rowOf(1), {
    number: 1,
    name: "Ann",
    personKey: a.personKey,
    staticKey: new Uint8Array(32).fill(101),
    isOnline: false,
    address: undefined,
  });
  directory.remove(a);
  directory.remove(a);
  assert.deepEqual(
    [directory.size, directory.rowOf(1), directory.byKey(a.key), directory.byName(nameKey("ann"))],
    [1, undefined, undefined, undefined],
  );
  assert.deepEqual(changed, [1, 2, 1, 1]);
  assert.equal(directory.put(record(1, "Ann")).number, 3, "numbers are never used again");
});

test("whoever was here before is away where it was then, and its record does not move who was seen since", () => {
  const directory = new Directory(() => {});
  const address = { host: "192.0.2.1", port: 4000 };
  const a = directory.put(record(1, "a", { address }));
  assert.deepEqual(directory.rowOf(a.number)?.address, address);
  assert.equal(directory.rowOf(a.number)?.isOnline, false);
  const moved = { host: "192.0.2.2", port: 4001 };
  directory.setAddress(a, moved, 5);
  directory.put(record(1, "b", { address }));
  assert.deepEqual(directory.rowOf(a.number)?.address, moved);
});

test("an address in the books that is none is left out: it could not be told", () => {
  const directory = new Directory(() => {});
  for (const [i, address] of [
    { host: "localhost", port: 4000 },
    { host: "192.0.2.1", port: 0 },
  ].entries())
    assert.equal(directory.put(record(i + 1, `n${i}`, { address })).address, undefined);
});

test("networks hold whom they brought, until these are gone or elsewhere", () => {
  const directory = new Directory(() => {});
  const [a, b] = [directory.put(record(1, "a")), directory.put(record(2, "b"))];
  directory.setNetwork(a, "x");
  directory.setNetwork(b, "x");
  directory.setNetwork(a, "x");
  assert.equal(directory.heldBy("x"), 2);
  directory.setNetwork(a, "y");
  directory.remove(b);
  assert.deepEqual([directory.heldBy("x"), directory.heldBy("y")], [0, 1]);
});

test("first to go: longest expired, then youngest; never those on their way out", () => {
  const directory = new Directory(() => {});
  const put = (n: number, name: string, firstSeenMs: number, lastSeenMs: number): void => {
    directory.put(record(n, name, { firstSeenMs, lastSeenMs }));
  };
  put(1, "old", 10, 100);
  put(2, "young", 90, 100);
  put(3, "expired", 20, 40);
  put(4, "longexpired", 30, 35);
  const gone = new Set<string>();
  const order: string[] = [];
  for (
    let person = directory.firstToGo(50, (each) => gone.has(each.key));
    person !== undefined;
    person = directory.firstToGo(50, (each) => gone.has(each.key))
  ) {
    order.push(person.record.name);
    gone.add(person.key);
  }
  assert.deepEqual(order, ["longexpired", "expired", "young", "old"]);
});

test("books with a person without a device are refused, not passed over: the name would be anybody's", () => {
  assert.throws(
    () => new Directory(() => {}).put(record(1, "a", { device: new Uint8Array(3) })),
    /no device certificate/,
  );
});
