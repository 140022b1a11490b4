// How long small messages take over a path, in virtual time: an aid of tests.

import { ByteReader, ByteWriter } from "#bytes";
import { calm, type Weather } from "#sim";
import { Lane } from "#transport";

import { pair } from "./pair.ts";

/** What was sent and how it arrived. */
export interface Run {
  /** From `send` to the application on the other side, in the order of arrival, ms. */
  readonly delays: readonly number[];
  /** Datagrams from the sender to the receiver. */
  readonly datagrams: number;
}

/** The delay that so large a share of messages does not exceed. */
export function percentile(delays: readonly number[], share: number): number {
  const sorted = delays.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Sends messages of `length` bytes, one every `everyMs`, over a path of 25 ms each way unless `weather` says otherwise. */
export function measure(
  seed: number,
  weather: Partial<Weather>,
  {
    count = 1000,
    everyMs = 20,
    length = 100,
    lane = Lane.chat,
  }: { count?: number; everyMs?: number; length?: number; lane?: number } = {},
): Run {
  const { network, a, b, session } = pair(seed, { ...calm, delayMs: 25, ...weather });
  network.run(network.now + 500);
  let datagrams = 0;
  network.onDatagram = (from) => {
    if (from.host === a.host.address.host) datagrams++;
  };
  const start = network.now;
  for (let i = 0; i < count; i++) {
    network.at(start + i * everyMs, () => {
      const time = Math.round((network.now - start) * 1000);
      a.endpoint.send(
        session,
        lane,
        new ByteWriter(length)
          .u48(time)
          .zeros(length - 6)
          .finish(),
      );
      network.turn(a.host);
    });
  }
  const delays: number[] = [];
  network.run(start + count * everyMs + 60_000, () => {
    for (const event of b.events.splice(0)) {
      if (event.kind === "messageReceived") delays.push(network.now - start - new ByteReader(event.bytes).u48() / 1000);
    }
    return delays.length === count;
  });
  return { delays, datagrams };
}
