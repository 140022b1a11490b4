// The arguments of `npm run bench:loss`. Pure.

import { parseArgs } from "node:util";

import { type Contestant, contestants } from "./weather.ts";

/** How the bench was asked. */
export interface Options {
  /** Fewer weathers, messages and seconds: two minutes in place of twenty. */
  readonly isQuick: boolean;
  readonly form: "table" | "markdown" | "json";
  /** A file to draw the picture into. */
  readonly picture: string | undefined;
  /** JSON lines of an earlier run, to tell of them again in place of measuring. */
  readonly from: string | undefined;
  readonly contestants: readonly Contestant[];
  /** Only the delays, only bulk, or only the shared link; undefined for all. */
  readonly part: Part | undefined;
}

/** What a run is made of. */
const parts = ["delay", "bulk", "sharing"] as const;
export type Part = (typeof parts)[number];

export const usage = `npm run bench:loss -- [--quick] [--markdown | --json] [--picture FILE] [--only NAME,…] [--part NAME]
  [--from FILE]

Measures udpchat beside WebSocket over TCP and udx-native on an emulated bad link: delays of small messages, and bulk.
Needs root, iproute2 and a C compiler; takes about twenty minutes. docs/bad-networks.md tells how and what came of it.

  --quick         fewer weathers, messages and seconds: about two minutes
  --markdown      the tables as they stand in docs/bad-networks.md
  --json          a line for each cell, as it is measured
  --picture FILE  draws the delays as SVG into that file
  --only NAME,…   of ${contestants.join(", ")}
  --part NAME     only a part, ${parts.join(", ")}; the --json lines of several make one --from
  --from FILE     measures nothing, and tells of a run whose --json lines are in that file
`;

/** The options, or what is wrong with the words. */
export function readOptions(words: readonly string[]): Options | { readonly wrong: string } {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        quick: { type: "boolean", default: false },
        markdown: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        picture: { type: "string" },
        only: { type: "string" },
        part: { type: "string" },
        from: { type: "string" },
      },
    });
    if (values.markdown && values.json) return { wrong: "either --markdown or --json" };
    const names = values.only?.split(",") ?? contestants;
    const unknown = names.find((name) => !contestants.some((contestant) => contestant === name));
    if (unknown !== undefined) return { wrong: `no contestant is called ${unknown}` };
    const part = parts.find((each) => each === values.part);
    if (values.part !== undefined && part === undefined) return { wrong: `no part is called ${values.part}` };
    return {
      isQuick: values.quick,
      form: values.markdown ? "markdown" : values.json ? "json" : "table",
      picture: values.picture,
      from: values.from,
      contestants: contestants.filter((contestant) => names.includes(contestant)),
      part,
    };
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
}
