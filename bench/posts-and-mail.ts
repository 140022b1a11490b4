// What the server carries: posts to a group of fifty, and mail that is on its disk before its sender reads so.

import { join } from "node:path";

import { type ClientEvent } from "#client";
import { type Address } from "#wire";

import { freePort } from "../scripts/free-port.ts";
import { Child } from "./child-process.ts";
import { type Figure, figure } from "./figures.ts";
import { LightClient } from "./light-client.ts";

const RUNS = 5;
const MEMBERS = 50;
const POSTS = 400;
const OUTSTANDING = 64;
const LETTERS = 1000;
const text = "x".repeat(100);

/** Resolves when `count` events that fit were seen. */
async function seen(client: LightClient, count: number, fits: (event: ClientEvent) => boolean): Promise<void> {
  let left = count;
  const { promise, resolve } = Promise.withResolvers<void>();
  client.onEvent = (event) => {
    if (fits(event) && --left === 0) resolve();
  };
  return promise;
}

async function withServer<T>(home: string, name: string, measure: (server: Address) => Promise<T>): Promise<T> {
  const port = await freePort();
  const server = new Child(["unlimited-server", String(port), join(home, name)]);
  await server.next();
  try {
    return await measure({ host: "127.0.0.1", port });
  } finally {
    server.end();
  }
}

async function enter(name: string, server: Address): Promise<LightClient> {
  const client = new LightClient();
  await client.start(name, server);
  await client.registered;
  return client;
}

/** Deliveries of a burst: from the first post until all members have all of them. */
export async function groupOfFifty(home: string): Promise<readonly Figure[]> {
  return withServer(home, "group", async (server) => {
    const sender = await enter("sender", server);
    const created = seen(sender, 1, ({ kind }) => kind === "groupCreated");
    sender.ask((machine, now) => machine.createGroup("bench", now));
    await created;
    const clients = [sender];
    for (let i = 0; i < MEMBERS; i++) clients.push(await enter(`member${i}`, server));
    for (const client of clients) {
      const entered = seen(client, 1, ({ kind }) => kind === "groupEntered");
      client.ask((machine, now) => machine.joinGroup("bench", now));
      await entered;
    }
    const rates: number[] = [];
    for (let run = 0; run <= RUNS; run++) {
      const arrived = clients.slice(1).map((client) => seen(client, POSTS, ({ kind }) => kind === "postReceived"));
      const started = performance.now();
      let sent = 0;
      let taken = 0;
      const more = (): void => {
        for (; sent < POSTS && sent - taken < OUTSTANDING; sent++)
          sender.ask((machine, now) => machine.sendGroup(text, now));
      };
      sender.onEvent = ({ kind }) => {
        if (kind !== "postTaken") return;
        taken++;
        more();
      };
      more();
      await Promise.all(arrived);
      if (run > 0) rates.push((POSTS * MEMBERS * 1000) / (performance.now() - started));
    }
    await Promise.all(clients.map((client) => client.stop()));
    return [figure("group_50_deliveries", "deliveries/s", rates)];
  });
}

/** Letters to somebody who is away, until the last is saved; then until the last receipt is back. */
export async function mail(home: string): Promise<readonly Figure[]> {
  return withServer(home, "mail", async (server) => {
    const saved: number[] = [];
    const collected: number[] = [];
    const sender = await enter("sender", server);
    for (let run = 0; run <= RUNS; run++) {
      const name = `reader${run}`;
      const reader = new LightClient();
      const away = seen(sender, 1, ({ kind }) => {
        if (kind !== "tableUpdated") return false;
        return sender.ask((machine) => machine.table()).some((row) => row.name === name && !row.isOnline);
      });
      await reader.start(name, server);
      await reader.registered;
      await reader.stop();
      await away;
      const kept = seen(sender, LETTERS, (event) => event.kind === "messageEnded" && event.end === "saved");
      let started = performance.now();
      for (let i = 0; i < LETTERS; i++) sender.send(name, text);
      await kept;
      const savedMs = performance.now() - started;
      const receipts = seen(sender, LETTERS, ({ kind }) => kind === "mailCollected");
      started = performance.now();
      await reader.start(name, server);
      await receipts;
      const collectedMs = performance.now() - started;
      await reader.stop();
      // The first run warms up.
      if (run === 0) continue;
      saved.push((LETTERS * 1000) / savedMs);
      collected.push((LETTERS * 1000) / collectedMs);
    }
    await sender.stop();
    return [figure("mail_saved", "letters/s", saved), figure("mail_collected", "letters/s", collected)];
  });
}
