// How fast bulk gets over a path, in virtual time: an aid of tests.

import { calm, type Weather } from "#sim";
import { Lane } from "#transport";

import { type Pair } from "./pair.ts";

/** 25 ms each way, 16 Mbit/s and a queue of one and a half round trips: what holds for ten times as much, sooner. */
export const longPath: Weather = { ...calm, delayMs: 25, bytesPerMs: 2000, queueMs: 74 };

/** Keeps bulk flowing from a to b for so long; bytes of whole messages that came out at b, for each ms. */
export function flow({ network, a, b, session }: Pair, forMs: number): Float64Array {
  const received = new Float64Array(forMs);
  const start = network.now;
  const end = start + forMs;
  const feed = (): void => {
    while ((a.endpoint.view(session)?.queuedBytes ?? Number.POSITIVE_INFINITY) < 2_000_000)
      a.endpoint.send(session, Lane.bulk, new Uint8Array(50_000));
    network.turn(a.host);
    if (network.now < end) network.at(network.now + 5, feed);
  };
  feed();
  network.run(end, () => {
    for (const event of b.events.splice(0)) {
      if (event.kind !== "messageReceived") continue;
      const ms = Math.floor(network.now - start);
      if (ms < forMs) received[ms] = (received[ms] as number) + event.bytes.length;
    }
    return false;
  });
  return received;
}

/** Bytes per ms from `fromMs` on. */
export function rateOf(received: Float64Array, fromMs: number): number {
  const part = received.subarray(fromMs);
  return part.reduce((sum, bytes) => sum + bytes, 0) / part.length;
}
