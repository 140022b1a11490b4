import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { text } from "node:stream/consumers";

const script = join(import.meta.dirname, "..", "..", "scripts", "seeds.ts");

async function seeds(words: string): Promise<{ readonly code: number | null; readonly said: string }> {
  const child = spawn(process.execPath, [script, ...words.split(" ")], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  return { said: await text(child.stdout), code: await ended };
}

test("worlds too few to take every recovery path are said to be, and end with 1", async () => {
  const { code, said } = await seeds("--seeds 5 --workers 2 --first 11");
  assert.equal(code, 1);
  assert.match(said, /^5 worlds from seed 11 on, 1 each of talk, weather, accidents, groups, storm; 2 workers$/m);
  assert.match(
    said,
    /^ {2}storm +1 worlds, 1 histories; 224 said, at least 2\d\d moved among 4 clients in each; \d+ datagrams$/m,
  );
  assert.match(said, /^ {2}keys renewed +\d+$/m);
  assert.match(said, /^NEVER TAKEN: /m);
  assert.match(said, /^5 worlds, 0 violations, [1-9]\d* recovery paths never taken; \d+ s with 2 workers$/m);
});

test("what a scenario cannot lead to is not missed", async () => {
  const { said } = await seeds("--seeds 3 --scenario weather");
  assert.match(said, /^ {2}weather +3 worlds, 3 histories; /m);
  assert.match(said, /^ {2}restart of the server +0, in no world of these$/m);
  assert.doesNotMatch(said, /NEVER TAKEN: restart/);
});
