// One request of each kind, as a client sends it, for tests that bend them.

import { type RequestBody } from "#chat";

import { type TestClient } from "./test-client.ts";

export function requestBodies(client: TestClient, other: TestClient): readonly RequestBody[] {
  const personKey = other.person.publicKey;
  const claimed = [
    { host: "10.1.2.3", port: 9 },
    { host: "fe80::1", port: 10 },
  ];
  return [
    client.registerBody({ claimed, table: { epoch: new Uint8Array(8), version: 300, hash: new Uint8Array(16) } }),
    { kind: "introduce", personKey, token: new Uint8Array(16) },
    { kind: "reportSilent", personKey },
    { kind: "resync" },
    { kind: "lookUp", name: "name" },
    { kind: "certificate", personKey },
    { kind: "save", toKey: personKey, messageId: new Uint8Array(16), envelope: new Uint8Array(40) },
    { kind: "fetch", box: 0, after: 0 },
    { kind: "collect", numbers: [1, 2, 300], receipts: [{ toKey: personKey, envelope: new Uint8Array(40) }] },
    { kind: "collect", numbers: [1, 2, 300], receipts: [] },
    { kind: "createGroup", group: "fuzz" },
    { kind: "listGroups", after: "a" },
    { kind: "joinGroup", group: "tea" },
    { kind: "leaveGroup" },
    { kind: "listMembers", after: undefined },
    client.postBody("text", { number: 2 ** 53 - 1 }),
    client.postBody("text", { to: undefined, scheme: 7 }),
  ];
}
