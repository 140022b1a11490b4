// How long it takes until so many clients, of several processes, are registered with one server, and how many bytes of
// datagrams reach the one of them that receives most until they are.

import { join } from "node:path";

import { freePort } from "../scripts/free-port.ts";
import { Child } from "./child-process.ts";
import { type Figure, figure } from "./figures.ts";

const PROCESSES = 4;
const RUNS = 3;

export async function crowdRegisters(home: string, clients: number): Promise<readonly Figure[]> {
  const seconds: number[] = [];
  const kilobytes: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const port = await freePort();
    const server = new Child(["server", String(port), join(home, `register-${clients}-${run}`)]);
    await server.next();
    const started = performance.now();
    const each = clients / PROCESSES;
    const crowd = Array.from(
      { length: PROCESSES },
      (_, i) => new Child([String(port), String(i * each), String(each)], "crowd-process.ts"),
    );
    await Promise.all(crowd.map((part) => part.next()));
    seconds.push((performance.now() - started) / 1000);
    const told = await Promise.all(crowd.map((part) => part.ask()));
    kilobytes.push(Math.max(...told.map(({ mostBytes }) => mostBytes ?? Number.NaN)) / 1000);
    for (const part of crowd) part.end();
    server.end();
  }
  return [figure(`register_${clients}`, "s", seconds), figure(`register_${clients}_bytes`, "KB/client", kilobytes)];
}
