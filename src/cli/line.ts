// A command line sorted into words and options, and the one line that says what is wrong with one. Pure.

import { quoted } from "./quoted.ts";

/** What was given, what would be right and one thing to do, as one line. */
export class Mistake extends Error {
  constructor(got: string, expected: string, remedy: string) {
    super(`got ${got}, expected ${expected}; ${remedy}`);
  }
}

export interface Line {
  readonly usualPort: string;
  readonly usualTrace: string;
  readonly plainWords: string[];
  /** Option names as in the table; the empty string for switches. */
  readonly options: Map<string, string>;
}

/** The bounds of a number, and what it is where none is given. */
interface Bounds {
  readonly least: number;
  readonly most: number;
  readonly usually: number;
  readonly isWhole: boolean;
}

/** The number of an option. Mistake for anything outside of its bounds. */
export function numberOf(line: Line, name: string, { least, most, usually, isWhole }: Bounds): number {
  const typed = line.options.get(name);
  if (typed === undefined) return usually;
  const value = /^(?:0|[1-9][0-9]{0,14})?(?:\.[0-9]{1,9})?$/.test(typed) && typed !== "" ? Number(typed) : Number.NaN;
  if (value >= least && value <= most && (!isWhole || Number.isInteger(value))) return value;
  const kind = isWhole ? "a whole number" : "a number";
  throw new Mistake(`${name} ${quoted(typed)}`, `${kind} from ${least} to ${most}`, `leave it out for ${usually}`);
}
