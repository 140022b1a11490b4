// Texts on a stream of bytes, in whatever pieces it comes.

import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { framed, Unframer } from "../../../bench/side-by-side/length-prefixed.ts";

test("a text stands behind the length of its bytes", () => {
  assert.equal(framed("né").toString("hex"), "000000036ec3a9");
});

test("texts come whole and in order, however the stream is cut", () => {
  const texts = fc.array(fc.string({ unit: "binary", maxLength: 40 }), { maxLength: 8 });
  const pieces = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(texts, pieces, (sent, lengths) => {
      const stream = Buffer.concat(sent.map(framed));
      const taken: string[] = [];
      const unframer = new Unframer((text) => taken.push(text));
      for (let at = 0, i = 0; at < stream.length; i++) {
        const end = at + (lengths[i % lengths.length] ?? 1);
        unframer.push(stream.subarray(at, end));
        at = end;
      }
      assert.deepEqual(taken, sent);
    }),
    { numRuns: 40 },
  );
});

test("what is not whole yet is not given", () => {
  const taken: string[] = [];
  const unframer = new Unframer((text) => taken.push(text));
  unframer.push(framed("whole").subarray(0, 8));
  assert.deepEqual(taken, []);
  unframer.push(framed("whole").subarray(8));
  assert.deepEqual(taken, ["whole"]);
});
