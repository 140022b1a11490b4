// The arguments of the loss bench.

import assert from "node:assert/strict";
import { test } from "node:test";

import { readOptions } from "../../../bench/loss/options.ts";
import { contestants } from "../../../bench/loss/weather.ts";

test("without words everybody is measured in full, for a table", () => {
  assert.deepEqual(readOptions([]), {
    isQuick: false,
    form: "table",
    picture: undefined,
    from: undefined,
    contestants,
    part: undefined,
  });
});

test("words are taken, contestants in the order of the tables", () => {
  assert.deepEqual(
    readOptions(["--quick", "--json", "--picture", "a.svg", "--only", "udx,udpchat", "--part", "bulk"]),
    {
      isQuick: true,
      form: "json",
      picture: "a.svg",
      from: undefined,
      contestants: ["udpchat", "udx"],
      part: "bulk",
    },
  );
  assert.deepEqual(readOptions(["--markdown", "--from", "run.jsonl"]), {
    isQuick: false,
    form: "markdown",
    picture: undefined,
    from: "run.jsonl",
    contestants,
    part: undefined,
  });
});

test("what makes no sense is refused with a reason", () => {
  for (const [words, reason] of [
    [["--only", "tcp"], /no contestant is called tcp/],
    [["--part", "all"], /no part is called all/],
    [["--json", "--markdown"], /either/],
    [["--fast"], /--fast/],
    [["run.jsonl"], /run\.jsonl/],
  ] as const) {
    const answer = readOptions(words);
    assert.ok("wrong" in answer);
    assert.match(answer.wrong, reason);
  }
});
