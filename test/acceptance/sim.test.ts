import assert from "node:assert/strict";
import { test } from "node:test";

import { complaints, said, Stage } from "./stage.ts";

test("sim prints the network, what was promised and what happened, and ends with 0", async (t) => {
  const stage = await Stage.open(t);
  const words = "sim --loss 0.2 --delay 50 --jitter 20 --clients 5 --minutes 0.5 --seed 7".split(" ");
  const sim = stage.start(words, stage.home("sim"));
  assert.equal(await sim.exit(60_000), 0);
  const lines = said(sim);
  assert.deepEqual(lines.slice(0, 2), [
    "5 clients and a server, 0.5 min of talk in virtual time, scenario talk, seed 7",
    "Each way 50 to 70 ms, 20 % lost, 0 % doubled, 0 % damaged",
  ]);
  const text = lines.join("\n");
  assert.match(text, /^The network: [\d,]+ datagrams, (19|20|21)[.\d]* % lost, /m);
  assert.match(text, /^ {2}shown once +150 said, 150 shown, 0 lost, 0 doubled$/m);
  assert.match(text, /^ {2}in the order said +0 reordered$/m);
  assert.match(text, /^ {2}p50 (5|6)\d\.\d, p90 [\d.]+, p99 [\d.]+, longest [\d.]+$/m);
  assert.match(text, /^ +\d+ - \d+ +#{40} \d+$/m);
  assert.match(text, /^ {2}packets +[\d,]+ sent, [1-9][\d,]* taken for lost$/m);
  assert.equal(lines.at(-1), "Every promise was kept.");
  assert.deepEqual(complaints(sim), []);
});

test("equal seeds print the same, others do not", async (t) => {
  const stage = await Stage.open(t);
  const words = "sim --scenario storm --clients 4 --minutes 0.2 --seed".split(" ");
  const runs = ["3", "3", "4"].map((seed) => stage.start([...words, seed], stage.home(seed)));
  for (const run of runs) assert.equal(await run.exit(60_000), 0);
  const [one = [], same, other = []] = runs.map(said);
  assert.deepEqual(same, one);
  assert.notDeepEqual(other.slice(1), one.slice(1));
});

test("what sim has not is one line and 2", async (t) => {
  const stage = await Stage.open(t);
  for (const words of [
    ["--loss", "1"],
    ["--loss", "20%"],
    ["--clients", "1"],
    ["--clients", "2.5"],
    ["--minutes", "0"],
    ["--seed", "-1"],
    ["--scenario", "sunny"],
    ["--port", "4000"],
    ["fast"],
  ]) {
    const sim = stage.start(["sim", ...words], stage.home("sim"));
    assert.equal(await sim.exit(), 2, words.join(" "));
    assert.equal(complaints(sim).length, 1);
    assert.match(complaints(sim)[0] ?? "", /^udpchat: got .+, expected .+; .+$/);
  }
});

test("a signal ends sim at once, with its code", async (t) => {
  const stage = await Stage.open(t);
  const sim = stage.start(["sim", "--minutes", "1000"], stage.home("sim"));
  await sim.line(/^Each way /);
  sim.kill("SIGINT");
  assert.equal(await sim.exit(), 130);
});
