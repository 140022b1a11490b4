import assert from "node:assert/strict";
import { test } from "node:test";

import { type ServerEvent, serverKeys, serverLines } from "#server";

test("the lines of BEHAVIOUR, without the prompt", () => {
  const address = { host: "192.0.2.1", port: 4000 };
  const [name, group] = ["Yb", "Tea"];
  const lines: readonly (readonly [ServerEvent, ...string[]])[] = [
    [{ kind: "registered", name, address }, "[Client Yb registered from 192.0.2.1:4000]"],
    [
      { kind: "registered", name, address: { host: "fe80::1", port: 4000 } },
      "[Client Yb registered from [fe80::1]:4000]",
    ],
    [{ kind: "deregistered", name }, "[Client Yb deregistered]"],
    [{ kind: "wentOffline", name }, "[Client Yb offline: no answer]"],
    [{ kind: "groupCreated", name, group }, "[Client Yb created group Tea successfully]"],
    [{ kind: "groupNotCreated", name, group }, "[Client Yb creating group Tea failed, group already exists]"],
    [
      { kind: "groupsListed", name, groups: ["Milk", "Tea"] },
      "[Client Yb requested listing groups, current groups:]",
      "Milk",
      "Tea",
    ],
    [{ kind: "groupsListed", name, groups: [] }, "[Client Yb requested listing groups, current groups:]"],
    [{ kind: "groupJoined", name, group }, "[Client Yb joined group Tea]"],
    [{ kind: "groupNotJoined", name, group }, "[Client Yb joining group Tea failed, group does not exist]"],
    [{ kind: "groupPostTaken", name }, "[Client Yb sent group message]"],
    [{ kind: "memberRemoved", name, group }, "[Client Yb not responsive, removed from group Tea]"],
    [
      { kind: "membersListed", name, group, members: ["Ann", "Yb"] },
      "[Client Yb requested listing members of group Tea:]",
      "Ann",
      "Yb",
    ],
    [{ kind: "groupLeft", name, group }, "[Client Yb left group Tea]"],
    [{ kind: "messageSaved", name }, "[Message for Yb saved]"],
  ];
  for (const [event, ...expected] of lines) assert.deepEqual(serverLines(event), expected);
});

test("the same seed gives the same keys, and another seed others", () => {
  const [a, again, b] = [1, 1, 2].map((byte) => serverKeys(new Uint8Array(32).fill(byte)));
  assert.deepEqual(a?.identity.publicKey, again?.identity.publicKey);
  assert.deepEqual(a?.staticKey.publicKey, again?.staticKey.publicKey);
  assert.notDeepEqual(a?.identity.publicKey, b?.identity.publicKey);
  assert.notDeepEqual(a?.staticKey.publicKey, b?.staticKey.publicKey);
  assert.notDeepEqual(a?.staticKey.publicKey, a?.identity.publicKey);
});
