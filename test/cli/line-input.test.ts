import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { keptBeginning, LineInput, mostKeptBytes } from "../../src/cli/line-input.ts";
import type { TypedLine } from "../../src/cli/typed-line.ts";

function linesOf(bytes: Uint8Array, cuts: readonly number[] = []): TypedLine[] {
  const input = new LineInput();
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  let from = 0;
  const lines: TypedLine[] = [];
  for (const to of ends) {
    lines.push(...input.receive(bytes.subarray(from, to)));
    from = to;
  }
  return [...lines, ...input.end()];
}

function textsOf(text: string | Uint8Array): string[] {
  return linesOf(typeof text === "string" ? Buffer.from(text) : text).map((line) => line.text);
}

test("lines end in LF or CRLF, and the last one at the end", () => {
  assert.deepEqual(textsOf("a\nb\r\n\nc"), ["a", "b", "", "c"]);
  assert.deepEqual(textsOf("a\n"), ["a"]);
  assert.deepEqual(textsOf("a\r"), ["a"]);
  assert.deepEqual(textsOf(""), []);
  assert.deepEqual(textsOf("a\rb\r\r\n"), ["a\rb\r"]);
});

test("NUL and control characters are part of a line, bytes that are no UTF-8 become U+FFFD", () => {
  assert.deepEqual(textsOf("a\u0000b\u001b[2J\u0085\n"), ["a\u0000b\u001b[2J\u0085"]);
  assert.deepEqual(textsOf(Uint8Array.of(0x61, 0xff, 0xc3, 0x0a, 0xe2, 0x82)), ["a\ufffd\ufffd", "\ufffd"]);
});

test("a byte order mark is left out at the start of the input only", () => {
  assert.deepEqual(linesOf(Buffer.from("\ufeff\ufeffa\n\ufeffb"), [1, 4]), [
    { text: "\ufeffa", bytes: 4, isWhole: true },
    { text: "\ufeffb", bytes: 4, isWhole: true },
  ]);
});

test("a line counts its bytes as they would be sent", () => {
  assert.deepEqual(linesOf(Buffer.from("é€😀\r\n")), [{ text: "é€😀", bytes: 9, isWhole: true }]);
  assert.deepEqual(linesOf(Uint8Array.of(0xff)), [{ text: "\ufffd", bytes: 3, isWhole: true }]);
});

test("a line of 1 MiB is kept, one byte more is counted only", () => {
  const [kept] = linesOf(Buffer.alloc(mostKeptBytes, "x"));
  assert.equal(kept?.text.length, mostKeptBytes);
  assert.equal(kept?.isWhole, true);
  const lines = linesOf(Buffer.from(`send bob ${"x".repeat(mostKeptBytes)}\r\nnext\n`), [5, 70_000, 900_000]);
  assert.deepEqual(
    lines.map(({ text, bytes, isWhole }) => [text.length, bytes, isWhole]),
    [
      [keptBeginning, mostKeptBytes + 9, false],
      [4, 4, true],
    ],
  );
  assert.ok(lines[0]?.text.startsWith("send bob xxx"));
});

test("a line without end costs bounded memory", () => {
  const input = new LineInput();
  const chunk = Buffer.alloc(65_536, "x");
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  const chunks = 16_384;
  for (let i = 0; i < chunks; i++) assert.deepEqual(input.receive(chunk), []);
  assert.ok(process.memoryUsage.rss() - before < 128 * 1_048_576, "grew by 128 MiB over a line of 1 GiB");
  assert.deepEqual(
    input.end().map(({ bytes, isWhole }) => ({ bytes, isWhole })),
    [{ bytes: chunks * 65_536, isWhole: false }],
  );
});

test("however the input is cut, the lines are the same", () => {
  const piece = fc.oneof(
    fc.constantFrom("\n", "\r\n", "\r", "\u0000", "é", "😀", "\ufeff", "send bob hi"),
    fc.string({ unit: "binary" }),
  );
  const bytes = fc.oneof(
    fc.array(piece).map((pieces) => new Uint8Array(Buffer.from(pieces.join("")))),
    fc.uint8Array({ maxLength: 64 }),
  );
  fc.assert(
    fc.property(bytes, fc.array(fc.nat({ max: 1000 })), (input, cuts) => {
      assert.deepEqual(linesOf(input, cuts), linesOf(input));
      assert.deepEqual(
        linesOf(
          input,
          Array.from(input, (_, i) => i),
        ),
        linesOf(input),
      );
    }),
  );
});

test("what was joined by line breaks comes apart again", () => {
  const line = fc.string({ unit: "grapheme" }).filter((text) => !/[\r\n\ufeff]/.test(text));
  fc.assert(
    fc.property(fc.array(line), fc.constantFrom("\n", "\r\n"), (lines, lineBreak) => {
      assert.deepEqual(textsOf(lines.map((each) => each + lineBreak).join("")), lines);
    }),
  );
});
