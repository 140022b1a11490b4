// The time of one message and its acknowledgement by the other end's application, one at a time.

import { quantile } from "../../figures.ts";
import { type Work } from "../work.ts";
import { Caller, times } from "./caller.ts";

/** Before, as part of the rest: code that runs often is fast only after a while. */
const WARM_UP = 0.4;

export const roundTrip: Work = {
  figures: ["rtt_p50", "rtt_p99"],
  layout: "pair",
  mostSeconds: 60,
  measure: async (ground) => {
    const caller = await Caller.open(ground);
    await caller.exchange(1, times(ground.amount.roundTrips * WARM_UP));
    const micros: number[] = [];
    let last = performance.now();
    await caller.exchange(1, times(ground.amount.roundTrips), undefined, () => {
      const now = performance.now();
      micros.push((now - last) * 1000);
      last = now;
    });
    await caller.close();
    return { rtt_p50: quantile(micros, 0.5), rtt_p99: quantile(micros, 0.99) };
  },
};
