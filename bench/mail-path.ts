// What a server does with mail, whoever sealed it: letters a second that are on its synced disk before their sender reads so,
// and letters a second that somebody who comes back is given.

import { join } from "node:path";

import { systemDice } from "#io";

import { freePort } from "../scripts/free-port.ts";
import { BareClient } from "./bare-client.ts";
import { Child } from "./child-process.ts";
import { type Figure, figure } from "./figures.ts";

const RUNS = 5;
const LETTERS = 5000;
const OUTSTANDING = 512;
/** A sealed letter of 100 bytes of text. */
const ENVELOPE_BYTES = 480;

export async function mailPath(home: string): Promise<readonly Figure[]> {
  const port = await freePort();
  const server = new Child(["unlimited-server", String(port), join(home, "mail-path")]);
  await server.next();
  const address = { host: "127.0.0.1", port };
  const saved: number[] = [];
  const fetched: number[] = [];
  for (let run = 0; run <= RUNS; run++) {
    const reader = await BareClient.enter(`reader${run}`, address);
    await reader.close();
    const sender = await BareClient.enter(`sender${run}`, address);
    const letters = Array.from({ length: LETTERS }, () => ({
      kind: "save" as const,
      toKey: reader.personKey,
      messageId: systemDice(16),
      envelope: systemDice(ENVELOPE_BYTES),
    }));
    const savedMs = await timed(() => saveAll(sender, letters));
    await reader.comeBack(`reader${run}`, address);
    const fetchedMs = await timed(() => fetchAll(reader));
    await Promise.all([sender.close(), reader.close()]);
    // The first run warms up.
    if (run === 0) continue;
    saved.push((LETTERS * 1000) / savedMs);
    fetched.push((LETTERS * 1000) / fetchedMs);
  }
  server.end();
  return [figure("mail_saved_server", "letters/s", saved), figure("mail_fetched_server", "letters/s", fetched)];
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function saveAll(sender: BareClient, letters: readonly Parameters<BareClient["ask"]>[0][]): Promise<void> {
  let next = 0;
  const saveOn = async (): Promise<void> => {
    for (let letter = letters[next++]; letter !== undefined; letter = letters[next++]) {
      const { kind } = await sender.ask(letter);
      if (kind !== "saved") throw new Error(`a letter is ${kind}`);
    }
  };
  await Promise.all(Array.from({ length: OUTSTANDING }, saveOn));
}

async function fetchAll(reader: BareClient): Promise<void> {
  let after = 0;
  let left = LETTERS;
  while (left > 0) {
    const page = await reader.ask({ kind: "fetch", box: 0, after });
    if (page.kind !== "mail" || page.items.length === 0) throw new Error(`${left} letters are not there`);
    left -= page.items.length;
    after = page.items.at(-1)?.number ?? after;
  }
}
