// Deliveries a second of what one member says to so many others through the hub.

import { type FigureName } from "../figure-names.ts";
import { type Work } from "../work.ts";
import { until } from "./caller.ts";
import { Crowd } from "./crowd.ts";

export function fanOut(figure: FigureName, members: number): Work {
  return {
    figures: [figure],
    layout: "room",
    mostSeconds: 120,
    measure: async (ground) => {
      const { forMs } = ground.amount;
      const crowd = await Crowd.open(ground, members);
      await crowd.burst(until(performance.now() + forMs / 5));
      const started = performance.now();
      const deliveries = await crowd.burst(until(started + forMs));
      const rate = (deliveries * 1000) / (performance.now() - started);
      await crowd.close();
      return { [figure]: rate };
    },
  };
}
