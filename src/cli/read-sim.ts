// What follows `udpchat sim`. Pure.

import { type Line, Mistake, numberOf } from "./line.ts";
import { nearestWord } from "./nearest-word.ts";
import { scenarioNames } from "./options.ts";
import { quoted } from "./quoted.ts";

export interface SimArguments {
  readonly kind: "sim";
  /** Chances are of 1, a datagram; times in ms. */
  readonly weather: {
    readonly loss: number;
    readonly burst: number;
    readonly delayMs: number;
    readonly jitterMs: number;
    readonly duplicate: number;
    readonly corrupt: number;
  };
  readonly clients: number;
  readonly minutes: number;
  /** One of the simulator's. */
  readonly scenario: string;
  readonly seed: number;
}

const part = { least: 0, most: 0.9, isWhole: false };
const time = { least: 0, most: 2000, isWhole: false };
const mostMinutes = 1440;

/** Mistake for what the simulator has not. */
export function readSim(line: Line): SimArguments {
  const [extra] = line.plainWords;
  if (extra !== undefined)
    throw new Mistake(`the extra argument ${quoted(extra)}`, "sim [options]", "see udpchat sim --help");
  return {
    kind: "sim",
    weather: {
      loss: numberOf(line, "--loss", { ...part, usually: 0.2 }),
      burst: numberOf(line, "--burst", { least: 1, most: 100, usually: 1, isWhole: false }),
      delayMs: numberOf(line, "--delay", { ...time, usually: 50 }),
      jitterMs: numberOf(line, "--jitter", { ...time, usually: 20 }),
      duplicate: numberOf(line, "--duplicate", { ...part, usually: 0 }),
      corrupt: numberOf(line, "--corrupt", { ...part, usually: 0 }),
    },
    clients: numberOf(line, "--clients", { least: 2, most: 50, usually: 5, isWhole: true }),
    minutes: numberOf(line, "--minutes", { least: 0.1, most: mostMinutes, usually: 1, isWhole: false }),
    scenario: readScenario(line),
    seed: numberOf(line, "--seed", { least: 0, most: 2 ** 48 - 1, usually: 1, isWhole: true }),
  };
}

function readScenario(line: Line): string {
  const typed = line.options.get("--scenario") ?? "talk";
  if (scenarioNames.includes(typed)) return typed;
  const nearest = nearestWord(typed, scenarioNames) as string;
  throw new Mistake(`--scenario ${quoted(typed)}`, `one such as ${nearest}`, "see udpchat sim --help");
}
