// The flood bench of docs/hostile-networks.md: `npm run bench:flood`. What established sessions feel while a process of its
// own throws datagrams from a thousand loopback addresses at their server, and at a client. Ends with 1 where a promise
// is broken. `-- --seconds 4` for shorter cells, `--target server --kind garbage --rates 10000,0` for a part (0 is as many
// as can be), `--unpinned` to leave it to the scheduler which processor the target shares with whom, `--json` for one line a cell.

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { quantile } from "./figures.ts";
import { keepApart } from "./keep-apart.ts";
import { clientRoom, type FloodRoom, serverRoom } from "./flood-rooms.ts";
import { type Flood, type FloodKind } from "./flooder.ts";

/** What is allowed under flood: so many times the quiet figure, or so many ms, whichever is more. */
const MOST_TIMES_QUIET = 5;
const MOST_MS = 20;
/** What a target may grow by while it is flooded: half-open handshakes, calls that wait and what the socket makes. */
const MOST_GROWTH_BYTES = 128 * 1024 * 1024;
const FULL = 0;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "8" },
    target: { type: "string" },
    kind: { type: "string" },
    rates: { type: "string", default: `10000,30000,60000,${FULL}` },
    unpinned: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const seconds = Number(values.seconds);

/** One flood, and what it did. */
interface Cell {
  readonly target: string;
  readonly kind: FloodKind | "quiet";
  /** Datagrams a second: asked for (0 for as many as can be) and sent. */
  readonly asked: number;
  readonly sent: number;
  /** How long somebody new took to join meanwhile; where that is longer than the flood, it was let in after it. */
  readonly joinedMs: number;
  readonly p50: number;
  readonly p99: number;
  readonly said: number;
  readonly lost: number;
  /** Sessions closed, clients put offline, requests refused. */
  readonly breaks: number;
  /** Of a core's time, that of the target and that of the flooder. */
  readonly cpu: number;
  readonly flooderCpu: number;
  readonly rssMb: number;
  /** Bytes that came back for a byte sent: in all, and to the address that got most. */
  readonly back: number;
  readonly mostBack: number;
}

async function measure(room: FloodRoom, kind: FloodKind | "quiet", asked: number): Promise<Cell> {
  const { target, port, flooder } = room;
  const before = await room.load();
  const breaksBefore = room.breaks.length;
  const started = performance.now();
  const flood: Flood | undefined =
    kind === "quiet" ? undefined : { kind, port, perSecond: asked, seconds: seconds + 1 };
  const flooding = flood && flooder.ask(JSON.stringify(flood));
  const newcomer = room.newcomer();
  const { times, lost } = await room.talk(seconds * 1000);
  const after = await room.load();
  const tookMs = performance.now() - started;
  const thrown = await flooding;
  const joinedMs = await newcomer;
  return {
    target,
    kind,
    asked,
    sent: thrown?.["perSecond"] ?? 0,
    joinedMs,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    said: times.length + lost,
    lost,
    breaks: room.breaks.length - breaksBefore + (after["lines"] ?? 0) - (before["lines"] ?? 0),
    cpu: ((after["cpuMs"] ?? 0) - (before["cpuMs"] ?? 0)) / tookMs,
    flooderCpu: thrown?.["cpu"] ?? 0,
    rssMb: (after["rss"] ?? 0) / 1024 / 1024,
    back: (thrown?.["gotBytes"] ?? 0) / Math.max(1, thrown?.["sentBytes"] ?? 0),
    mostBack: thrown?.["mostBack"] ?? 0,
  };
}

const percent = (part: number): string => `${(100 * part).toFixed(0)} %`;

/** The columns: head, width and what stands there. */
const columns: readonly (readonly [string, number, (cell: Cell) => string])[] = [
  ["target", -7, ({ target }) => target],
  ["flood", -11, ({ kind }) => kind],
  ["asked/s", 8, ({ kind, asked }) => (kind === "quiet" ? "" : asked === FULL ? "full" : String(asked))],
  ["sent/s", 7, ({ sent }) => sent.toFixed(0)],
  ["p50 ms", 8, ({ p50 }) => p50.toFixed(2)],
  ["p99 ms", 7, ({ p99 }) => p99.toFixed(1)],
  ["heard", 6, ({ said, lost }) => String(said - lost)],
  ["lost", 5, ({ lost }) => String(lost)],
  ["breaks", 7, ({ breaks }) => String(breaks)],
  ["joined s", 9, ({ joinedMs }) => (joinedMs / 1000).toFixed(2)],
  ["cpu", 6, ({ cpu }) => percent(cpu)],
  ["flooder", 8, ({ flooderCpu }) => percent(flooderCpu)],
  ["rss MB", 7, ({ rssMb }) => rssMb.toFixed(0)],
  ["back", 6, ({ mostBack }) => mostBack.toFixed(3)],
];

function row(cells: readonly string[]): string {
  const padded = cells.map((cell, i) => {
    const width = columns[i]?.[1] ?? 0;
    return width < 0 ? cell.padEnd(-width) : cell.padStart(width);
  });
  return padded.join(" ");
}

function show(cell: Cell, wrong: readonly string[]): string {
  return row([...columns.map(([, , value]) => value(cell)), wrong.join(", ")]);
}

/** What a cell breaks of what is promised. */
function broken(cell: Cell, quiet: Cell): readonly string[] {
  const allowed = Math.max(MOST_TIMES_QUIET * quiet.p99, MOST_MS);
  return [
    cell.asked !== FULL && cell.p99 > allowed && `p99 over ${allowed.toFixed(0)} ms`,
    cell.lost > 0 && "lost",
    cell.breaks > 0 && "sessions broke",
    cell.mostBack > 1 && "more came back than was sent",
    (cell.rssMb - quiet.rssMb) * 1024 * 1024 > MOST_GROWTH_BYTES && "memory",
  ].filter((what) => what !== false);
}

// In memory where there is such a place: this is about the network, and a disk that syncs slowly holds up the same loop.
const memory = "/dev/shm";
const home = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), "udpchat-flood-"));
let failures = 0;
try {
  if (!values.json) console.log(row(columns.map(([head]) => head)));
  for (const [target, open, kinds] of [
    ["server", serverRoom, ["handshakes", "garbage", "replays", "mixed"]],
    ["client", clientRoom, ["mixed"]],
  ] as const) {
    if (values.target !== undefined && values.target !== target) continue;
    const room = await open(home);
    const { pids } = room;
    const isApart = !values.unpinned && keepApart(pids.target, [...pids.others, process.pid]);
    if (!values.json) console.log(isApart ? "the target has a processor of its own" : "processes are not pinned");
    const quiet = await measure(room, "quiet", FULL);
    const cells = [quiet];
    for (const kind of kinds.filter((each) => values.kind === undefined || each === values.kind))
      for (const rate of values.rates.split(",").map(Number)) cells.push(await measure(room, kind, rate));
    cells.push(await measure(room, "quiet", FULL));
    for (const cell of cells) {
      const wrong = broken(cell, quiet);
      failures += wrong.length;
      console.log(values.json ? JSON.stringify({ ...cell, broken: wrong }) : show(cell, wrong));
    }
    for (const what of new Set(room.breaks)) console.log(`  ${what}`);
    await room.close();
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}
process.exitCode = failures > 0 ? 1 : 0;
