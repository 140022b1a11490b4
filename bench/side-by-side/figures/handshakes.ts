// Connections a second that are opened until they could be used, and closed.

import { type Work } from "../work.ts";
import { until } from "./caller.ts";

const AT_ONCE = 16;

export const handshakes: Work = {
  figures: ["handshakes"],
  layout: "greeting",
  mostSeconds: 60,
  measure: async ({ contestant, place, amount }) => {
    const greeters = await Promise.all(Array.from({ length: AT_ONCE }, () => contestant.greeter(place)));
    const greet = async (mayGoOn: () => boolean): Promise<number> => {
      let done = 0;
      const keepGreeting = async (greeter: () => Promise<void>): Promise<void> => {
        for (; mayGoOn(); done++) await greeter();
      };
      await Promise.all(greeters.map(keepGreeting));
      return done;
    };
    await greet(until(performance.now() + amount.forMs / 5));
    const started = performance.now();
    const done = await greet(until(started + amount.forMs));
    return { handshakes: (done * 1000) / (performance.now() - started) };
  },
};
