export { main } from "./main.ts";
export { Signals } from "./signals.ts";
export type { World } from "./world.ts";
