import assert from "node:assert/strict";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { test } from "node:test";

import { Pipe } from "../../src/cli/pipe.ts";

function open(): { input: PassThrough; output: PassThrough; pipe: Pipe; told: string[] } {
  const input = new PassThrough();
  const output = new PassThrough();
  const told: string[] = [];
  const pipe = new Pipe(input, output, {
    type: ({ text }) => told.push(text),
    endInput: () => told.push("END"),
    interrupt: () => told.push("INTERRUPT"),
    loseOutput: (error) => told.push(`LOST ${error.message}`),
  });
  return { input, output, pipe, told };
}

test("lines come in, the last one without a line break too, and then the end, once", async () => {
  const { input, told } = open();
  input.write("a\nb\r\nc");
  input.end();
  await once(input, "end");
  input.emit("error", new Error("late"));
  assert.deepEqual(told, ["a", "b", "c", "END"]);
});

test("an input that cannot be read has ended", () => {
  const { input, told } = open();
  input.emit("error", new Error("EBADF"));
  assert.deepEqual(told, ["END"]);
});

test("lines go out whole, and no lines are no line", () => {
  const { output, pipe } = open();
  pipe.print([">>> a", ">>> b\n    c"]);
  pipe.print([]);
  assert.equal(String(output.read()), ">>> a\n>>> b\n    c\n");
});

test("too much typed ahead holds the input back until there is room", async () => {
  const { input, pipe, told } = open();
  pipe.regulate(262_145);
  input.write("a\n");
  await new Promise(setImmediate);
  assert.deepEqual(told, []);
  pipe.regulate(262_144);
  await once(input, "data");
  assert.deepEqual(told, ["a"]);
});

test("an output that nobody reads is told of", () => {
  const { output, told } = open();
  output.emit("error", new Error("EPIPE"));
  assert.deepEqual(told, ["LOST EPIPE"]);
});

test("without an input it only prints", () => {
  const output = new PassThrough();
  const unused = (): never => assert.fail("nothing is typed");
  const pipe = new Pipe(undefined, output, { type: unused, endInput: unused, interrupt: unused, loseOutput: unused });
  pipe.regulate(0);
  pipe.print([">>> a"]);
  pipe.close();
  assert.equal(String(output.read()), ">>> a\n");
});
