// What a connection that says nothing costs the hub: memory in use, that of native code, too, but not the kernel's.

import { setTimeout as pause } from "node:timers/promises";

import { type Line } from "../contestant.ts";
import { type FigureName } from "../figure-names.ts";
import { type Ground, type Work } from "../work.ts";

/** Connections before the first look, so that what a process needs once is not counted. */
const BEFORE = 100;
/** Who connect at once. */
const TOGETHER = 20;
/** Until what connecting left behind is done with. */
const SETTLE_MS = 1000;

export function idle(figure: FigureName, connections: number): Work {
  return {
    figures: [figure],
    layout: "idle",
    needsUsage: true,
    mostSeconds: connections > 1000 ? 1800 : 300,
    measure: async (ground) => {
      const lines: Line[] = [];
      await arrive(ground, BEFORE, lines);
      const before = await ground.usage(true);
      await arrive(ground, BEFORE + connections, lines);
      const after = await ground.usage(true);
      await Promise.all(lines.map((line) => line.close()));
      return { [figure]: (after.hubKib - before.hubKib) / connections };
    },
  };
}

async function arrive({ contestant, place }: Ground, upTo: number, lines: Line[]): Promise<void> {
  while (lines.length < upTo) {
    const numbers = Array.from({ length: Math.min(TOGETHER, upTo - lines.length) }, (_, i) => lines.length + i);
    lines.push(...(await Promise.all(numbers.map((number) => contestant.arrive(place, number)))));
  }
  await pause(SETTLE_MS);
}
