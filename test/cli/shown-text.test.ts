import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { shownText } from "../../src/cli/shown-text.ts";

const forbidden =
  /[\p{Cc}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u00ad\ufeff\ufff9-\ufffb\u2028\u2029]|\p{Surrogate}/u;

// Texts in which sequences, their ends and their pieces meet often.
const piece = fc.constantFrom(
  ..."\u001b \u009b \u009d \u0090 \u009c \u0007 \u0018 [ ] P X ^ _ \\ ; ? 0 31 m A a é >>>".split(" "),
  ..."\n \r \r\n \v \f \t \u0000 \u007f \u0085 \u2028 \u2029 \u202e \u2066 \ufeff \u200d \u{e0067} \u{e007f} \u{1f3f4}".split(
    " ",
  ),
  " ",
  "\ud83d",
  "\udc68",
);
const hostile = fc.oneof(
  fc.array(piece, { maxLength: 40 }).map((all) => all.join("")),
  fc.string({ unit: "binary" }),
);

const examples: readonly (readonly [string, string, string])[] = [
  ["a title set, ended by BEL", "\u001b]0;evil\u0007hi", "hi"],
  ["a title set, ended by ST", "\u001b]2;evil\u001b\\hi", "hi"],
  ["a title set in 8-bit form", "\u009d0;evil\u009chi", "hi"],
  ["cursor up and a false line", "a\u001b[2A\r>>> [Client table updated.]", "a\n    >>> [Client table updated.]"],
  ["a false line below", "a\n>>> mallory: hi", "a\n    >>> mallory: hi"],
  ["a link that lies", "\u001b]8;;http://evil\u001b\\bank\u001b]8;;\u001b\\", "bank"],
  ["the clipboard written", "x\u001b]52;c;cm0gLXJm\u0007y", "xy"],
  ["colours", "\u001b[1;31mred\u001b[0m", "red"],
  ["colours in 8-bit form", "\u009b31mred\u009b0m", "red"],
  ["private parameters and intermediates", "\u001b[?1049h\u001b[2 qx", "x"],
  ["a device string over two lines", "\u001bPq#0\n#1\u001b\\ok", "ok"],
  ["application, privacy and start-of-string", "\u001b_a\u001b\\1\u001b^b\u001b\\2\u001bXc\u001b\\3", "123"],
  ["a string cancelled", "\u001b]0;a\u0018b", "b"],
  ["a string that another sequence ends", "\u001b]0;a\u001b[31mred", "red"],
  ["a string without an end", "a\u001b]0;hidden\nnext", "a\n    next"],
  ["a string that a next-line ends", "\u001b]a\u0085b", "\n    b"],
  ["a string that a vertical tab ends", "\u001b]a\vb", "\n    b"],
  ["reset, character set, save", "\u001bc1\u001b(B2\u001b73", "123"],
  ["an escape inside an escape", "\u001b\u001b[Ax", "x"],
  ["an escape that a mark breaks", "\u001b\u200e[31mx", "[31mx"],
  ["a sequence that breaks off", "\u001b[31", ""],
  ["a lone escape", "a\u001b", "a"],
  ["backspaces and bells", "a\b\b\u0007\u007fb", "ab"],
  ["bidirectional marks", "a\u202eb\u2066c\u200fd\u061ce", "abcde"],
  ["invisible characters", "a\u00adb\ufeffc\u200bd\u2060e", "abcde"],
  ["tags without a flag", "a\u{e0068}\u{e0069}", "a"],
  [
    "all line breaks",
    "a\nb\rc\r\nd\ve\ff\u0085g\u2028h\u2029i",
    "a\n    b\n    c\n    d\n    e\n    f\n    g\n    h\n    i",
  ],
  ["a tab", "a\tb", "a    b"],
  ["halves of characters", "\ud83dx\udc68", "\ufffdx\ufffd"],
];

for (const [what, text, shown] of examples) test(`${what} is made safe`, () => assert.equal(shownText(text), shown));

test("emoji, accents and scripts stay as they are", () => {
  const flag = "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}";
  const texts = ["👨‍👩‍👧‍👦", "❤️", "1️⃣", "🇩🇪", "👍🏽", flag, "می‌خواهم", "क्‍ष", "e\u0301", "日本", "שלום", "  two  spaces  "];
  for (const text of texts) assert.equal(shownText(text), text);
});

test("nothing dangerous is left, and only we begin lines", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const [first = "", ...rest] = shownText(text).split("\n");
      for (const line of [first, ...rest]) assert.doesNotMatch(line, forbidden);
      for (const line of rest) assert.match(line, /^ {4}/);
    }),
    { numRuns: 2000 },
  );
});

test("a shown line is shown as it is", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      for (const line of shownText(text).split("\n")) assert.equal(shownText(line), line);
    }),
    { numRuns: 2000 },
  );
});

test("harmless text is not touched", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      fc.pre(!/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(text));
      assert.equal(shownText(text), text);
    }),
  );
});

test("time is linear in the length", () => {
  const units = [
    "a",
    "\u001b",
    "\u001b[",
    "\u001b[1;",
    "\u001b]",
    "\u009d\n",
    "\u009da\n\u0085",
    "\u001b ",
    "\r",
    "\u{1f3f4}\u{e0061}",
  ];
  const million = 1_000_000;
  const texts = [
    ...units.map((unit) => unit.repeat(million / unit.length)),
    `\u001b[${"1".repeat(million)}`,
    `\u001b]${"a\n".repeat(million / 2)}`,
    `${"\u009d".repeat(million / 2)}${"a\n".repeat(million / 4)}`,
  ];
  // What is quadratic takes minutes here; what is linear, a hundredth of this bound.
  for (const text of texts) {
    const started = performance.now();
    shownText(text);
    assert.ok(performance.now() - started < 5000, JSON.stringify(text.slice(0, 8)));
  }
});
