export type { Host, WireRecord } from "./network.ts";
export { Network } from "./network.ts";
export { Random } from "./random.ts";
export type { Weather } from "./weather.ts";
export { calm } from "./weather.ts";
