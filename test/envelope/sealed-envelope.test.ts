// Envelopes open for whom they were sealed to, exactly as they were sealed, and for nothing and nobody else.

import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { concatBytes, encode, fromHex, toHex } from "#bytes";
import { certifyDevice } from "#chat";
import { type Dice, signingKey } from "#crypto";
import {
  LONGEST_ENVELOPE,
  LONGEST_TEXT,
  MOST_RECEIPTS,
  openEnvelope,
  type PeerMessage,
  peerMessageCodec,
  sealEnvelope,
} from "#envelope";

import { filled, handMadeEnvelope, somebody, textMessage } from "./hand-made-envelope.ts";

const alice = somebody(10, "alice");
const bob = somebody(20, "bob");
const carol = somebody(30, "carol");
/** What the server's requests have room for (PROTOCOL §8.7). */
const LETTER_BYTES = 67_584;
const RECEIPT_BYTES = 4096;

/** "frozen" from Alice to Bob: a header of 521 bytes from byte 11 on, content of 58 from byte 533 on. */
const frozen = [
  "01102ba114391531df4209ce8d3ad1ccb633ec7b70c17814a5c76ecd029685050d344745ba05870e587d59b4e1b564ec10dad927a72fd089",
  "5cd43ea6250b03db8a997f89c9214b47a1134074c336c7d8c633ea5b0786994f1101a515c40015c9007699c913966b801bf89e00b5f0711d",
  "cc8ba68e82fc1d5ea9ac0e461af4c892f32a1c383aac4c97d213831f5b65c391459eadbccf612f42640eb5feccfbee288fba750b9710552c",
  "f82334703f37ff8837789086adc4279934f6866f3b946ac63b02b67f2331303c958afd6c4bbc7cba53e5ba9eaa56abfdd8522775fc420a53",
  "0f5b9a761de37d5a0dcc1662400cd8e3cd11347e768de3c758c52591e86a66811e7912a8169279157de3a97e9a653c2f72b6ee7918475bd2",
  "0dfd55f2dcc5a1a0902059b54df77b95dd05ba12aace79f2c26ae64025bf9dcd322c6bc8421d5941aba71a8eabadae4451efbc521cbfa033",
  "98cb836f06823b0f3cfdf2e031dd34b3bdc36cc41f228eaff9a37f8b2a4ab9ed4f97d09b5826d3d0272f5c1ac6f0c38afc6e5344701d65fa",
  "e419242cec729e339519b0cc6d593bec517b7f6638cec4b00bc0062a53700201bc1373d17a1d3e5b7da9470425adde365668714411db5253",
  "e060b0f803951795468346d1fd84d1ba4d497f8825c64e10d009dd05e287621c7681441a93e310aff4fcd4120ee5f220b10e36df9818cd5d",
  "574ceae0df06653d5b7b0cb437f858d064405de22dfb32625a3f2ff93900365cc0ff4307d315ea789cbfb54a43f8a94d2dff264fee1881b8",
  "079fbd3fc17c054de12f36d38a2db7a1e459eaf4b97c572d94379c4270ea",
].join("");

/** 32 ones, then 32 twos, and so on: the same in each run. */
function countingDice(): Dice {
  let value = 0;
  return (length) => new Uint8Array(length).fill(++value);
}

function sealed(message: PeerMessage, from = alice, to = bob): Uint8Array {
  return sealEnvelope(from, to.hello.device, message, countingDice()) ?? assert.fail("not sealed");
}

function openedByBob(bytes: Uint8Array): ReturnType<typeof openEnvelope> {
  return openEnvelope(bytes, bob.personKey, [bob.mailKey]);
}

test("a text and receipts come out as they went in, with who sealed them", () => {
  const receipts: PeerMessage = {
    kind: "receipts",
    messageIds: [filled(1).subarray(0, 16), filled(2).subarray(0, 16)],
  };
  for (const message of [textMessage("grüße"), textMessage(""), receipts])
    assert.deepEqual(openedByBob(sealed(message)), { sender: alice.hello, message });
});

test("a sender without a registration is shown as one", () => {
  const hello = { device: alice.hello.device, registration: undefined };
  assert.deepEqual(openedByBob(sealed(textMessage("hi"), { ...alice, hello }))?.sender, hello);
});

test("the longest text of the longest name fits, and so do the most receipts", () => {
  const longName = somebody(10, "\u{10400}".repeat(32));
  const text = { ...textMessage("x".repeat(LONGEST_TEXT)), number: 2 ** 48, floor: 2 ** 48 };
  const letter = sealed(text, longName);
  assert.deepEqual(openedByBob(letter), { sender: longName.hello, message: text });
  // All but what the header leaves unused of its 1,024 bytes.
  assert.equal(letter.length, LONGEST_ENVELOPE - (1024 - 645));
  assert.ok(LONGEST_ENVELOPE <= LETTER_BYTES);

  const messageIds = Array.from({ length: MOST_RECEIPTS }, (_, i) => filled(i).subarray(0, 16));
  const receipts = sealed({ kind: "receipts", messageIds }, longName);
  assert.deepEqual(openedByBob(receipts)?.message, { kind: "receipts", messageIds });
  assert.ok(receipts.length <= RECEIPT_BYTES);
});

test("no envelope opens with any one of its bits turned", () => {
  const bytes = sealed(textMessage("hi"));
  const opened = [];
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const turned = bytes.slice();
    turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    if (openedByBob(turned) !== undefined) opened.push(bit);
  }
  assert.deepEqual(opened, []);
  assert.notEqual(openedByBob(bytes), undefined);
});

test("no envelope opens that is cut short or goes on", () => {
  const bytes = sealed(textMessage("hi"));
  for (let length = 0; length < bytes.length; length++)
    assert.equal(openedByBob(bytes.subarray(0, length)), undefined, `${length} bytes`);
  for (const more of [Uint8Array.of(0), filled(0), bytes])
    assert.equal(openedByBob(concatBytes(bytes, more)), undefined, `${more.length} bytes more`);
});

test("only its person opens it, with the mail key it was sealed to, however many there are", () => {
  const bytes = sealed(textMessage("hi"));
  assert.equal(openEnvelope(bytes, carol.personKey, [bob.mailKey]), undefined);
  assert.equal(openEnvelope(bytes, carol.personKey, [carol.mailKey]), undefined);
  assert.equal(openEnvelope(bytes, bob.personKey, [carol.mailKey]), undefined);
  assert.equal(openEnvelope(bytes, bob.personKey, []), undefined);
  assert.equal(openEnvelope(bytes, bob.personKey.subarray(0, 31), [bob.mailKey]), undefined);
  assert.notEqual(openEnvelope(bytes, bob.personKey, [carol.mailKey, alice.mailKey, bob.mailKey]), undefined);
});

test("an envelope made by hand from the protocol's text is the same, byte for byte", () => {
  const message = textMessage("by hand");
  assert.equal(toHex(handMadeEnvelope(alice, bob, { message })), toHex(sealed(message)));
});

test("a sealer that breaks one rule is not heard", () => {
  const signature = alice.hello.device.signature.slice();
  signature[5] = (signature[5] ?? 0) ^ 1;
  const text = encode(peerMessageCodec, textMessage("hi"));
  const wrong = {
    "another version": { version: 2 },
    "a prologue for somebody else": { prologue: filled(0) },
    "a header that names another recipient": { personKey: carol.personKey },
    "a hello of somebody else": { hello: carol.hello },
    "a static key that the hello does not name": { staticKey: carol.staticKey },
    "a device that its person did not certify": {
      hello: { ...alice.hello, device: { ...alice.hello.device, signature } },
    },
    "a hash of other content": { contentHash: filled(0) },
    "a byte behind the hello": { behindHello: Uint8Array.of(0) },
    "a byte behind the message": { plain: concatBytes(text, Uint8Array.of(0)) },
    "half a message": { plain: text.subarray(0, text.length - 1) },
    "a number in a longer form": { plain: Uint8Array.of(2, 0x40, 0) },
    "a kind that does not exist": { plain: Uint8Array.of(9, 0) },
    "a request to send again": { message: { kind: "resend", epoch: filled(1).subarray(0, 8), from: 1 } },
    "a floor above the number": { message: { ...textMessage("hi"), floor: 8 } },
  } as const;
  assert.notEqual(openedByBob(handMadeEnvelope(alice, bob)), undefined);
  for (const [rule, deviation] of Object.entries(wrong))
    assert.equal(openedByBob(handMadeEnvelope(alice, bob, deviation)), undefined, rule);
});

test("a header does not open on the content of another envelope, though the content key is the same", () => {
  // One length, one key: only what the header says of the content tells them apart.
  const one = sealed(textMessage("yes"));
  const other = sealed(textMessage("not"));
  const contentBytes = encode(peerMessageCodec, textMessage("yes")).length + 16;
  const mixed = concatBytes(one.subarray(0, -contentBytes), other.subarray(-contentBytes));
  assert.notDeepEqual(mixed, one);
  assert.equal(openedByBob(mixed), undefined);
});

test("nothing is sealed to a certificate that nobody signed, or to a mail key of small order", () => {
  const { device } = bob.hello;
  const dice = countingDice();
  const message = textMessage("hi");
  assert.equal(sealEnvelope(alice, { ...device, mailKey: carol.mailKey.publicKey }, message, dice), undefined);
  assert.equal(sealEnvelope(alice, { ...device, personKey: carol.personKey }, message, dice), undefined);
  const small = certifyDevice(signingKey(filled(20)), { ...device, mailKey: filled(0) });
  assert.equal(sealEnvelope(alice, small, message, dice), undefined);
  assert.deepEqual(dice(1), Uint8Array.of(1), "no dice were thrown");
});

test("a sealer's own mistakes are thrown", () => {
  const { device } = bob.hello;
  const resend: PeerMessage = { kind: "resend", epoch: filled(1).subarray(0, 8), from: 1 };
  assert.throws(() => sealEnvelope(alice, device, resend, countingDice()), RangeError);
  const torn = { staticKey: carol.staticKey, hello: alice.hello };
  assert.throws(() => sealEnvelope(torn, device, textMessage("hi"), countingDice()), RangeError);
  const tooLong = textMessage("x".repeat(LONGEST_TEXT + 1));
  assert.throws(() => sealEnvelope(alice, device, tooLong, countingDice()), RangeError);
});

test("equal dice make equal envelopes, other dice other ones", () => {
  const message = textMessage("hi");
  assert.deepEqual(sealed(message), sealed(message));
  const dice = countingDice();
  const first = sealEnvelope(alice, bob.hello.device, message, dice);
  const second = sealEnvelope(alice, bob.hello.device, message, dice);
  assert.notDeepEqual(first, second);
  assert.deepEqual(dice(1), Uint8Array.of(5), "four throws for two envelopes");
});

test("any bytes are an answer, and never an exception", () => {
  const bytes = sealed(textMessage("hi"));
  const headerAt = bytes.subarray(0, 11);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1500 }), (random) => {
      assert.equal(openedByBob(random), undefined);
      assert.equal(openedByBob(concatBytes(headerAt, random)), undefined);
    }),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.uint8Array({ minLength: 1, maxLength: 64 }), (at, random) => {
      const changed = concatBytes(bytes.subarray(0, at), random, bytes.subarray(at + random.length));
      fc.pre(toHex(changed) !== toHex(bytes));
      assert.equal(openedByBob(changed), undefined);
    }),
    { numRuns: 500 },
  );
});

test("version 1 is these bytes for ever", () => {
  assert.equal(toHex(sealed(textMessage("frozen"))), frozen);
  const bytes = fromHex(frozen) ?? assert.fail("no hex");
  assert.deepEqual(openedByBob(bytes), { sender: alice.hello, message: textMessage("frozen") });
});
