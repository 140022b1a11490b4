// The soak run of docs/soak.md: `npm run bench:soak -- --minutes 60 --clients 1000 --loss 0.05`. A server in a process of its
// own and a crowd in this one talk on loopback, come and go, lose datagrams, and see the server killed once; in the end
// everything that was said is accounted for, and memory is to be flat. Ends with 1 where a promise is broken. `--seed 7` for
// other losses and other talk, `--json` for one line a row.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as later } from "node:timers/promises";
import { parseArgs } from "node:util";

import { freePort } from "../scripts/free-port.ts";
import { Crowd } from "./soak/crowd.ts";
import { Findings } from "./soak/findings.ts";
import { flatness, type Sample } from "./soak/flatness.ts";
import { HeapWatch } from "./soak/heap-watch.ts";
import { heads, type Row, show } from "./soak/row.ts";
import { type ServerLoad, SoakServer } from "./soak/soak-server.ts";

const ROWS = 12;
/** Memory is looked at so often, in a short run more often. */
const SAMPLE_EVERY_MS = 30_000;
const LEAST_SAMPLES = 40;
/** What the last quarter of a process's life may use more than its second quarter. */
const ALLOWED = { share: 0.1, bytes: 8 * 1024 * 1024 };
/** Ids of messages that a client has in a minute, at most. */
const IDS_A_MINUTE = 20;
const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
const MB = 1024 * 1024;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    clients: { type: "string", default: "1000" },
    loss: { type: "string", default: "0.05" },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
  },
});
const [minutes, clients, loss, seed] = [values.minutes, values.clients, values.loss, values.seed].map(Number);

class Soak {
  readonly #talkMs: number;
  readonly #findings = new Findings();
  readonly #server: SoakServer;
  readonly #crowd: Crowd;
  readonly #serverUsed: Sample[] = [];
  readonly #heap = new HeapWatch();
  #serverStoodMs = 0;
  #beganAt = 0;
  #restartedAt = 0;
  #endedAt = 0;
  /** When the last row was printed, and the cpu time by then. */
  #last = { at: 0, serverCpuMs: 0, clientsCpuMs: 0 };

  constructor(home: string, port: number, settings: { minutes: number; clients: number; loss: number; seed: number }) {
    this.#talkMs = settings.minutes * 60_000;
    this.#server = new SoakServer(port, join(home, "server"));
    this.#crowd = new Crowd({
      ...settings,
      server: { host: "127.0.0.1", port },
      mostIds: Math.ceil((settings.minutes + 2) * IDS_A_MINUTE * settings.clients),
      findings: this.#findings,
    });
  }

  /** Runs to its end; gives what is not as promised. Rejects where the signal comes first. */
  async run(signal: AbortSignal): Promise<Findings> {
    await this.#server.online();
    const calledAt = performance.now();
    await this.#crowd.join(signal);
    tell("joinedAfterS", (performance.now() - calledAt) / 1000);
    if (!values.json) console.log(heads());
    this.#crowd.begin();
    this.#beganAt = performance.now();
    this.#last = { ...this.#last, at: this.#beganAt };
    const samples = Math.max(LEAST_SAMPLES, 2 * Math.round(this.#talkMs / SAMPLE_EVERY_MS / 2));
    for (let i = 1; i <= samples; i++) {
      await later(Math.max(0, this.#beganAt + (i * this.#talkMs) / samples - performance.now()), undefined, { signal });
      // In a run so short that nothing was collected by itself in a quarter of it, or a half in the end.
      if (i * 2 === samples || i === samples) this.#heap.collectUnlessSince(performance.now() - this.#talkMs / 4);
      const load = await this.#sample();
      if (Math.floor((i * ROWS) / samples) > Math.floor(((i - 1) * ROWS) / samples)) this.#tellRow(load);
      if (i * 2 === samples) await this.#restart();
    }
    this.#endedAt = performance.now();
    await this.#crowd.end(signal);
    tell("settledAfterS", (performance.now() - this.#endedAt) / 1000);
    const load = await this.#sample();
    this.#tellRow(load);
    this.#tellCounts(load);
    this.#judgeMemory();
    return this.#findings;
  }

  async close(): Promise<void> {
    this.#heap.close();
    await this.#crowd.close();
    await this.#server.kill();
  }

  async #restart(): Promise<void> {
    this.#crowd.serverDied();
    await this.#server.restart();
    this.#crowd.serverReturned();
    this.#restartedAt = performance.now();
  }

  async #sample(): Promise<ServerLoad> {
    const load = await this.#server.load();
    this.#serverUsed.push({ at: performance.now(), bytes: load.usedBytes });
    this.#crowd.suspicions.judge(load.stoodMs);
    this.#serverStoodMs = Math.max(this.#serverStoodMs, load.stoodMs);
    return load;
  }

  #tellRow(load: ServerLoad): void {
    const { carried, churn, posts, texts } = this.#crowd;
    const cpuMs = ownCpuMs();
    const at = performance.now();
    const tookMs = at - this.#last.at;
    const row: Row = {
      minutes: (at - this.#beganAt) / 60_000,
      here: churn.here,
      went: Object.values(churn.counts).reduce((sum, count) => sum + count, 0),
      texts: texts.counts.said,
      textsShown: texts.counts.shown,
      mailed: texts.counts.saved + texts.counts.exists,
      posts: posts.counts.said,
      postsShown: posts.counts.shown,
      open: texts.open + posts.open,
      datagrams: carried.datagrams,
      lost: carried.lost,
      serverUsedMb: load.usedBytes / MB,
      serverRssMb: load.rssBytes / MB,
      serverCpu: (load.cpuMs - this.#last.serverCpuMs) / tookMs,
      booksMb: this.#server.booksBytes / MB,
      clientsUsedMb: (this.#heap.samples.at(-1)?.bytes ?? 0) / MB,
      clientsRssMb: process.memoryUsage.rss() / MB,
      clientsCpu: (cpuMs - this.#last.clientsCpuMs) / tookMs,
      wrong: this.#findings.total,
    };
    this.#last = { at, serverCpuMs: load.cpuMs, clientsCpuMs: cpuMs };
    console.log(values.json ? JSON.stringify(row) : show(row));
  }

  #tellCounts({ putOut, silent, unwritten }: ServerLoad): void {
    const { churn, posts, restart, stalls, suspicions, texts } = this.#crowd;
    if (unwritten > 0) this.#findings.note("books not written", `${unwritten} times`);
    tell("texts", texts.counts);
    tell("posts", posts.counts);
    tell("went", churn.counts);
    tell("restart", { backAfterS: restart.backAfterMs / 1000, toldSilent: restart.told });
    tell("server", { foundSilent: silent, putOut });
    tell("stalls", {
      clients: stalls.count,
      longestMs: Math.round(stalls.longestMs),
      longestCollectionMs: Math.round(this.#heap.longestStopMs),
      serverLongestMs: Math.round(this.#serverStoodMs),
      explain: suspicions.excused,
    });
  }

  /** The server as a whole, each of its lives, in which a leak grows from nothing again, and the clients. */
  #judgeMemory(): void {
    const [began, restarted, ended] = [this.#beganAt, this.#restartedAt, this.#endedAt];
    for (const [what, samples, from, to] of [
      ["server", this.#serverUsed, began, ended],
      ["server before its restart", this.#serverUsed, began, restarted],
      ["server after its restart", this.#serverUsed, restarted, ended],
      ["clients", this.#heap.samples, began, ended],
    ] as const) {
      const { isFlat, last, second } = flatness(samples, from, to, ALLOWED);
      const inMb = { secondQuarterMb: megabytes(second), lastQuarterMb: megabytes(last) };
      tell(`memory of ${what}`, inMb);
      if (!isFlat) this.#findings.note("memory not flat", `${what}: ${JSON.stringify(inMb)}`);
    }
  }
}

function megabytes(bytes: number): number {
  return Number((bytes / MB).toFixed(2));
}

function ownCpuMs(): number {
  const { system, user } = process.cpuUsage();
  return (user + system) / 1000;
}

function tell(what: string, value: unknown): void {
  console.log(values.json ? JSON.stringify({ [what]: value }) : `${what}: ${JSON.stringify(value)}`);
}

function isNumber(value: number | undefined, least: number, most: number): value is number {
  return value !== undefined && value >= least && value <= most;
}

if (
  !isNumber(minutes, 0.1, 24 * 60) ||
  !isNumber(clients, 20, 5000) ||
  !isNumber(loss, 0, 0.5) ||
  !isNumber(seed, 0, 2 ** 47)
) {
  console.error("usage: bench/soak.ts [--minutes 0.1…1440] [--clients 20…5000] [--loss 0…0.5] [--seed 1] [--json]");
  process.exit(2);
}
const ending = new AbortController();
for (const [name, code] of Object.entries(SIGNALS)) process.once(name, () => ending.abort(code));
const home = mkdtempSync(join(tmpdir(), "udpchat-soak-"));
const soak = new Soak(home, await freePort(), { minutes, clients, loss, seed });
try {
  const findings = await soak.run(ending.signal);
  for (const line of findings.lines) tell("wrong", line);
  tell("verdict", findings.total === 0 ? "nothing lost, memory flat" : `${findings.total} findings`);
  process.exitCode = findings.total === 0 ? 0 : 1;
} catch (error) {
  if (!ending.signal.aborted) throw error;
  process.exitCode = Number(ending.signal.reason);
} finally {
  await soak.close();
  rmSync(home, { recursive: true, force: true });
}
