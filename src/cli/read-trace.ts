// What follows `udpchat trace`. Pure.

import { type Line, Mistake } from "./line.ts";
import { quoted } from "./quoted.ts";

export interface TraceArguments {
  readonly kind: "trace";
  readonly file: string;
  /** The trace of the other side, for a ladder diagram. */
  readonly other?: string;
  /** Prints what is there, and does not wait for more. */
  readonly once: boolean;
}

/** Mistake for no file, or more than two. */
export function readTrace(line: Line): TraceArguments {
  const [file, other, extra] = line.plainWords;
  const form = "trace <file> or trace <file> <file>";
  if (file === undefined) throw new Mistake("no file", form, "see udpchat trace --help");
  if (extra !== undefined) throw new Mistake(`the extra argument ${quoted(extra)}`, form, "leave it out");
  return { kind: "trace", file, once: line.options.has("--once"), ...(other === undefined ? {} : { other }) };
}
