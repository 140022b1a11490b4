// Every reader of outside bytes against its corpus and some thousand bent inputs; `npm run fuzz` goes on hunting.

import assert from "node:assert/strict";
import { test } from "node:test";

import { toHex } from "#bytes";
import { Random } from "#sim";

import { readCorpus } from "./corpus.ts";
import { machines } from "./machines.ts";
import { mutated, sampleOf } from "./mutator.ts";
import { samplesOf, targets, tryOnce } from "./targets.ts";

for (const target of targets) {
  const { name, tries } = target;
  test(`${name}: its corpus, and ${tries} inputs bent from it, are read as promised`, () => {
    const corpus = readCorpus(name);
    assert.ok(corpus.length > 0, "there is a corpus");
    for (const bytes of corpus) target.check(bytes.slice());
    const samples = samplesOf(target);
    const random = new Random(1, name);
    let refused = 0;
    for (let i = 0; i < tries; i++) {
      const result = tryOnce(target, samples, random);
      if (typeof result !== "boolean") assert.fail(`${String(result.error)}\ninput ${toHex(result.input)}`);
      if (!result) refused++;
    }
    assert.ok(refused < tries, "some are accepted, so that what was read is looked at");
  });
}

test("each target's corpus is what its writers write today", () => {
  for (const { name, samples } of targets) {
    const corpus = new Set(readCorpus(name).map(toHex));
    for (const bytes of samples()) assert.ok(corpus.has(toHex(bytes)), `${name}: npm run fuzz -- --collect`);
  }
});

for (const { name, run } of machines)
  for (const seed of [1, 2])
    test(`${name}: honest people talk on while a forger bends their traffic, seed ${seed}`, () => run(seed));

test("the mutator knows where the fields of a sample lie, and bends them", () => {
  const target = targets.find(({ name }) => name === "peer-message") ?? assert.fail();
  const sample = samplesOf(target).find(({ fields }) => fields.length > 6);
  assert.ok(sample !== undefined);
  // A text: tag, id, epoch, number, floor, flag, time, length, UTF-8; the last as the text that it is.
  assert.deepEqual(sample.fields.map(({ kind, length }) => `${kind} ${length}`).slice(0, 7), [
    "u8 1",
    "bytes 16",
    "bytes 8",
    "varint 2",
    "varint 2",
    "u8 1",
    "u48 6",
  ]);
  const random = new Random(1, "mutator");
  const inputs = new Set(Array.from({ length: 500 }, () => toHex(mutated([sample], random))));
  assert.ok(inputs.size > 300, `${inputs.size} different inputs of 500`);
  assert.deepEqual(sampleOf(sample.bytes, target.read).fields, sample.fields, "the readers are as they were");
});
