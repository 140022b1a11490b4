// One cell of the tables: a contestant in a weather, measured on a link of its own.

import { randomInt } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";

import { type Program } from "../../scripts/program.ts";
import { Link, type LinkCounts } from "./link.ts";
import { type CellResult, cellResult, type Outcome } from "./result.ts";
import { type Cell, type Task } from "./task.ts";
import { congestionControls, EVERY_MS } from "./weather.ts";

/** The emulator, and a folder to make folders in. */
export interface Workshop {
  readonly emulator: string;
  readonly folder: string;
}

const END = join(import.meta.dirname, "end.ts");
/** To start, to connect and to greet over the worst of links: TCP's opening packet alone waits 1, 2, 4, … s. */
const OPENING_MS = 60_000;
const MOST_OPENINGS = 3;
/** What was sent and is not there so long after the last was sent counts as not delivered. */
const GRACE_MS = 30_000;
/** A sender of bulk may wait for room when its time is over. */
const BULK_GRACE_MS = 1000;

/** Measures a cell; the losses come from a seed that is drawn here and told to the emulator only. An opening that the
 * weather prevents is tried again on a new link. `allReady` is asked once, when the ends have met: sending begins when it
 * is fulfilled. */
export async function measure(
  cell: Cell,
  workshop: Workshop,
  allReady: () => Promise<void> = () => Promise.resolve(),
): Promise<CellResult> {
  for (let tries = 1; ; tries++) {
    const seed = randomInt(2 ** 32);
    const link = await Link.open(workshop.emulator, cell.weather, seed);
    let outcome: Outcome | undefined;
    let counts: LinkCounts;
    try {
      outcome = await run(link, cell, mkdtempSync(join(workshop.folder, "cell-")), tries, allReady);
    } finally {
      counts = await link.close();
    }
    if (outcome !== undefined) return cellResult(cell, { ...outcome, seed, link: counts });
  }
}

/** Undefined if the ends did not come together and may try again. */
async function run(
  link: Link,
  cell: Cell,
  folder: string,
  tries: number,
  allReady: () => Promise<void>,
): Promise<Outcome | undefined> {
  const { kind, contestant, amount } = cell;
  const control = congestionControls[contestant];
  if (control !== undefined) link.useCongestionControl(control);
  const start = (role: Task["role"]): Program =>
    link.run(
      role === "send" ? "a" : "b",
      END,
      JSON.stringify({ role, kind, contestant, amount, folder } satisfies Task),
    );
  if (contestant === "udpchat") await start("serve").line("ready", OPENING_MS);
  const recipient = start("receive");
  await recipient.line("ready", OPENING_MS);
  const sender = start("send");
  try {
    await sender.line("connected", OPENING_MS);
    await recipient.line("greeted", OPENING_MS);
  } catch (error) {
    if (tries < MOST_OPENINGS) return undefined;
    throw error;
  }
  await allReady();
  if (kind === "delay") link.putFirst();
  sender.type("go");
  const sendingMs = kind === "delay" ? amount.messages * EVERY_MS : amount.bulkSeconds * 1000;
  let broken: string | undefined;
  if (kind === "delay") {
    const last = await recipient
      .line(/^(complete|broken: .*)$/, sendingMs + GRACE_MS)
      .catch(() => ({ text: "complete" }));
    if (last.text !== "complete") broken = last.text.replace("broken: ", "");
  } else {
    const last = await sender.line(/^(sent|broken)/, sendingMs + BULK_GRACE_MS).catch(() => ({ text: "sent" }));
    if (!last.text.startsWith("sent")) broken = last.text.replace("broken: ", "");
  }
  recipient.type("stop");
  const { text } = await recipient.line(/^arrivals /);
  return { arrivals: JSON.parse(text.slice("arrivals ".length)) as Outcome["arrivals"], broken };
}
