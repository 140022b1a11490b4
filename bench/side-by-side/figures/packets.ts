// What the machine's datagrams allow: one way, nothing sealed, acknowledged or repeated. Only every so many are answered, so
// that the sender knows how far the receiver is, and overruns no buffer.

import { numbered, NUMBER_DIGITS, PACKETS_PER_ANSWER } from "../contestant.ts";
import { type Work } from "../work.ts";

const PACKET_BYTES = 100;
const UNANSWERED = 8 * PACKETS_PER_ANSWER;

export const packets: Work = {
  figures: ["packets"],
  layout: "packets",
  mostSeconds: 60,
  measure: async ({ contestant, place, amount }) => {
    let answered = 0;
    let sent = 0;
    let more = (): void => {};
    const line = await contestant.call(place, () => {
      answered += PACKETS_PER_ANSWER;
      more();
    });
    const padding = "x".repeat(PACKET_BYTES - NUMBER_DIGITS);
    const { promise, resolve } = Promise.withResolvers<void>();
    const started = performance.now();
    more = () => {
      while (
        sent - answered < UNANSWERED &&
        (performance.now() < started + amount.forMs || sent % PACKETS_PER_ANSWER > 0)
      )
        line.send(numbered(sent++, padding));
      if (sent === answered) resolve();
    };
    more();
    await promise;
    const rate = (sent * 1000) / (performance.now() - started);
    await line.close();
    return { packets: rate };
  },
};
