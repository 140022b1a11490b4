import assert from "node:assert/strict";
import { test } from "node:test";

import { type Address, numericAddress } from "#wire";

import { toldAddresses } from "../../src/server/told-addresses.ts";

function at(host: string, port = 4000): Address {
  const address = numericAddress(host, port);
  assert.ok(address !== undefined);
  return address;
}

/** Which of the claimed hosts are told to a peer. */
function told(observed: string, claimed: readonly string[], peer: string): readonly string[] {
  const whereabouts = { observed: at(observed), claimed: claimed.map((host) => at(host, 4001)) };
  return toldAddresses(whereabouts, at(peer)).claimed.map(({ host }) => host);
}

const cases: readonly (readonly [string, string, readonly string[], string, readonly string[]])[] = [
  ["a third party is never told", "198.51.100.1", ["203.0.113.9", "2001:db8::9"], "198.51.100.2", []],
  ["nor to somebody behind the same NAT", "198.51.100.1", ["203.0.113.9"], "198.51.100.1", []],
  ["nor by somebody on a LAN", "192.168.1.5", ["203.0.113.9"], "192.168.1.6", []],
  ["another port of the observed host", "198.51.100.1", ["198.51.100.1"], "203.0.113.2", ["198.51.100.1"]],
  ["private, to the same kind of private", "192.168.1.5", ["192.168.7.7"], "192.168.9.9", ["192.168.7.7"]],
  ["private, to another kind", "192.168.1.5", ["192.168.7.7", "10.0.0.1", "172.16.0.1"], "10.9.9.9", ["10.0.0.1"]],
  ["private, to somebody outside", "192.168.1.5", ["192.168.7.7", "fd00::1"], "198.51.100.2", []],
  ["private, to somebody behind the same NAT", "198.51.100.1", ["192.168.7.7"], "198.51.100.1", ["192.168.7.7"]],
  ["private, to somebody behind another NAT", "198.51.100.1", ["192.168.7.7"], "198.51.100.2", []],
  ["unique local", "fd00::5", ["fd00::7", "fe80::1"], "fdff::9", ["fd00::7"]],
  ["link-local", "fe80::5", ["fe80::7", "fd00::7"], "fe80::9", ["fe80::7"]],
  ["loopback of somebody elsewhere", "192.168.1.5", ["127.0.0.1", "::1"], "127.0.0.1", []],
  ["whoever is on loopback has that address only", "127.0.0.1", ["127.0.0.1", "192.168.7.7"], "127.0.0.1", []],
  [
    "nowhere",
    "192.168.1.5",
    ["224.0.0.1", "255.255.255.255", "0.0.0.0", "ff02::1", "::", "169.254.255.255"],
    "192.168.1.6",
    [],
  ],
  ["once each", "192.168.1.5", ["192.168.7.7", "192.168.7.7"], "192.168.9.9", ["192.168.7.7"]],
];

for (const [what, observed, claimed, peer, expected] of cases) {
  test(`claims: ${what}`, () => assert.deepEqual(told(observed, claimed, peer), expected));
}

test("an observed loopback address is for those who are observed there", () => {
  const whereabouts = { observed: at("127.0.0.1"), claimed: [] };
  assert.deepEqual(toldAddresses(whereabouts, at("::1")).observed, at("127.0.0.1"));
  assert.equal(toldAddresses(whereabouts, at("192.168.1.5")).observed, undefined);
  assert.deepEqual(toldAddresses({ observed: at("192.168.1.5"), claimed: [at("192.168.1.5")] }, at("127.0.0.1")), {
    observed: at("192.168.1.5"),
    claimed: [],
  });
});
