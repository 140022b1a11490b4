// Who is flooded, and who talks meanwhile: a group on a server, or two people of whom one is the target. Something is said
// every few milliseconds and timed until it is heard, and what was never heard is counted.

import { join } from "node:path";

import { type ClientEvent } from "#client";
import { type Address } from "#wire";

import { freePort } from "../scripts/free-port.ts";
import { Child } from "./child-process.ts";
import { LightClient } from "./light-client.ts";

/** Talk that went on for a while: how many ms each thing said took to be heard, and how many never were. */
export interface Talk {
  readonly times: readonly number[];
  readonly lost: number;
}

/** Somebody to flood, with people around. */
export interface FloodRoom {
  readonly target: "server" | "client";
  readonly port: number;
  readonly flooder: Child;
  /** The process that is flooded, and the others but this one. */
  readonly pids: { readonly target: number; readonly others: readonly number[] };
  /** Whatever a client was told that it should not have been: that the server is silent, that it was put out. */
  readonly breaks: readonly string[];
  /** What the target's process uses: `rss` bytes, `cpuMs`, and `lines` it has said to its operator. */
  load(): Promise<Record<string, number>>;
  talk(forMs: number): Promise<Talk>;
  /** Somebody new joins: how many ms it took, calling again whenever the server did not answer in time. */
  newcomer(): Promise<number>;
  close(): Promise<void>;
}

const MEMBERS = 4;
const SAY_EVERY_MS = 5;
/** What is on its way when the talk ends has so long to arrive. */
const LATEST_MS = 10_000;
const host = "127.0.0.1";

const breaking = new Set<ClientEvent["kind"]>(["serverSilent", "refused", "removedFromGroup", "requestRefused"]);

type Heard = (who: LightClient, event: ClientEvent) => string | undefined;

/** Clients with memory for a disk, all in this process. */
class Company {
  readonly breaks: string[] = [];
  readonly clients: LightClient[] = [];
  readonly #listeners = new Set<(who: LightClient, event: ClientEvent) => void>();

  async join(name: string, server: Address): Promise<LightClient> {
    const client = new LightClient();
    this.clients.push(client);
    client.onEvent = (event) => {
      if (breaking.has(event.kind)) this.breaks.push(`${name}: ${event.kind}`);
      for (const listen of this.#listeners) listen(client, event);
    };
    await client.start(name, server);
    await client.registered;
    return client;
  }

  /** Asks a client for something, and waits for an event of that kind. */
  async until(who: LightClient, kind: ClientEvent["kind"], ask: () => void): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const listen = (client: LightClient, event: ClientEvent): void => {
      if (client === who && event.kind === kind) resolve();
    };
    this.#listeners.add(listen);
    ask();
    await promise;
    this.#listeners.delete(listen);
  }

  /** Says something every few ms; each is to be heard by `ears` clients. */
  async talk(forMs: number, ears: number, say: (text: string, n: number) => void, heard: Heard): Promise<Talk> {
    const unheard = new Map<string, { readonly at: number; ears: number }>();
    const times: number[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    let isOver = false;
    const listen = (client: LightClient, event: ClientEvent): void => {
      const text = heard(client, event);
      const said = text === undefined ? undefined : unheard.get(text);
      if (text === undefined || said === undefined) return;
      times.push(performance.now() - said.at);
      if (--said.ears === 0) unheard.delete(text);
      if (isOver && unheard.size === 0) resolve();
    };
    this.#listeners.add(listen);
    const start = performance.now();
    for (let n = 0; performance.now() < start + forMs; n++) {
      const text = `${start} ${n} ${"x".repeat(80)}`;
      unheard.set(text, { at: performance.now(), ears });
      say(text, n);
      await later(start + (n + 1) * SAY_EVERY_MS - performance.now());
    }
    isOver = true;
    if (unheard.size > 0) await Promise.race([promise, later(LATEST_MS)]);
    this.#listeners.delete(listen);
    return { times, lost: [...unheard.values()].reduce((sum, said) => sum + said.ears, 0) };
  }

  async stop(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.stop()));
  }
}

let newcomers = 0;

async function arrive(server: Address): Promise<number> {
  // When the flood is at its height.
  await later(1000);
  const started = performance.now();
  for (;;) {
    const client = new LightClient();
    await client.start(`newcomer${newcomers++}`, server);
    const isIn = await client.registered.then(
      () => true,
      () => false,
    );
    const tookMs = performance.now() - started;
    await client.stop();
    if (isIn) return tookMs;
  }
}

async function later(ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (ms > 0) setTimeout(resolve, ms);
  else setImmediate(resolve);
  await promise;
}

/** A server, and a flooder with a way to it. */
async function house(home: string): Promise<{ server: Child; address: Address; flooder: Child; box: Address }> {
  const port = await freePort();
  const server = new Child(["server", String(port), join(home, `server-${port}`)], "flood-target.ts");
  await server.next();
  const flooder = new Child([String(port)], "flooder.ts");
  const { relayPort = 0 } = await flooder.next();
  return { server, address: { host, port }, flooder, box: { host, port: relayPort } };
}

/** Four people in a group on a server that is flooded, and a fifth whose traffic the flooder sees. What one says the
 * server writes down and tells the others. */
export async function serverRoom(home: string): Promise<FloodRoom> {
  const { server, address, flooder, box } = await house(home);
  const company = new Company();
  for (let i = 0; i < MEMBERS; i++) await company.join(`member${i}`, address);
  const members = [...company.clients];
  const watched = await company.join("watched", box);
  await company.until(watched, "groupCreated", () => watched.ask((machine, now) => machine.createGroup("flood", now)));
  for (const client of company.clients)
    await company.until(client, "groupEntered", () => client.ask((machine, now) => machine.joinGroup("flood", now)));
  const talk = async (forMs: number): Promise<Talk> =>
    company.talk(
      forMs,
      MEMBERS - 1,
      (text, n) => members[n % MEMBERS]?.ask((machine, now) => machine.sendGroup(text, now)),
      (who, event) => (event.kind === "postReceived" && who !== watched ? event.text : undefined),
    );
  await talk(1000);
  // What it sent is known by now; that it is slow behind a flooder at work is not to count.
  await company.until(watched, "groupLeft", () => watched.ask((machine, now) => machine.leaveGroup(now)));
  return {
    target: "server",
    port: address.port,
    flooder,
    pids: { target: server.pid ?? 0, others: [flooder.pid ?? 0] },
    breaks: company.breaks,
    load: () => server.ask(),
    talk,
    newcomer: () => arrive(address),
    close: async () => {
      await company.stop();
      server.end();
      flooder.end();
    },
  };
}

/** Two people who talk directly; one of them, a process of its own, is flooded. From saying something to the receipt. */
export async function clientRoom(home: string): Promise<FloodRoom> {
  const { server, address, flooder, box } = await house(home);
  const target = new Child(["client", String(address.port), join(home, `client-${address.port}`)], "flood-target.ts");
  await target.next();
  const company = new Company();
  await company.join("watched", box);
  const ana = await company.join("ana", address);
  const port = (): number | undefined =>
    ana.ask((machine) => machine.table()).find(({ name }) => name === "target")?.address?.port;
  while (port() === undefined) await company.until(ana, "tableUpdated", () => {});
  const texts = new Map<string, string>();
  const talk = async (forMs: number): Promise<Talk> =>
    company.talk(
      forMs,
      1,
      (text) => {
        const said = ana.ask((machine, now) => machine.send("target", text, now));
        if (said.kind === "accepted") texts.set(said.messageId.join(), text);
      },
      (_, event) =>
        event.kind === "messageEnded" && event.end === "received" ? texts.get(event.messageId.join()) : undefined,
    );
  await talk(1000);
  return {
    target: "client",
    port: port() ?? 0,
    flooder,
    pids: { target: target.pid ?? 0, others: [flooder.pid ?? 0, server.pid ?? 0] },
    breaks: company.breaks,
    load: () => target.ask(),
    talk,
    newcomer: () => arrive(address),
    close: async () => {
      await company.stop();
      target.end();
      server.end();
      flooder.end();
    },
  };
}
