// The arguments of `npm run bench:peers`. Pure.

import { parseArgs } from "node:util";

import { type FigureName, figureNames, type SubjectName, subjectNames } from "./figure-names.ts";

/** How the bench was asked. */
export interface Options {
  readonly form: "table" | "markdown" | "json";
  readonly figures: readonly FigureName[];
  /** udpchat is always among them: the others are told as ratios to it. */
  readonly subjects: readonly SubjectName[];
  readonly runs: number;
  /** A tenth of each measurement, to see that all work; no figures to tell anybody. */
  readonly isQuick: boolean;
  /** JSON lines of an earlier run, to tell of them again in place of measuring. */
  readonly from: string | undefined;
  /** A file to draw the picture into. */
  readonly picture: string | undefined;
}

const RUNS = 5;
const MOST_RUNS = 100;

export const usage = `npm run bench:peers -- [--markdown | --json] [--only FIGURE,…] [--peers NAME,…] [--runs N] [--quick]
  [--from FILE] [--picture FILE]

Measures udpchat beside what people would pick instead, on loopback, in processes of their own. Nothing is pinned to a
processor. Takes about an hour and a half; docs/bench.md tells how and what came of it.

  --markdown      the tables as they stand in docs/bench.md
  --json          a line for each figure of each subject
  --only FIGURE,… of ${figureNames.join(", ")}
  --peers NAME,…  of ${subjectNames.join(", ")}; udpchat is always there
  --runs N        runs of each, ${RUNS} if not given
  --quick         a tenth of each measurement, to see that all work
  --from FILE     measures nothing, and tells of a run whose --json lines are in that file
  --picture FILE  draws the figures as SVG into that file
`;

/** The options, or what is wrong with the words. */
export function readOptions(words: readonly string[]): Options | { readonly wrong: string } {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        markdown: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        only: { type: "string" },
        peers: { type: "string" },
        runs: { type: "string", default: String(RUNS) },
        quick: { type: "boolean", default: false },
        from: { type: "string" },
        picture: { type: "string" },
      },
    });
    if (values.markdown && values.json) return { wrong: "either --markdown or --json" };
    const figures = values.only?.split(",") ?? figureNames;
    const subjects = values.peers?.split(",") ?? subjectNames;
    const noFigure = figures.find((name) => !figureNames.some((figure) => figure === name));
    if (noFigure !== undefined) return { wrong: `no figure is called ${noFigure}` };
    const noSubject = subjects.find((name) => !subjectNames.some((subject) => subject === name));
    if (noSubject !== undefined) return { wrong: `nobody is called ${noSubject}` };
    const runs = Number(values.runs);
    if (!Number.isInteger(runs) || runs < 1 || runs > MOST_RUNS) return { wrong: `--runs 1 to ${MOST_RUNS}` };
    return {
      form: values.markdown ? "markdown" : values.json ? "json" : "table",
      figures: figureNames.filter((figure) => figures.includes(figure)),
      subjects: subjectNames.filter((subject) => subject === "udpchat" || subjects.includes(subject)),
      runs,
      isQuick: values.quick,
      from: values.from,
      picture: values.picture,
    };
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
}
