// When memory counts as flat: the last quarter of a life against its second one, by medians, with what is allowed.

import assert from "node:assert/strict";
import { test } from "node:test";

import { flatness, type Sample } from "../../../bench/soak/flatness.ts";

const allowed = { share: 0.1, bytes: 5 };

function every10(bytes: (at: number) => number): readonly Sample[] {
  return Array.from({ length: 41 }, (_, i) => ({ at: i * 10, bytes: bytes(i * 10) }));
}

test("a share and some bytes more are allowed, and no more", () => {
  for (const [last, isFlat] of [
    [115, true],
    [116, false],
  ] as const) {
    const samples = every10((at) => (at < 300 ? 100 : last));
    assert.deepEqual(flatness(samples, 0, 400, allowed), { second: 100, last, isFlat });
  }
});

test("the first quarter does not count, nor what is outside of the life, nor a single peak", () => {
  const samples = every10((at) => (at < 100 || at > 440 ? 1 : at === 350 ? 999 : 100));
  assert.equal(flatness(samples, 0, 400, allowed).isFlat, true);
  assert.equal(flatness([...samples, { at: 500, bytes: 999 }], 0, 400, allowed).last, 100);
});

test("what grows all the time is not flat, and a quarter without samples is no proof", () => {
  assert.equal(
    flatness(
      every10((at) => 100 + at),
      0,
      400,
      allowed,
    ).isFlat,
    false,
  );
  const samples = every10(() => 100).filter(({ at }) => at < 300);
  assert.equal(flatness(samples, 0, 400, allowed).isFlat, false);
});
