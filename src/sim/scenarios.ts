// What can happen to a simulated world: its weather, and what goes wrong when. Pure. PROTOCOL §11.

import { calm, type Weather } from "./weather.ts";

/** Each trouble is how often it happens in a run, on average. */
export interface Scenario {
  readonly weather: Weather;
  /** A link between two clients, or a client and the server, is cut for a while. */
  readonly cuts: number;
  /** A client is killed and started again. */
  readonly clientCrashes: number;
  /** The server is killed and started again. */
  readonly serverCrashes: number;
  /** A client is suddenly somewhere else. */
  readonly moves: number;
  /** Part of the messages that are longer than a datagram. */
  readonly longMessages: number;
}

const quiet: Scenario = { weather: calm, cuts: 0, clientCrashes: 0, serverCrashes: 0, moves: 0, longMessages: 0.05 };
const rough: Weather = { ...calm, delayMs: 15, jitterMs: 10, loss: 0.2, duplicate: 0.05 };

export const scenarios: Readonly<Record<string, Scenario>> = {
  calm: quiet,
  lossy: { ...quiet, weather: rough },
  bursts: { ...quiet, weather: { ...calm, delayMs: 25, loss: 0.1, burst: 5 } },
  corrupt: { ...quiet, weather: { ...calm, delayMs: 10, jitterMs: 5, corrupt: 0.05, duplicate: 0.1 } },
  cuts: { ...quiet, weather: { ...calm, delayMs: 10, loss: 0.02 }, cuts: 6 },
  crashes: { ...quiet, weather: { ...calm, delayMs: 5, loss: 0.02 }, clientCrashes: 4 },
  restarts: { ...quiet, weather: { ...calm, delayMs: 5, loss: 0.02 }, serverCrashes: 3 },
  roaming: { ...quiet, weather: { ...calm, delayMs: 10, loss: 0.05 }, moves: 6 },
  storm: { weather: { ...rough, corrupt: 0.01 }, cuts: 3, clientCrashes: 2, serverCrashes: 1, moves: 3, longMessages: 0.05 },
};
