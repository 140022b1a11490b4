// Processor time of all processes, hub and members, for a million deliveries to fifty.

import { type Work } from "../work.ts";
import { until } from "./caller.ts";
import { Crowd } from "./crowd.ts";

const MEMBERS = 50;

export const processorTime: Work = {
  figures: ["cpu_s_per_million"],
  layout: "room",
  needsUsage: true,
  mostSeconds: 120,
  measure: async (ground) => {
    const { forMs } = ground.amount;
    const crowd = await Crowd.open(ground, MEMBERS);
    await crowd.burst(until(performance.now() + forMs / 5));
    const before = await ground.usage(false);
    const deliveries = await crowd.burst(until(performance.now() + forMs));
    const after = await ground.usage(false);
    await crowd.close();
    return { cpu_s_per_million: ((after.cpuSeconds - before.cpuSeconds) * 1e6) / deliveries };
  },
};
