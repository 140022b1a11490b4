// The bench's messages: of the asked length, read back as they were, and never taken for whole when damaged.

import assert from "node:assert/strict";
import { test } from "node:test";

import { readMessage, writeMessage } from "../../../bench/loss/numbered-message.ts";

test("a message has the asked length and is read back", () => {
  for (const bytes of [100, 65_536]) {
    const text = writeMessage({ number: 2999, sentUs: 123_456_789_012 }, bytes);
    assert.equal(Buffer.byteLength(text), bytes);
    assert.deepEqual(readMessage(text), { number: 2999, sentUs: 123_456_789_012 });
  }
});

test("whatever character is changed, the message is damaged", () => {
  const text = writeMessage({ number: 7, sentUs: 1000 }, 100);
  for (let at = 0; at < text.length; at++) {
    const other = text[at] === "7" ? "8" : "7";
    assert.equal(readMessage(text.slice(0, at) + other + text.slice(at + 1)), undefined, `at ${at}`);
  }
  assert.equal(readMessage(text.slice(0, -1)), undefined);
  assert.equal(readMessage(""), undefined);
});
