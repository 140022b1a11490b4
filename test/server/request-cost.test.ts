import assert from "node:assert/strict";
import { test } from "node:test";

import { type RequestBody } from "#chat";

import { requestCost } from "../../src/server/request-cost.ts";

const scope = { tableRequests: 3, groupMembers: 33, everybody: 65, groups: 160 };
const key = new Uint8Array(32);
const kib = (n: number): Uint8Array => new Uint8Array(1024 * n - 512);
const post = (to: string | undefined): RequestBody => ({
  kind: "post",
  to,
  epoch: new Uint8Array(8),
  number: 1,
  messageId: new Uint8Array(16),
  sentAtMs: 0,
  scheme: 0,
  keyEpoch: 0,
  content: kib(4),
});

test("a request costs what it makes the server send, read and print", () => {
  const costs: readonly (readonly [RequestBody, number])[] = [
    [{ kind: "lookUp", name: "x" }, 1],
    [{ kind: "joinGroup", group: "x" }, 1],
    [{ kind: "resync" }, 4],
    [post("lab"), 1 + 32 / 16],
    [post(undefined), 1 + 64 / 16],
    [{ kind: "save", toKey: key, messageId: new Uint8Array(16), envelope: kib(32) }, 1.5],
    [{ kind: "fetch", box: 0, after: 0 }, 2],
    [{ kind: "collect", numbers: [], receipts: [] }, 1],
    [{ kind: "collect", numbers: Array.from({ length: 128 }, () => 1), receipts: [] }, 3],
    [
      { kind: "collect", numbers: [], receipts: Array.from({ length: 16 }, () => ({ toKey: key, envelope: kib(4) })) },
      2,
    ],
    [{ kind: "listGroups", after: undefined }, 1 + 160 / 16],
    [{ kind: "listGroups", after: "x" }, 1 + 100 / 16],
    [{ kind: "listMembers", after: undefined }, 1 + 33 / 16],
    [{ kind: "listMembers", after: "x" }, 1 + 100 / 16],
  ];
  for (const [body, cost] of costs) assert.equal(requestCost(body, scope), cost, body.kind);
});
