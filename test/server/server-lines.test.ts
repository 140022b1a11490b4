import assert from "node:assert/strict";
import { test } from "node:test";

import { serverKeys, serverLine } from "#server";

test("the lines of BEHAVIOUR, without the prompt", () => {
  const address = { host: "192.0.2.1", port: 4000 };
  assert.equal(serverLine({ kind: "registered", name: "Yb", address }), "[Client Yb registered from 192.0.2.1:4000]");
  assert.equal(
    serverLine({ kind: "registered", name: "Yb", address: { host: "fe80::1", port: 4000 } }),
    "[Client Yb registered from [fe80::1]:4000]",
  );
  assert.equal(serverLine({ kind: "deregistered", name: "Yb" }), "[Client Yb deregistered]");
  assert.equal(serverLine({ kind: "wentOffline", name: "Yb" }), "[Client Yb offline: no answer]");
});

test("the same seed gives the same keys, and another seed others", () => {
  const [a, again, b] = [1, 1, 2].map((byte) => serverKeys(new Uint8Array(32).fill(byte)));
  assert.deepEqual(a?.identity.publicKey, again?.identity.publicKey);
  assert.deepEqual(a?.staticKey.publicKey, again?.staticKey.publicKey);
  assert.notDeepEqual(a?.identity.publicKey, b?.identity.publicKey);
  assert.notDeepEqual(a?.staticKey.publicKey, b?.staticKey.publicKey);
  assert.notDeepEqual(a?.staticKey.publicKey, a?.identity.publicKey);
});
