// What can happen to a simulated world: its weather, and what goes wrong when. Pure. PROTOCOL §11.

import { type Random } from "./random.ts";
import { calm, type Weather } from "./weather.ts";

/** Each trouble is how often it happens in a run. */
export interface Scenario {
  /** The weather of all links while people talk. */
  readonly weather: (random: Random) => Weather;
  /** Whether the server keeps mail. */
  readonly hasMailbox: boolean;
  /** A link between two clients, or a client and the server, is cut for a while. */
  readonly cuts: number;
  /** A client is killed and started again. */
  readonly clientCrashes: number;
  /** A client is away for seconds: it was stopped, was killed, has deregistered, or nobody reaches it. */
  readonly absences: number;
  /** The server is killed and started again. */
  readonly serverCrashes: number;
  /** A client is suddenly somewhere else. */
  readonly moves: number;
  /** Part of the messages that are longer than a datagram. */
  readonly longMessages: number;
  /** Somebody enters a group, or another one, or leaves its group. */
  readonly groupMoves: number;
  /** Times that somebody posts to a group, */
  readonly groupPosts: number;
  /** … and to everybody. */
  readonly everybodyPosts: number;
}

const steady: Scenario = {
  weather: (random) => ({ ...calm, delayMs: 1 + 20 * random.fraction(), loss: 0.05 * random.fraction() }),
  hasMailbox: true,
  cuts: 0,
  clientCrashes: 0,
  absences: 0,
  serverCrashes: 0,
  moves: 0,
  longMessages: 0.02,
  groupMoves: 0,
  groupPosts: 0,
  everybodyPosts: 0,
};

/** Anything up to 20 % loss each way, in bursts or not, with reordering, duplication and corruption; sometimes calm. */
function anyWeather(random: Random): Weather {
  if (random.chance(0.1)) return calm;
  return {
    ...calm,
    delayMs: 1 + 30 * random.fraction(),
    jitterMs: 20 * random.fraction(),
    loss: 0.2 * random.fraction(),
    burst: random.chance(0.3) ? 1 + 4 * random.fraction() : 1,
    duplicate: 0.1 * random.fraction(),
    corrupt: 0.03 * random.fraction(),
  };
}

export const scenarios: Readonly<Record<string, Scenario>> = {
  talk: { ...steady, weather: anyWeather },
  weather: { ...steady, weather: anyWeather, hasMailbox: false },
  accidents: { ...steady, absences: 3, clientCrashes: 1, serverCrashes: 2, cuts: 2, moves: 2 },
  groups: {
    ...steady,
    absences: 2,
    serverCrashes: 2,
    cuts: 1,
    moves: 1,
    groupMoves: 8,
    groupPosts: 10,
    everybodyPosts: 4,
  },
  storm: {
    ...steady,
    weather: anyWeather,
    cuts: 2,
    clientCrashes: 2,
    absences: 2,
    serverCrashes: 1,
    moves: 2,
    groupMoves: 8,
    groupPosts: 6,
    everybodyPosts: 3,
  },
};
