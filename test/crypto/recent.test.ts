import assert from "node:assert/strict";
import { test } from "node:test";

// By its file, as only crypto itself has a use for it.
import { Recent } from "../../src/crypto/recent.ts";

test("a result is worked out once while it is remembered, and the one asked for the longest ago goes first", () => {
  const recent = new Recent<string>(2);
  const worked: string[] = [];
  const get = (id: string): string | undefined =>
    recent.get(id, () => {
      worked.push(id);
      return id === "none" ? undefined : id.toUpperCase();
    });
  assert.deepEqual(["a", "b", "a", "c", "a", "b"].map(get), ["A", "B", "A", "C", "A", "B"]);
  assert.deepEqual(worked, ["a", "b", "c", "b"]);
  assert.deepEqual(["none", "none"].map(get), [undefined, undefined]);
  assert.deepEqual(worked.slice(4), ["none", "none"]);
});
