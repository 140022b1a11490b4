// `npm run bench:peers`: udpchat beside what people would pick instead, on one machine, in one run, doing the same work.
// docs/bench.md. Everything stays on loopback, and leaves nothing behind, also when it is interrupted.

import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, release } from "node:os";

import { figure } from "../figures.ts";
import { installPeers } from "../loss/peers.ts";
import { obstacle } from "./applicable.ts";
import { abandonCells, measureCell } from "./cell.ts";
import { Unavailable } from "./contestant.ts";
import { figureKinds, type FigureName, type SubjectName } from "./figure-names.ts";
import { type Options, readOptions, usage } from "./options.ts";
import { picture } from "./picture.ts";
import { type PeerFigure, report } from "./report.ts";
import { fullAmount, quickAmount, type Work } from "./work.ts";
import { works } from "./works.ts";

const options = readOptions(process.argv.slice(2));
if ("wrong" in options) {
  tell(`${options.wrong}\n\n${usage}`);
  process.exit(2);
}
const measured = options.from === undefined ? await measureAll(options) : readFigures(options.from);
if (options.picture !== undefined) writeFileSync(options.picture, picture(measured));
if (options.form !== "json") console.log(report(measured, options.form === "markdown"));

async function measureAll(asked: Options): Promise<readonly PeerFigure[]> {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(signal, () => {
      void abandonCells().then(() => process.exit(1));
    });
  tell(`${availableParallelism()} cores, Linux ${release()}, Node ${process.version}, loopback, processes not pinned`);
  if (asked.isQuick) tell("--quick: whether all work, and nothing about how fast");
  tryToInstall(asked.subjects);
  const absent = new Set<SubjectName>();
  const figures: PeerFigure[] = [];
  for (const [number, work] of works.entries()) {
    const names = work.figures.filter((name) => asked.figures.includes(name));
    if (names.length === 0) continue;
    if (work.needsUsage === true && process.platform !== "linux") {
      tell(`${names.join(", ")} is left out: only Linux tells what processes use`);
      continue;
    }
    const found = await measureWork(number, work, asked, absent);
    for (const each of found.filter((one) => names.includes(one.figure))) {
      figures.push(each);
      if (asked.form === "json") console.log(JSON.stringify(each));
    }
  }
  return figures;
}

/** Peers whose packages cannot be had are named and skipped as they are met. */
function tryToInstall(subjects: readonly SubjectName[]): void {
  const needsPackages = subjects.some((name) => !["udpchat", "udpchat durable", "tls", "floor"].includes(name));
  if (!needsPackages) return;
  try {
    installPeers();
  } catch (error) {
    tell(`bench/peers is not installed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** All runs of one work, the subjects in turns, so that what the machine does meanwhile meets all of them alike. */
async function measureWork(
  number: number,
  work: Work,
  { subjects, runs, isQuick }: Options,
  absent: Set<SubjectName>,
): Promise<readonly PeerFigure[]> {
  const values = new Map<string, number[]>();
  const present = new Set(
    subjects.filter((subject) => work.figures.some((name) => obstacle(subject, name) === undefined)),
  );
  for (let run = 1; run <= runs; run++)
    for (const subject of present) {
      if (absent.has(subject)) continue;
      tell(`${work.figures.join(", ")}: ${subject}, run ${run} of ${runs}`);
      try {
        const told = await measureCell(subject, number, isQuick ? quickAmount : fullAmount);
        for (const name of work.figures) {
          const key = `${name} ${subject}`;
          values.set(key, [...(values.get(key) ?? []), told[name] ?? Number.NaN]);
        }
      } catch (error) {
        if (error instanceof Unavailable) absent.add(subject);
        else present.delete(subject);
        tell(`${subject} is skipped: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  return work.figures.flatMap((name) => subjects.flatMap((subject) => figureOf(name, subject, values) ?? []));
}

function figureOf(
  name: FigureName,
  subject: SubjectName,
  values: ReadonlyMap<string, number[]>,
): PeerFigure | undefined {
  const found = values.get(`${name} ${subject}`);
  if (found === undefined) return undefined;
  return { ...figure(name, figureKinds[name].unit, found), figure: name, subject };
}

function readFigures(file: string): readonly PeerFigure[] {
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as PeerFigure);
}

/** How far it is, beside what it is to print. */
function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
