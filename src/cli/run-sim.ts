// `sim`: a simulated world as its arguments say, and what came of it; 1 if a promise was broken.

import { setImmediate as nextTurn } from "node:timers/promises";

import { calm, type Report, type Scenario, scenarios, simulateWorld, type WorldSettings } from "#sim";

import { exitCodes } from "./exit-codes.ts";
import type { SimArguments } from "./read-sim.ts";
import { simHead, simReport } from "./sim-report.ts";
import type { World } from "./world.ts";

const messagesEachMinute = 60;
const minuteMs = 60_000;
/** The talk that the scenarios' numbers of troubles are for. */
const scenarioMs = 20_000;

/** Runs until the world has settled, or a signal ends it; gives the exit code. */
export async function runSim(options: SimArguments, world: World, simulated = simulateWorld): Promise<number> {
  const { output } = world;
  const left: number[] = [];
  world.signals.onFirst((code) => left.push(code));
  output.write(`${simHead(options).join("\n")}\n`);
  const steps = simulated(settingsOf(options));
  let report: Report | undefined;
  while (report === undefined && left.length === 0) {
    const step = steps.next();
    if (step.done === true) report = step.value;
    else if (output.isTTY) output.write(`\r${Math.floor(100 * step.value)} %\r`);
    // So that a signal is heard.
    await nextTurn();
  }
  if (report === undefined) return left[0] ?? exitCodes.internal;
  output.write(`${simReport(report).join("\n")}\n`);
  return report.violations.length === 0 ? exitCodes.fine : exitCodes.brokenPromise;
}

function settingsOf({ clients, minutes, scenario, seed, weather }: SimArguments): WorldSettings {
  const talkMs = minutes * minuteMs;
  const plan = scenarios[scenario];
  if (plan === undefined) throw new RangeError(`no scenario ${scenario}`);
  return {
    seed,
    name: scenario,
    scenario: { ...longer(plan, talkMs / scenarioMs), weather: () => ({ ...calm, ...weather }) },
    clients,
    messages: Math.ceil(messagesEachMinute * minutes * clients),
    talkMs,
    isWatched: true,
  };
}

/** As much trouble a minute as there was. */
function longer(plan: Scenario, times: number): Scenario {
  const scaled = (count: number): number => Math.ceil(count * times);
  return {
    ...plan,
    cuts: scaled(plan.cuts),
    clientCrashes: scaled(plan.clientCrashes),
    absences: scaled(plan.absences),
    serverCrashes: scaled(plan.serverCrashes),
    moves: scaled(plan.moves),
    groupMoves: scaled(plan.groupMoves),
    groupPosts: scaled(plan.groupPosts),
    everybodyPosts: scaled(plan.everybodyPosts),
  };
}
