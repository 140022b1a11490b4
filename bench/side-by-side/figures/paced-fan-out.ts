// A message each 15 ms to 200 members: how long it takes until the last of them has it.

import { quantile } from "../../figures.ts";
import { type Work } from "../work.ts";
import { Crowd } from "./crowd.ts";

const MEMBERS = 200;
const EVERY_MS = 15;

export const pacedFanOut: Work = {
  figures: ["paced_200_p50"],
  layout: "room",
  mostSeconds: 120,
  measure: async (ground) => {
    const { pacedMessages } = ground.amount;
    const crowd = await Crowd.open(ground, MEMBERS);
    await crowd.paced(pacedMessages / 5, EVERY_MS);
    const took = await crowd.paced(pacedMessages, EVERY_MS);
    await crowd.close();
    return { paced_200_p50: quantile(took, 0.5) };
  },
};
