import assert from "node:assert/strict";
import { test } from "node:test";

import { decode, encode } from "#bytes";
import { type FromServer, fromServerCodec, type Request, requestCodec } from "#chat";

const row = {
  number: 300,
  name: "bob",
  personKey: new Uint8Array(32).fill(1),
  staticKey: new Uint8Array(32).fill(2),
  isOnline: true,
  address: { host: "10.0.0.1", port: 4000 },
};
const rowHex = `412c03626f62${"01".repeat(32)}${"02".repeat(32)}0101040a0000010fa0`;

/** Messages of version 1 as they are for good. */
const frozen: readonly (readonly [string, FromServer, string])[] = [
  [
    "a table",
    {
      kind: "notice",
      body: {
        kind: "table",
        epoch: new Uint8Array(8).fill(7),
        from: 0,
        to: 5,
        isFirst: true,
        isLast: false,
        isWhole: true,
        changes: [
          { kind: "row", ...row },
          { kind: "removed", number: 2 },
        ],
        hash: new Uint8Array(16).fill(9),
      },
    },
    `0201${"07".repeat(8)}00050100010201${rowHex}0302${"09".repeat(16)}`,
  ],
  ["a row that was found", { kind: "reply", id: 3, body: { kind: "found", row } }, `01030401${rowHex}`],
  ["nobody found", { kind: "reply", id: 3, body: { kind: "found", row: undefined } }, "01030400"],
];

for (const [what, message, hex] of frozen) {
  test(`${what} has the bytes that it always had`, () => {
    assert.equal(Buffer.from(encode(fromServerCodec, message)).toString("hex"), hex);
    assert.deepEqual(decode(fromServerCodec, Uint8Array.from(Buffer.from(hex, "hex"))), message);
  });
}

test("a look-up has the bytes that it always had", () => {
  const request: Request = { id: 3, body: { kind: "lookUp", name: "bob" } };
  assert.equal(Buffer.from(encode(requestCodec, request)).toString("hex"), "030603626f62");
});
