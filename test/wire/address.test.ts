import assert from "node:assert/strict";
import { isIP } from "node:net";
import { test } from "node:test";

import fc from "fast-check";

import { ByteWriter, decode, encode, fromHex, toHex } from "#bytes";
import { addressCodec, addressKey, networkOf, numericAddress, scopeOf, showAddress } from "#wire";

const canonical = (host: string): string | undefined => numericAddress(host, 1)?.host;

test("addresses have one form (RFC 5952)", () => {
  for (const [typed, shown] of [
    ["192.0.2.1", "192.0.2.1"],
    ["::", "::"],
    ["::1", "::1"],
    ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:db8::0:0:0", "2001:db8::"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::ffff:c000:201", "192.0.2.1"],
    ["64:ff9b::192.0.2.1", "64:ff9b::c000:201"],
    ["fe80::1%eth0", "fe80::1%eth0"],
    ["FE80:0::1%3", "fe80::1%3"],
    ["2001:db8::1%eth0", "2001:db8::1"],
  ] as const) {
    assert.equal(canonical(typed), shown, typed);
  }
});

test("what is no address is none", () => {
  const wrong = [
    "",
    "1.2.3",
    "1.2.3.4.5",
    "256.1.1.1",
    "01.2.3.4",
    "1.2.3.4 ",
    "::1::",
    ":::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
  ];
  for (const host of [
    ...wrong,
    "12345::",
    "g::",
    "::1.2.3",
    "::1.2.3.400",
    "localhost",
    "1:2:3:4:5:6:7::8",
    "fe80::1%",
    "fe80::1%a/b",
  ]) {
    assert.equal(canonical(host), undefined, host);
  }
  for (const port of [0, -1, 65_536, 1.5, Number.NaN]) assert.equal(numericAddress("192.0.2.1", port), undefined);
});

test("any text is an address exactly when node says so, and its canonical form is stable", () => {
  const piece = fc.constantFrom("0", "1", "ff", "ffff", "10000", ":", "::", ".", "1.2.3.4", "255", "256", "g");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 17 }), (pieces) => {
      const host = pieces.join("");
      const found = canonical(host);
      assert.equal(found !== undefined, isIP(host) !== 0, host);
      if (found !== undefined) assert.equal(canonical(found), found);
    }),
    { numRuns: 2000 },
  );
});

test("bytes: family, address, port; a zone stays at home", () => {
  const bytes = (host: string, port: number): string => toHex(encode(addressCodec, { host, port }));
  assert.equal(bytes("192.0.2.1", 4000), "04c00002010fa0");
  assert.equal(bytes("2001:db8::1", 1), "0620010db80000000000000000000000010001");
  assert.equal(bytes("fe80::1%eth0", 1), bytes("fe80::1", 1));
  assert.throws(() => bytes("example.org", 1), RangeError);
  for (const wrong of ["05c00002010fa0", "04c00002010000", "04c000020100", "0600000000000000000000ffffc00002010001"]) {
    assert.equal(decode(addressCodec, fromHex(wrong) ?? assert.fail()), undefined, wrong);
  }
});

test("what is read is canonical, and written as it was read", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(4, 6),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.nat(65_535),
      (family, host, port) => {
        const bytes = new ByteWriter()
          .u8(family)
          .bytes(host.subarray(0, family === 4 ? 4 : 16))
          .u16(port)
          .finish();
        const address = decode(addressCodec, bytes);
        if (address === undefined) return;
        assert.deepEqual(numericAddress(address.host, address.port), address);
        assert.deepEqual(encode(addressCodec, address), bytes);
      },
    ),
  );
});

test("scopes", () => {
  const scopes = {
    loopback: ["127.0.0.1", "127.255.255.255", "::1"],
    local: [
      "10.0.0.1",
      "172.16.0.1",
      "172.31.255.255",
      "192.168.1.1",
      "169.254.1.1",
      "100.64.0.1",
      "100.127.255.255",
      "fe80::1",
      "fc00::1",
      "fdff::1",
    ],
    global: ["192.0.2.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "11.0.0.0", "2001:db8::1"],
    none: ["0.0.0.0", "224.0.0.1", "255.255.255.255", "240.0.0.1", "169.254.255.255", "::", "ff02::1"],
  } as const;
  for (const [scope, hosts] of Object.entries(scopes)) {
    for (const host of hosts) assert.equal(scopeOf({ host, port: 1 }), scope, host);
  }
  assert.equal(scopeOf({ host: "example.org", port: 1 }), "none");
});

test("a network is one IPv4 address or a /64", () => {
  assert.equal(networkOf({ host: "192.0.2.1", port: 1 }), "192.0.2.1");
  assert.equal(networkOf({ host: "2001:db8:1:2:3:4:5:6", port: 1 }), "2001:db8:1:2::");
  assert.equal(networkOf({ host: "2001:db8:1:2::9", port: 2 }), "2001:db8:1:2::");
  assert.equal(showAddress({ host: "::1", port: 2 }), "[::1]:2");
  assert.equal(showAddress({ host: "192.0.2.1", port: 2 }), "192.0.2.1:2");
  assert.notEqual(addressKey({ host: "1.2.3.4", port: 5 }), addressKey({ host: "1.2.3.4", port: 6 }));
});
