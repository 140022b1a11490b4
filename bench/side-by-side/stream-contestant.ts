// A contestant made of connections between two processes: what carries a message both ways, used as pair, room or greeting.

import {
  type Contestant,
  type Layout,
  type Line,
  NUMBER_DIGITS,
  numberOf,
  PACKETS_PER_ANSWER,
  type Place,
  type Take,
} from "./contestant.ts";
import { endWith } from "./end-with.ts";

/** A connection, from the hub's side. */
export interface HubLine {
  send(text: string): void;
  /** To all others, the way that its users would. */
  broadcast(text: string): void;
}

export interface StreamPeer {
  /** Serves; what each new connection's texts are for is asked of `accept`. */
  listen(place: Place, accept: (line: HubLine) => Take): Promise<void>;
  connect(place: Place, take: Take): Promise<Line>;
}

/** What a member hears first: a caller has its connection, by some protocols, before the hub does. */
const WELCOME = "welcome";

export function streamContestant(peer: StreamPeer): Contestant {
  return {
    hub: async (place, layout) => {
      await peer.listen(place, (line) => {
        if (layout === "room") line.send(WELCOME);
        return answering(line, layout);
      });
      return [];
    },
    call: (place, acknowledged) => peer.connect(place, inOrder(acknowledged)),
    join: async (place, _, take) => {
      const welcomed = Promise.withResolvers<void>();
      let isWelcome = false;
      const line = await peer.connect(place, (text) => {
        if (isWelcome) return take(text);
        isWelcome = true;
        welcomed.resolve();
      });
      await welcomed.promise;
      return line;
    },
    arrive: (place) => peer.connect(place, () => {}),
    greeter: (place) =>
      Promise.resolve(async () => {
        const line = await peer.connect(place, () => {});
        await line.close();
      }),
  };
}

function answering(line: HubLine, layout: Layout): Take {
  const acknowledge = (text: string): void => line.send(text.slice(0, NUMBER_DIGITS));
  const takes: Readonly<Record<Layout, Take>> = {
    pair: acknowledge,
    room: (text) => line.broadcast(text),
    packets: (text) => {
      if (numberOf(text) % PACKETS_PER_ANSWER === PACKETS_PER_ANSWER - 1) acknowledge(text);
    },
    greeting: () => {},
    idle: () => {},
  };
  return takes[layout];
}

/** Passes acknowledgements on, each for the message behind the last one. */
export function inOrder(acknowledged: () => void): Take {
  let last = -1;
  return (text) => {
    const number = numberOf(text);
    if (!(number > last)) return endWith(`acknowledgement ${text} after that of ${last}`);
    last = number;
    acknowledged();
  };
}
