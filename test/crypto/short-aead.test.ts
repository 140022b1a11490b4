// The quicker way for short messages gives what node's cipher gives, and opens nothing that is not authentic.

import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { test } from "node:test";

import fc from "fast-check";

import { concatBytes } from "#bytes";
import { chachaPoly } from "#crypto";

import { MOST_ASSOCIATED_BYTES, MOST_SHORT_BYTES, shortAead, shortAeadIsReady } from "../../src/crypto/short-aead.ts";

const sealing = fc.record({
  key: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  nonce: fc.uint8Array({ minLength: 12, maxLength: 12 }),
  associated: fc.uint8Array({ maxLength: MOST_ASSOCIATED_BYTES }),
  plain: fc.uint8Array({ maxLength: MOST_SHORT_BYTES, size: "max" }),
});

function reference(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, plain: Uint8Array): Uint8Array {
  const cipher = createCipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 });
  cipher.setAAD(associated, { plaintextLength: plain.length });
  return concatBytes(cipher.update(plain), cipher.final(), cipher.getAuthTag());
}

test("it seals and opens as node's cipher does", async () => {
  await shortAeadIsReady;
  const short = shortAead() ?? assert.fail();
  fc.assert(
    fc.property(sealing, fc.nat({ max: 20 }), ({ key, nonce, associated, plain }, at) => {
      const target = new Uint8Array(at + plain.length + 16);
      short.sealInto(target, at, key, nonce, associated, plain);
      const sealed = target.slice(at);
      assert.deepEqual(sealed, reference(key, nonce, associated, plain));
      assert.ok(target.subarray(0, at).every((byte) => byte === 0));
      const opened = short.open(key, nonce, associated, sealed);
      assert.deepEqual(opened, plain);
      assert.equal(opened?.buffer.byteLength, plain.length, "in memory of its own");
    }),
  );
});

test("one bit anywhere, and nothing opens", async () => {
  await shortAeadIsReady;
  const short = shortAead() ?? assert.fail();
  fc.assert(
    fc.property(sealing, fc.nat(), ({ key, nonce, associated, plain }, which) => {
      const parts = [key, nonce, associated, reference(key, nonce, associated, plain)] as const;
      const bits = parts.reduce((sum, part) => sum + 8 * part.length, 0);
      let bit = which % bits;
      for (const part of parts) {
        if (bit >= 0 && bit < 8 * part.length) part[bit >> 3] = (part[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        bit -= 8 * part.length;
      }
      assert.equal(short.open(...parts), undefined);
    }),
  );
});

test("lengths about the bound, which go the one way or the other, come out the same", async () => {
  await shortAeadIsReady;
  const key = new Uint8Array(32).fill(7);
  for (const length of [MOST_SHORT_BYTES - 1, MOST_SHORT_BYTES, MOST_SHORT_BYTES + 1]) {
    for (const behind of [MOST_ASSOCIATED_BYTES, MOST_ASSOCIATED_BYTES + 1]) {
      const [plain, associated] = [new Uint8Array(length).fill(3), new Uint8Array(behind).fill(5)];
      const sealed = chachaPoly(key).seal(0, associated, plain);
      assert.deepEqual(sealed, reference(key, new Uint8Array(12), associated, plain));
      assert.deepEqual(chachaPoly(key).open(0, associated, sealed), plain);
    }
  }
});
