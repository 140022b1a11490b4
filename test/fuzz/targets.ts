// All fuzz targets by name, their corpus, and one try.

import { type Random } from "#sim";

import { clear, keep, readCorpus } from "./corpus.ts";
import { diskTargets } from "./disk-targets.ts";
import { messageTargets } from "./message-targets.ts";
import { mutated, type Sample, sampleOf } from "./mutator.ts";
import { type Target } from "./target.ts";
import { terminalTargets } from "./terminal-targets.ts";
import { wireTargets } from "./wire-targets.ts";

export const targets: readonly Target[] = [...wireTargets, ...messageTargets, ...terminalTargets, ...diskTargets];

/** A target's corpus, with the fields of each input. */
export function samplesOf({ name, read }: Target): readonly Sample[] {
  return readCorpus(name).map((bytes) => sampleOf(bytes, read));
}

/** An input that broke a promise, and how. */
export interface Find {
  readonly input: Uint8Array;
  readonly error: unknown;
}

/** Bends a sample and has it read; what was found, or whether it was accepted. */
export function tryOnce({ check }: Target, samples: readonly Sample[], random: Random): Find | boolean {
  // In memory of its own: whoever changed what it was given to read would be found out by nobody else.
  const input = mutated(samples, random).slice();
  try {
    return check(input);
  } catch (error) {
    return { input, error };
  }
}

/** Writes the corpus anew from the writers of today; what hunts found stays. */
export function collect(): void {
  for (const { name, samples } of targets) {
    clear(name);
    for (const bytes of samples()) keep(name, bytes);
  }
}
