import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { test } from "node:test";

import { mtuTowards } from "../../src/io/interface-mtu.ts";

test("a neighbour is reached by the interface in whose subnet it is, and nobody knows of what is behind a router", () => {
  for (const address of Object.values(networkInterfaces()).flatMap((each) => each ?? [])) {
    const mtu = mtuTowards({ host: address.address, port: 1 });
    assert.ok(mtu === undefined || mtu >= 576, `${address.address}: ${mtu}`);
    if (process.platform === "linux") assert.ok(mtu !== undefined, address.address);
  }
  // Addresses for documentation are on nobody's network.
  assert.equal(mtuTowards({ host: "203.0.113.9", port: 1 }), undefined);
  assert.equal(mtuTowards({ host: "2001:db8::9", port: 1 }), undefined);
});
