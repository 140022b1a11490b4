// The benches of docs/bench.md: `npm run bench`, with `-- --json` one line a figure instead of a table, and with
// `-- --only group_50_deliveries,mail_saved` only those. Everything stays on loopback, in processes of its own, and ends by
// itself.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { type ChatSession, connect } from "#library";
import { simulateJoins } from "#sim";

import { freePort } from "../scripts/free-port.ts";
import { Program } from "../scripts/program.ts";
import { Child } from "./child-process.ts";
import { crowdRegisters } from "./crowd-registers.ts";
import { crowdReturns } from "./crowd-return.ts";
import { type Figure, figure, quantile, show } from "./figures.ts";
import { LightClient } from "./light-client.ts";
import { mailPath } from "./mail-path.ts";
import { groupOfFifty, mail } from "./posts-and-mail.ts";

const RUNS = 5;
const ROUND_TRIPS = 1000;
const BURST = 10_000;
const OUTSTANDING = 256;
const LINES = 100;
const IDLE_CLIENTS = 1000;
const text = "x".repeat(100);

const { values } = parseArgs({ options: { json: { type: "boolean", default: false }, only: { type: "string" } } });
const asJson = values.json;
const home = mkdtempSync(join(tmpdir(), "udpchat-bench-"));

/** Waits until the other one is in the table. */
async function knows(session: ChatSession, events: AsyncIterator<unknown>, name: string): Promise<void> {
  while (!session.table().some((row) => row.name === name && row.isOnline)) await events.next();
}

async function betweenTwo(): Promise<readonly Figure[]> {
  const port = await freePort();
  const server = new Child(["server", String(port), join(home, "server")]);
  await server.next();
  const other = new Child(["client", String(port), join(home, "bob"), "bob"]);
  await other.next();
  const ana = await connect({ name: "ana", host: "127.0.0.1", port, folder: join(home, "ana") });
  const events = ana[Symbol.asyncIterator]();
  await knows(ana, events, "bob");
  const ended = async (): Promise<void> => {
    for (;;) {
      const { value } = await events.next();
      if (value?.kind === "messageEnded") return;
    }
  };
  const p50: number[] = [];
  const p99: number[] = [];
  const rates: number[] = [];
  for (let run = 0; run <= RUNS; run++) {
    const times: number[] = [];
    for (let i = 0; i < ROUND_TRIPS; i++) {
      const started = performance.now();
      ana.send("bob", text);
      await ended();
      times.push((performance.now() - started) * 1000);
    }
    const started = performance.now();
    let sent = 0;
    for (let done = 0; done < BURST; done++) {
      while (sent < BURST && sent - done < OUTSTANDING) {
        ana.send("bob", text);
        sent++;
      }
      await ended();
    }
    // The first run warms up.
    if (run === 0) continue;
    p50.push(quantile(times, 0.5));
    p99.push(quantile(times, 0.99));
    rates.push((BURST / (performance.now() - started)) * 1000);
  }
  await ana.close();
  other.end();
  server.end();
  return [
    figure("rtt_p50_durable", "µs", p50),
    figure("rtt_p99_durable", "µs", p99),
    figure("acked_256_durable", "messages/s", rates),
  ];
}

async function throughTheProgram(): Promise<readonly Figure[]> {
  const port = await freePort();
  const server = new Program(["-s", String(port)], home);
  await server.line(/Server is online/);
  const clients = ["ana", "bob"].map((name) => new Program(["-c", name, "127.0.0.1", String(port), "0"], home));
  const [ana, bob] = clients;
  if (ana === undefined || bob === undefined) throw new Error("no clients");
  for (const client of clients) await client.line(">>> [Client table updated.]");
  const medians: number[] = [];
  for (let run = 0; run <= RUNS; run++) {
    const times: number[] = [];
    for (let i = 0; i < LINES; i++) {
      const started = performance.now();
      ana.type(`send bob ${text}`);
      const line = await ana.line(/^>>> \[(Message received by bob\.|No such client: bob)\]$/);
      if (line.text.includes("received")) times.push(line.atMs - started);
    }
    if (run > 0) medians.push(quantile(times, 0.5));
  }
  for (const program of [...clients, server]) program.type("quit");
  await Promise.all([...clients, server].map((program) => program.ended));
  return [figure("send_to_line_p50", "ms", medians)];
}

async function idleClients(): Promise<readonly Figure[]> {
  const perClient: number[] = [];
  const registering: number[] = [];
  for (let run = 0; run < 3; run++) {
    const port = await freePort();
    const server = new Child(["server", String(port), join(home, `idle-${run}`)]);
    await server.next();
    const before = await server.ask();
    const started = performance.now();
    const clients = Array.from({ length: IDLE_CLIENTS }, () => new LightClient());
    for (let at = 0; at < clients.length; at += 50) {
      const some = clients.slice(at, at + 50);
      await Promise.all(some.map((client, i) => client.start(`client${at + i}`, { host: "127.0.0.1", port })));
      await Promise.all(some.map((client) => client.registered));
    }
    registering.push((performance.now() - started) / 1000);
    const after = await server.ask();
    perClient.push(((after["used"] ?? 0) - (before["used"] ?? 0)) / 1024 / IDLE_CLIENTS);
    await Promise.all(clients.map((client) => client.stop()));
    server.end();
  }
  return [figure("idle_kib_1000", "KiB/client", perClient), figure("register_1000", "s", registering)];
}

function tableBytes(): readonly Figure[] {
  const kilobytes = [1, 2, 3].map((seed) => simulateJoins(seed, 200).bytesPerClient / 1000);
  return [figure("bytes_200_joins", "KB/client", kilobytes)];
}

/** What is measured together, by the names of its figures. */
const works: readonly (readonly [readonly string[], () => Promise<readonly Figure[]> | readonly Figure[]])[] = [
  [["send_to_line_p50"], throughTheProgram],
  [["rtt_p50_durable", "rtt_p99_durable", "acked_256_durable"], betweenTwo],
  [["bytes_200_joins"], tableBytes],
  [["group_50_deliveries"], () => groupOfFifty(home)],
  [["mail_saved", "mail_collected"], () => mail(home)],
  [["mail_saved_server", "mail_fetched_server"], () => mailPath(home)],
  [["idle_kib_1000", "register_1000"], idleClients],
  [["return_1000"], () => crowdReturns(home)],
  [["register_10000", "register_10000_bytes"], () => crowdRegisters(home, 10_000)],
];
const all = works.flatMap(([figures]) => figures);
const wanted = new Set(values.only?.split(",") ?? all);
const unknown = [...wanted].find((name) => !all.includes(name));

try {
  if (unknown !== undefined) {
    console.error(`no figure is called ${unknown}; there are ${all.join(", ")}`);
    process.exitCode = 64;
  } else {
    if (!asJson) console.log(`udpchat on Node ${process.version}, loopback, processes not pinned\n`);
    for (const [figures, measure] of works) {
      if (!figures.some((name) => wanted.has(name))) continue;
      for (const result of await measure())
        if (wanted.has(result.figure)) console.log(asJson ? JSON.stringify(result) : show(result));
    }
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}
