// Much at once: large messages, each acknowledged by the other end's application, as fast as they go.

import { type Work } from "../work.ts";
import { Caller, times } from "./caller.ts";

const MESSAGE_BYTES = 32 * 1024;
/** 4 MiB of them, so that a round trip does not count. */
const OUTSTANDING = 128;

export const bulk: Work = {
  figures: ["bulk"],
  layout: "pair",
  mostSeconds: 120,
  measure: async (ground) => {
    const caller = await Caller.open(ground);
    const messages = ground.amount.bulkBytes / MESSAGE_BYTES;
    await caller.exchange(OUTSTANDING, times(messages / 8), MESSAGE_BYTES);
    const started = performance.now();
    const acked = await caller.exchange(OUTSTANDING, times(messages), MESSAGE_BYTES);
    const seconds = (performance.now() - started) / 1000;
    await caller.close();
    return { bulk: (acked * MESSAGE_BYTES) / 1e6 / seconds };
  },
};
