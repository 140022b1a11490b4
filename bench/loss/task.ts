// What is to be measured, and what each process of it is to do. Pure: types only.

import { type Amount, type Contestant, type Weather } from "./weather.ts";

/** What is to be measured. */
export interface Cell {
  readonly kind: "delay" | "bulk";
  readonly contestant: Contestant;
  readonly weather: Weather;
  readonly amount: Amount;
  /** Who else sends bulk over the same link. */
  readonly beside?: Contestant;
}

/** What one process is to do. */
export interface Task {
  readonly role: "serve" | "receive" | "send";
  readonly contestant: Contestant;
  readonly kind: "delay" | "bulk";
  readonly amount: Amount;
  /** A folder of the cell's own. */
  readonly folder: string;
}
