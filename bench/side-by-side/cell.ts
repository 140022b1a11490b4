// One measurement of one subject: its processes are started, measured and ended, its folder is gone afterwards.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { freePort } from "../../scripts/free-port.ts";
import { CellProcess } from "./cell-process.ts";
import { contestants } from "./contestants.ts";
import { type SubjectName } from "./figure-names.ts";
import { type Task } from "./task.ts";
import { type Amount, type Usage, type Values } from "./work.ts";
import { works } from "./works.ts";

/** Cells at work, for an end in between. */
const running = new Set<Cell>();
let isAbandoned = false;

/** Unavailable if the machine lacks what the subject needs. */
export async function measureCell(subject: SubjectName, work: number, amount: Amount): Promise<Values> {
  if (isAbandoned) throw new Error("interrupted");
  const folder = mkdtempSync(join(tmpdir(), "udpchat-peers-"));
  const cell = new Cell({ subject, work, amount, place: { port: await freePort(), folder } });
  running.add(cell);
  const { promise, reject } = Promise.withResolvers<never>();
  const mostSeconds = works[work]?.mostSeconds ?? 0;
  const limit = setTimeout(() => reject(new Error(`not done after ${mostSeconds} s`)), mostSeconds * 1000);
  try {
    return await Promise.race([cell.measure(), promise]);
  } finally {
    clearTimeout(limit);
    await cell.end();
    running.delete(cell);
  }
}

/** Ends what is at work; nothing is begun any more. */
export async function abandonCells(): Promise<void> {
  isAbandoned = true;
  await Promise.all([...running].map((cell) => cell.end()));
}

class Cell {
  readonly #task: Omit<Task, "role">;
  readonly #processes: CellProcess[] = [];

  constructor(task: Omit<Task, "role">) {
    this.#task = task;
  }

  async measure(): Promise<Values> {
    const { subject, work } = this.#task;
    const hub = await this.#start("hub");
    if (contestants[subject].answer !== undefined && works[work]?.layout === "pair") await this.#start("answer");
    const driver = this.#spawn("drive");
    return Promise.race([this.#drive(driver, hub), ...this.#processes.map(({ failed }) => failed)]);
  }

  /** The driving end first: others would be missed by it. Idempotent. */
  async end(): Promise<void> {
    for (const each of this.#processes.toReversed()) await each.end();
    rmSync(this.#task.place.folder, { recursive: true, force: true });
  }

  async #drive(driver: CellProcess, hub: CellProcess): Promise<Values> {
    for (;;) {
      const told = await driver.next();
      if (told.kind === "values") return told.values;
      if (told.kind !== "usageWanted") throw new Error(`the driving end told ${told.kind}`);
      driver.say(JSON.stringify(await this.#usage(hub, told.isCollected)));
    }
  }

  #spawn(role: Task["role"]): CellProcess {
    const started = new CellProcess({ role, ...this.#task });
    this.#processes.push(started);
    return started;
  }

  /** Resolves when it can be used. */
  async #start(role: Task["role"]): Promise<CellProcess> {
    const started = this.#spawn(role);
    await started.next();
    return started;
  }

  async #usage(hub: CellProcess, isCollected: boolean): Promise<Usage> {
    if (isCollected) {
      hub.say("collect");
      await hub.next();
    }
    return { cpuSeconds: this.#processes.reduce((sum, each) => sum + each.cpuSeconds, 0), hubKib: hub.residentKib };
  }
}
