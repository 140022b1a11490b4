// The arguments of the bench beside peers.

import assert from "node:assert/strict";
import { test } from "node:test";

import { figureNames, subjectNames } from "../../../bench/side-by-side/figure-names.ts";
import { readOptions } from "../../../bench/side-by-side/options.ts";

test("without words everybody is measured in everything, five times, for tables", () => {
  assert.deepEqual(readOptions([]), {
    form: "table",
    figures: figureNames,
    subjects: subjectNames,
    runs: 5,
    isQuick: false,
    from: undefined,
    picture: undefined,
  });
});

test("words are taken, figures and subjects in the order of the tables, udpchat always among them", () => {
  const words = ["--json", "--only", "bulk,rtt_p50", "--peers", "floor,ws", "--runs", "3", "--quick"];
  assert.deepEqual(readOptions(words), {
    form: "json",
    figures: ["rtt_p50", "bulk"],
    subjects: ["udpchat", "ws", "floor"],
    runs: 3,
    isQuick: true,
    from: undefined,
    picture: undefined,
  });
});

test("an earlier run is told again", () => {
  const options = readOptions(["--markdown", "--from", "run.jsonl"]);
  assert.ok(!("wrong" in options));
  assert.equal(options.form, "markdown");
  assert.equal(options.from, "run.jsonl");
});

test("what makes no sense is refused with a reason", () => {
  for (const [words, reason] of [
    [["--only", "speed"], /no figure is called speed/],
    [["--peers", "ws,enet"], /nobody is called enet/],
    [["--runs", "0"], /--runs 1 to 100/],
    [["--runs", "2.5"], /--runs 1 to 100/],
    [["--json", "--markdown"], /either/],
    [["--fast"], /--fast/],
  ] as const) {
    const answer = readOptions(words);
    assert.ok("wrong" in answer);
    assert.match(answer.wrong, reason);
  }
});
