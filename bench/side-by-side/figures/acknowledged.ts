// Messages a second that the other end's application has acknowledged, so many outstanding at any time.

import { type FigureName } from "../figure-names.ts";
import { type Work } from "../work.ts";
import { Caller } from "./caller.ts";

export function acknowledged(figure: FigureName, outstanding: number): Work {
  return {
    figures: [figure],
    layout: "pair",
    mostSeconds: 60,
    measure: async (ground) => {
      const caller = await Caller.open(ground);
      const rate = await caller.rate(outstanding, ground.amount.forMs);
      await caller.close();
      return { [figure]: rate };
    },
  };
}
