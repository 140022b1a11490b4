// One cell of the tables: a contestant in a weather, measured on a link of its own, or beside another one.

import { randomInt } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";

import { type Program } from "../../scripts/program.ts";
import { Link, type LinkCounts } from "./link.ts";
import { type CellResult, cellResult, type Outcome } from "./result.ts";
import { type Cell, type Task } from "./task.ts";
import { type Amount, type Contestant, congestionControls, EVERY_MS, type Weather } from "./weather.ts";

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
  const { kind, amount } = cell;
  const { recipient, sender, haveMet } = await open(link, cell, folder);
  try {
    await haveMet();
  } catch (error) {
    if (tries < MOST_OPENINGS) return undefined;
    throw error;
  }
  await allReady();
  link.putFirst();
  sender.type("go");
  if (kind === "bulk") return bulkOf(cell, recipient, sender);
  const last = await recipient
    .line(/^(complete|broken: .*)$/, amount.messages * EVERY_MS + GRACE_MS)
    .catch(() => ({ text: "complete" }));
  const broken = last.text === "complete" ? undefined : last.text.replace("broken: ", "");
  return { arrivals: await arrivalsAt(recipient), broken };
}

/** Measures what udpchat and a rival get of a link that both fill, from the same moment on. */
export async function measureSharing(
  rival: Contestant,
  weather: Weather,
  amount: Amount,
  { emulator, folder }: Workshop,
): Promise<readonly CellResult[]> {
  const seed = randomInt(2 ** 32);
  const cells: readonly Cell[] = [
    { kind: "bulk", contestant: "udpchat", weather, amount, beside: rival },
    { kind: "bulk", contestant: rival, weather, amount, beside: "udpchat" },
  ];
  const link = await Link.open(emulator, weather, seed);
  let outcomes: readonly Outcome[];
  let counts: LinkCounts;
  try {
    const ends: Ends[] = [];
    for (const cell of cells) {
      const opened = await open(link, cell, mkdtempSync(join(folder, "cell-")));
      await opened.haveMet();
      ends.push(opened);
    }
    link.putFirst();
    for (const { sender } of ends) sender.type("go");
    outcomes = await Promise.all(ends.map(({ cell, recipient, sender }) => bulkOf(cell, recipient, sender)));
  } finally {
    counts = await link.close();
  }
  return cells.flatMap((cell, i) => {
    const outcome = outcomes[i];
    return outcome === undefined ? [] : [cellResult(cell, { ...outcome, seed, link: counts })];
  });
}

interface Ends {
  readonly cell: Cell;
  readonly recipient: Program;
  readonly sender: Program;
  /** Until one message has passed. */
  readonly haveMet: () => Promise<void>;
}

async function open(link: Link, cell: Cell, folder: string): Promise<Ends> {
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
  const haveMet = async (): Promise<void> => {
    await sender.line("connected", OPENING_MS);
    await recipient.line("greeted", OPENING_MS);
  };
  return { cell, recipient, sender, haveMet };
}

async function bulkOf({ amount }: Cell, recipient: Program, sender: Program): Promise<Outcome> {
  const sendingMs = (amount.bulkFromSeconds + amount.bulkSeconds) * 1000;
  const last = await sender.line(/^(sent|broken)/, sendingMs + BULK_GRACE_MS).catch(() => ({ text: "sent" }));
  const broken = last.text.startsWith("sent") ? undefined : last.text.replace("broken: ", "");
  return { arrivals: await arrivalsAt(recipient), broken };
}

async function arrivalsAt(recipient: Program): Promise<Outcome["arrivals"]> {
  recipient.type("stop");
  const { text } = await recipient.line(/^arrivals /);
  return JSON.parse(text.slice("arrivals ".length)) as Outcome["arrivals"];
}
