import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import fc from "fast-check";

import { lookAlikes } from "../../src/chat/look-alikes.ts";
import { caseless, nameKey, usableName } from "../../src/chat/name.ts";

const likeName = /^[\p{L}\p{Nd}][\p{L}\p{M}\p{Nd}._-]*$/u;
const everyCodePoint = Array.from({ length: 0x110000 }, (_, codePoint) => String.fromCodePoint(codePoint));
const nameCodePoints = everyCodePoint.filter((each) => /[\p{L}\p{M}\p{Nd}._-]/u.test(each));
const cased = nameCodePoints.filter((each) => each.toLowerCase() !== each || each.toUpperCase() !== each);
const combining = nameCodePoints.filter((each) => /\p{M}/u.test(each));
const ascii = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"];

const codePoint = fc.oneof(...[ascii, nameCodePoints, cased, combining].map(oneOf));
const nearName = fc.array(codePoint, { maxLength: 34 }).map((all) => all.join(""));

test("names of all scripts are usable", () => {
  const names = [
    "Zoë",
    "日本",
    "a.b_c-d",
    "9lives",
    "a",
    "x--",
    "Αθηνά",
    "שרה",
    "ปิติ",
    "नमस्ते",
    "٣",
    "o".repeat(32),
    "𝕒".repeat(32),
  ];
  for (const name of names) assert.equal(usableName(name)?.shown, name.normalize("NFKC"));
});

test("what is no name is not usable", () => {
  const refused = [
    "",
    ".",
    "..",
    "-x",
    "_x",
    "../x",
    "a/b",
    "a\\b",
    "a b",
    " a",
    "a\u00a0b",
    "a\n",
    "a\u0000",
    "a\u001b[m",
    "a\u007f",
  ];
  const invisible = [
    "a\u200d",
    "a\u200c",
    "a\u200e",
    "a\u202e",
    "a\ufeff",
    "a\u00ad",
    "a\ufe0f",
    "a\u034f",
    "\u3164",
    "\u115f",
    "a\u{e0061}",
  ];
  const others = [
    "a🦊",
    "🦊",
    "1️⃣",
    "a:b",
    "a@b",
    "#a",
    "a,b",
    "\u0301a",
    "ﷺ",
    "½",
    "\ue000",
    "\u0378",
    "a\ud800",
    "\udc00a",
    "\ud83d",
  ];
  for (const text of [...refused, ...invisible, ...others]) {
    assert.equal(usableName(text), undefined, JSON.stringify(text));
    assert.equal(nameKey(text), "");
  }
});

test("32 code points after NFKC are the most", () => {
  assert.ok(usableName("\u{20000}".repeat(32)));
  assert.ok(usableName("a\u030a".repeat(32)));
  assert.equal(usableName("a".repeat(33)), undefined);
  assert.equal(usableName("ﬃ".repeat(11)), undefined);
  assert.equal(usableName("ﬃ".repeat(10))?.shown, "ffi".repeat(10));
});

test("no text that fits after NFKC is too long before it", () => {
  for (const each of everyCodePoint) {
    if (each.normalize("NFC") === each) assert.ok([...each.normalize("NFD")].length <= 4);
    assert.notEqual(each.normalize("NFKD"), "");
  }
  const longest = "\u{1d6c2}\u0313\u0300\u0345".repeat(32);
  assert.equal(usableName(longest)?.shown, "ᾂ".repeat(32));
});

test("a million characters cost nothing", () => {
  const started = performance.now();
  for (let i = 0; i < 1000; i++) assert.equal(usableName("ﷺ".repeat(1_000_000)), undefined);
  assert.ok(performance.now() - started < 1000);
});

const same: readonly (readonly string[])[] = [
  ["YB", "yb", "Yb", "ＹＢ", "𝐘𝐁", "уb"],
  ["Bob", "BOB", "Вob", "ВОВ", "ΒΟΒ", "вob", "bоb", "b0b"],
  ["HAT", "НАТ", "hat", "нат"],
  ["paypal", "раураl", "PAYPAL", "paypa1"],
  ["pi1", "pil", "PIL", "PI1"],
  ["mm", "rnrn", "MM", "RNrn", "мм"],
  ["Straße", "STRASSE", "strasse", "STRAẞE"],
  ["Νίκος", "ΝΊΚΟΣ", "νίκοσ"],
  ["ꭰꭱ", "ᎠᎡ"],
  ["Zoë", "Zoe\u0308", "ZOË"],
  ["a-b", "aⲻb", "AⲺB"],
  ["İzmir", "i\u0307zmir"],
  ["ｶﾞ", "ガ"],
];

test("names that differ by form, case or looks are the same name", () => {
  for (const [first = "", ...others] of same) {
    assert.notEqual(nameKey(first), "");
    for (const other of others) assert.equal(nameKey(other), nameKey(first), `${other} and ${first}`);
  }
});

test("names that merely look alike in one case stay two names", () => {
  for (const [a, b] of [
    ["Ian", "lan"],
    ["nick", "vick"],
    ["Al", "Ai"],
    ["n1", "v1"],
    ["c5", "cs"],
  ] as const)
    assert.notEqual(nameKey(a), nameKey(b));
});

test("of ASCII, exactly m and rn, 0 and o, 1 and l share a key", () => {
  const keys = Map.groupBy("abcdefghijklmnopqrstuvwxyz0123456789", nameKey);
  const shared = [...keys.values()].filter((some) => some.length > 1).map((some) => some.join(""));
  assert.deepEqual(shared, ["l1", "o0"]);
  assert.equal(nameKey("m"), "rn");
});

test("each code point has one key, in every case, made like a name", () => {
  for (const each of nameCodePoints) {
    for (const name of [usableName(each), usableName(`x${each}`)]) {
      if (name === undefined) continue;
      assert.match(name.key, likeName);
      assert.ok(name.key.length <= 8, name.shown);
      assert.equal(nameKey(name.key), name.key, name.shown);
      assertOneKey(name.shown, name.key);
    }
  }
});

test("each name has one key, in every case, made like a name", () => {
  fc.assert(
    fc.property(nearName, (typed) => {
      const name = usableName(typed);
      // In capitals the iota subscript is a letter, and marks of other scripts after it change their base.
      fc.pre(name !== undefined && !name.shown.normalize("NFD").includes("\u0345"));
      assert.deepEqual(usableName(name.shown), name);
      assert.match(name.key, likeName);
      assert.ok(name.key.length <= 256);
      assertOneKey(name.shown, name.key);
      const again = usableName(name.key);
      if (again !== undefined) assert.equal(again.key, name.key);
    }),
    { numRuns: 3000 },
  );
});

test("no text throws, and what is usable is as promised", () => {
  fc.assert(
    fc.property(
      fc.oneof(nearName, fc.string({ unit: "binary" }), fc.string({ unit: fc.constantFrom("\ud83d", "\udc00", "a") })),
      (typed) => {
        const shown = usableName(typed)?.shown;
        const form = typed.normalize("NFKC");
        const expected =
          [...form].length <= 32 && likeName.test(form) && !/\p{Default_Ignorable_Code_Point}/u.test(form);
        assert.equal(shown, expected ? form : undefined);
      },
    ),
    { numRuns: 3000 },
  );
});

test("the table leads from caseless code points to forms that lead no further", () => {
  for (const [from, to] of lookAlikes) {
    assert.equal(caseless(from), from);
    assert.equal(caseless(to), to);
    for (const each of to) assert.equal(lookAlikes.get(each), undefined, `${from} to ${to}`);
  }
});

test("the table is the one that servers' books were written with", () => {
  const digest = createHash("sha256")
    .update(JSON.stringify([...lookAlikes]))
    .digest("hex");
  assert.equal(digest, "eaa16fa588654a70c71202537180f94e0fca78eff8c9d525e03ec03f1b0ec171");
});

function assertOneKey(shown: string, key: string): void {
  const forms = [shown.toLowerCase(), shown.toUpperCase(), shown.normalize("NFD"), shown.normalize("NFKD")];
  for (const variant of new Set(forms)) {
    if (variant === shown) continue;
    // ß in capitals is longer and may be too long.
    if (usableName(variant) !== undefined) assert.equal(nameKey(variant), key, `${shown} and ${variant}`);
    else assert.ok([...variant.normalize("NFKC")].length > 32, `${shown} and ${variant}`);
  }
}

function oneOf(some: readonly string[]): fc.Arbitrary<string> {
  return fc.nat({ max: some.length - 1 }).map((index) => some[index] ?? "");
}
