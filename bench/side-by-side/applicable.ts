// Which figures a subject has: why it has none is told beside the tables. Pure.

import { type FigureName, figureNames, type SubjectName, subjectNames } from "./figure-names.ts";

const floorFigures: readonly FigureName[] = ["rtt_p50", "rtt_p99", "acked_1", "acked_16", "acked_256", "packets"];

/** Why a subject has no such figure; undefined if it has. */
export function obstacle(subject: SubjectName, figure: FigureName): string | undefined {
  if (subject === "floor") return floorFigures.includes(figure) ? undefined : "bare datagrams have nothing of the kind";
  if (figure === "packets") return "only the floor is without acknowledgements";
  if (subject === "ngircd" && figure === "bulk") return "a line of IRC holds 512 bytes";
  if (subject === "ngircd" && figure === "idle_kib_10000")
    return "of those who stay it let in some twenty a second, so that each run would take ten minutes";
  if (subject === "udpchat durable" && figure === "handshakes") return "no disk is touched by a handshake";
  return undefined;
}

/** Those that need a word: what the floor lacks by its nature does not. */
export function remarks(): readonly string[] {
  return subjectNames
    .filter((subject) => subject !== "floor")
    .flatMap((subject) =>
      figureNames
        .filter((figure) => figure !== "packets")
        .flatMap((figure) => {
          const why = obstacle(subject, figure);
          return why === undefined ? [] : [`${subject} has no ${figure}: ${why}`];
        }),
    );
}
