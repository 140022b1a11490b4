// Makes src/chat/look-alikes.ts from Unicode's confusables.txt (UTS #39, https://www.unicode.org/Public/<version>/security/).
// Run by hand when Node's Unicode version moves: node scripts/make-look-alikes.ts confusables.txt > src/chat/look-alikes.ts
// What the table promises, and why some look-alikes are left out of it, is docs/decisions/0003-names.md.
//
// Code points and strings that must have one key are gathered into classes. A class has at most one *anchor*: an ASCII
// lower-case letter or digit, or a string of several code points. Edges that would tie two anchors together are left out.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

import { caseless } from "../src/chat/name.ts";

const usable = /^(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{M}\p{Nd}]$/u;
const wordly = /^[\p{L}\p{M}\p{Nd}._-]+$/u;

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly rank: number;
}

const prototypes = readPrototypes(process.argv[2] ?? "confusables.txt");
const parents = new Map<string, string>();
const members = new Map<string, Set<string>>();
const leftOut: Edge[] = [];

for (const edge of edges().sort((a, b) => a.rank - b.rank)) join(edge);
const table = canonicalTable();
process.stdout.write(moduleText());
process.stderr.write(`${table.size} mappings; left out: ${leftOut.map((e) => `${e.from}~${e.to}`).join(" ")}\n`);

function readPrototypes(path: string): Map<string, string> {
  const lines = readFileSync(path, "utf8").split("\n");
  const version = lines
    .find((line) => line.startsWith("# Version:"))
    ?.slice("# Version:".length)
    .trim();
  if (version !== `${process.versions.unicode}.0`)
    throw new Error(`data is ${version}, Node's ${process.versions.unicode}`);
  const found = new Map<string, string>();
  for (const line of lines) {
    const [from, to] = (line.split("#")[0] ?? "").split(";").slice(0, 2).map(codePoints);
    if (from && to) found.set(from, to);
  }
  const total = lines
    .find((line) => line.startsWith("# total:"))
    ?.slice("# total:".length)
    .trim();
  if (String(found.size) !== total) throw new Error(`${found.size} mappings, of which the file counts ${total}`);
  return found;
}

function codePoints(hex: string): string {
  const numbers = hex.replace("\ufeff", "").trim().split(/\s+/).filter(Boolean);
  return String.fromCodePoint(...numbers.map((each) => Number.parseInt(each, 16)));
}

// Rank 0 is what UTS #39 says of ASCII itself (m is rn, 0 is o, 1 is l); then letters that look like one ASCII letter or
// digit, first as they are in lower case, then in upper case (Cyrillic в by its В); then the rest in the same order.
function edges(): Edge[] {
  const found: Edge[] = [];
  for (const [from, to] of prototypes) {
    const lower = caseless(from);
    if (!usable.test(from) || from.normalize("NFKC") !== from || [...lower].length !== 1) continue;
    const isUpper = lower !== from;
    const rank = /^[\da-z]$/.test(from) ? 0 : (/^[\dA-Za-z]$/.test(to) ? 1 : 3) + (isUpper ? 1 : 0);
    found.push({ from: lower, to: caseless(to), rank });
  }
  return found;
}

function join(edge: Edge): void {
  const [a, b] = [rootOf(edge.from), rootOf(edge.to)];
  if (a === b) return;
  const all = new Set([...membersOf(a), ...membersOf(b)]);
  if (
    edge.rank > 0 &&
    [...all].filter(isAnchor).length > 1 &&
    membersOf(a).some(isAnchor) &&
    membersOf(b).some(isAnchor)
  ) {
    leftOut.push(edge);
    return;
  }
  parents.set(a, b);
  members.set(b, all);
}

function isAnchor(node: string): boolean {
  return [...node].length > 1 || /^[\da-z]$/.test(node);
}

function rootOf(node: string): string {
  let at = node;
  for (let next = parents.get(at); next !== undefined; next = parents.get(at)) at = next;
  return at;
}

function membersOf(root: string): string[] {
  return [...(members.get(root) ?? [root])];
}

function canonicalTable(): Map<string, string> {
  const found = new Map<string, string>();
  for (const node of [...parents.keys(), ...members.keys()]) {
    if ([...node].length > 1 || !usable.test(node)) continue;
    const canonical = canonicalOf(node);
    if (canonical !== node) found.set(node, canonical);
  }
  return found;
}

// The form that stands for a class in keys: its several code points, else its ASCII character, else its lowest member.
function canonicalOf(codePoint: string): string {
  const all = membersOf(rootOf(codePoint)).sort((a, b) => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0));
  const several = all.find((each) => [...each].length > 1);
  const spelled = several === undefined ? undefined : caseless([...several].map(canonicalOf).join(""));
  if (spelled !== undefined && wordly.test(spelled) && isMark(spelled) === isMark(codePoint)) return spelled;
  const single = all.filter((each) => [...each].length === 1);
  const ascii = single.find((each) => /^[a-z]$/.test(each)) ?? single.find((each) => /^[\d._-]$/.test(each));
  return ascii ?? single.find((each) => usable.test(each)) ?? codePoint;
}

function isMark(text: string): boolean {
  return /^\p{M}/u.test(text);
}

function moduleText(): string {
  const groups = new Map<string, string[]>();
  for (const [from, to] of [...table].sort(([a], [b]) => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0)))
    groups.set(to, [...(groups.get(to) ?? []), from]);
  const words = [...groups].map(([to, from]) => `${hex(to, "+")}=${from.map((each) => hex(each, "+")).join(",")}`);
  const lines: string[] = [];
  for (const piece of words.join(" ").match(/.{1,110}(?:[ ,]|$)/g) ?? []) lines.push(piece);
  const digest = createHash("sha256")
    .update(JSON.stringify([...prototypes]))
    .digest("hex");
  return `// Which code points look alike, for the keys of names (name.ts). Pure. Made by scripts/make-look-alikes.ts: do not edit.
// From confusables.txt ${process.versions.unicode}.0 (UTS #39), ${prototypes.size} mappings, sha256 of them as JSON:
// ${digest}
// © 2025 Unicode®, Inc., Unicode License V3 (https://www.unicode.org/license.txt).

// Groups "canonical=alike,alike,…" of hexadecimal code points; a canonical form of several joins them by "+".
const groups = \`
${lines.join("\n")}
\`;

/** Code point (in lower case, fully decomposed) → the form that stands for all that look like it. */
export const lookAlikes: ReadonlyMap<string, string> = new Map(
  groups
    .replaceAll("\\n", "")
    .split(" ")
    .flatMap((group) => {
      const [canonical = "", alike = ""] = group.split("=");
      return alike.split(",").map((each): [string, string] => [fromHex(each), fromHex(canonical)]);
    }),
);

function fromHex(codePoints: string): string {
  return String.fromCodePoint(...codePoints.split("+").map((each) => Number.parseInt(each, 16)));
}
`;
}

function hex(text: string, glue: string): string {
  return [...text].map((each) => (each.codePointAt(0) ?? 0).toString(16)).join(glue);
}
