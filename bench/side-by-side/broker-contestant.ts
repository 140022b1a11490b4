// A contestant whose messages all go through a broker: everybody is its client, subscribes to channels and publishes.

import { type Contestant, type Line, NUMBER_DIGITS, type Place, type Take } from "./contestant.ts";
import { inOrder } from "./stream-contestant.ts";

/** A client of a broker. */
export interface BrokerClient {
  publish(channel: string, text: string): void;
  close(): Promise<void>;
}

export interface BrokerPeer {
  /** Starts the broker; gives the ids of programs that it started. */
  serve(place: Place): Promise<readonly number[]>;
  /** A client of that name, subscribed to a channel, if to any. */
  connect(place: Place, name: string, channel: string | undefined, take: Take): Promise<BrokerClient>;
}

const TO_ANSWERER = "to-answerer";
const TO_CALLER = "to-caller";
const ROOM = "room";

export function brokerContestant(peer: BrokerPeer): Contestant {
  let arrived = 0;
  const lineOf = (client: BrokerClient, channel: string): Line => ({
    send: (text) => client.publish(channel, text),
    close: () => client.close(),
  });
  return {
    hub: (place) => peer.serve(place),
    answer: async (place) => {
      const client = await peer.connect(place, "answerer", TO_ANSWERER, (text) =>
        client.publish(TO_CALLER, text.slice(0, NUMBER_DIGITS)),
      );
    },
    call: async (place, acknowledged) =>
      lineOf(await peer.connect(place, "caller", TO_CALLER, inOrder(acknowledged)), TO_ANSWERER),
    join: async (place, number, take) => lineOf(await peer.connect(place, `m${number}`, ROOM, take), ROOM),
    arrive: async (place, number) => lineOf(await peer.connect(place, `a${number}`, undefined, () => {}), ROOM),
    greeter: (place) =>
      Promise.resolve(async () => {
        const client = await peer.connect(place, `g${arrived++}`, undefined, () => {});
        await client.close();
      }),
  };
}
