// Names of clients and groups: which texts are names, and which names are the same name. Pure.
// Letters, marks and digits as Unicode has them, NFKC (UAX #15), look-alikes of UTS #39 §4; docs/decisions/0003-names.md.

import { lookAlikes } from "./look-alikes.ts";

/** A name as it is shown, and what it has in common with all other ways to write it. */
export interface UsableName {
  readonly shown: string;
  readonly key: string;
}

const mostCodePoints = 32;

// A code point in NFKC comes from at most four, each of two UTF-16 units: whatever is longer has more than 32.
const mostUnitsTyped = 4 * 2 * mostCodePoints;

const pattern = /^[\p{L}\p{Nd}][\p{L}\p{M}\p{Nd}._-]*$/u;

// Letters and digits that look like the three signs (Arabic zero is a dot, and so on). A key never begins with a sign,
// so there the letter stands for all that look like it.
const leading: ReadonlyMap<string, string> = new Map([
  [".", "\u0660"],
  ["-", "\u2cbb"],
  ["_", "\u07fa"],
]);

// Letters and marks that show as nothing (Hangul fillers, variation selectors, the grapheme joiner).
const invisible = /\p{Default_Ignorable_Code_Point}/u;

/** Names read before, as the same few are read again and again; emptied when full. */
const known = new Map<string, UsableName>();
const mostKnown = 4096;

/**
 * The name in `typed`, or undefined where there is none: 1–32 code points after NFKC, letters, marks and digits of any
 * script, `.`, `_`, `-`, the first a letter or digit, none of them invisible. Work is bounded whatever the length.
 */
export function usableName(typed: string): UsableName | undefined {
  if (typed.length > mostUnitsTyped) return undefined;
  const found = known.get(typed);
  if (found !== undefined) return found;
  const name = readName(typed);
  if (name === undefined) return undefined;
  if (known.size >= mostKnown) known.clear();
  known.set(typed, name);
  return name;
}

function readName(typed: string): UsableName | undefined {
  const shown = typed.normalize("NFKC");
  if ([...shown].length > mostCodePoints || !pattern.test(shown) || invisible.test(shown)) return undefined;
  return { shown, key: keyOf(shown) };
}

/**
 * What two names have in common exactly when they are the same name; the empty string for a text that is no name.
 * Itself made like a name (never `..` or a path), but of up to 256 UTF-16 units.
 */
export function nameKey(name: string): string {
  return usableName(name)?.key ?? "";
}

/** `text` without what case and composition add to it; equal for all ways to write it in capitals and small letters. */
export function caseless(text: string): string {
  return [...text.normalize("NFKD")].map(foldCase).join("");
}

function keyOf(shown: string): string {
  const [first = "", ...rest] = Array.from(caseless(shown), (each) => lookAlikes.get(each) ?? each)
    .join("")
    .normalize("NFKD");
  return (leading.get(first) ?? first) + rest.join("");
}

// Up and down again joins ß with ss, ς with σ and Cherokee's two cases, as full case folding does. One code point at a
// time, because toLowerCase makes Σ at the end of a word another letter than elsewhere.
function foldCase(codePoint: string): string {
  return codePoint.toLowerCase().toUpperCase().toLowerCase();
}
