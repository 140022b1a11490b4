// Two hosts of the bench's own making, joined by a bad link: two network namespaces and the emulator (emulator.c) between
// them, with the processes that run there. Needs root, iproute2 and a C compiler. Whatever was made is gone when the link
// is closed; what a killed run left behind is removed by the next.

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Program } from "../../scripts/program.ts";
import { DELAY_MS, QUEUE_PACKETS, RATE_MBIT, type Weather } from "./weather.ts";

export type Side = "a" | "b";
export const addresses: Readonly<Record<Side, string>> = { a: "10.77.0.1", b: "10.77.0.2" };

const PREFIX = "udpchat-loss-";
const NAMESPACES = "/var/run/netns";
const ALLOWED = "/proc/sys/net/ipv4/tcp_allowed_congestion_control";
/** Packets that the kernel keeps for the emulator while it is busy. */
const DEVICE_QUEUE = 5000;

/** What one direction of a link saw. */
interface DirectionCounts {
  readonly packets: number;
  readonly bytes: number;
  readonly lost: number;
  readonly overflowed: number;
  readonly corrupted: number;
  /** What a packet waited in the queue, on the average. */
  readonly queuedMs: number;
}

export interface LinkCounts {
  /** From a to b. */
  readonly forth: DirectionCounts;
  readonly back: DirectionCounts;
  /** The most that a packet was delivered after its time. */
  readonly latestMs: number;
}

const open = new Set<Link>();
let made = 0;

/** Why no link can be made here, in one line; undefined if it can. */
export function linkObstacle(): string | undefined {
  if (process.getuid?.() !== 0) return "network namespaces need root";
  if (spawnSync("ip", ["-V"]).error !== undefined) return "iproute2 is missing: there is no ip";
  if (spawnSync("cc", ["--version"]).error !== undefined) return "a C compiler is missing: there is no cc";
  if (!existsSync("/dev/net/tun")) return "the kernel offers no TUN devices: there is no /dev/net/tun";
  return undefined;
}

/** Compiles the emulator into that folder; gives its path. */
export function compileEmulator(folder: string): string {
  const emulator = join(folder, "emulator");
  execFileSync("cc", ["-O2", "-o", emulator, join(import.meta.dirname, "emulator.c")]);
  return emulator;
}

/** Whether TCP can be asked for that congestion control here. */
export function offersCongestionControl(name: string): boolean {
  const link = `${PREFIX}${process.pid}-ask`;
  ip("netns", "add", link);
  try {
    return setCongestionControl(link, name);
  } finally {
    ip("netns", "del", link);
  }
}

/** Removes the namespaces of runs that were killed. */
export function sweepNamespaces(): void {
  for (const name of existsSync(NAMESPACES) ? readdirSync(NAMESPACES) : []) {
    const [, pid] = new RegExp(`^${PREFIX}(\\d+)-`).exec(name) ?? [];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) spawnSync("ip", ["netns", "del", name]);
  }
}

/** Takes down every open link at once: the program is being ended. */
export function abandonLinks(): void {
  for (const link of open) link.abandon();
}

/** A link that is up. */
export class Link {
  readonly #namespaces: Readonly<Record<Side, string>>;
  readonly #emulator: Program;
  readonly #programs: Program[] = [];

  private constructor(namespaces: Readonly<Record<Side, string>>, emulator: Program) {
    this.#namespaces = namespaces;
    this.#emulator = emulator;
  }

  /** Makes both hosts and joins them; `seed` decides every loss. */
  static async open(emulator: string, weather: Weather, seed: number): Promise<Link> {
    const stem = `${PREFIX}${process.pid}-${++made}`;
    const namespaces = { a: `${stem}a`, b: `${stem}b` };
    for (const name of Object.values(namespaces)) ip("netns", "add", name);
    const { lossPercent, burst, corruptPercent, mends } = weather;
    const words = [DELAY_MS, RATE_MBIT, QUEUE_PACKETS, lossPercent, burst, corruptPercent, mends ? 1 : 0, seed];
    const link = new Link(
      namespaces,
      new Program([namespaces.a, namespaces.b, ...words.map(String)], "", { launcher: emulator }),
    );
    open.add(link);
    try {
      await link.#emulator.line("up");
      for (const side of ["a", "b"] as const) {
        const name = namespaces[side];
        ip("-n", name, "link", "set", "lo", "up");
        ip("-n", name, "addr", "add", `${addresses[side]}/24`, "dev", "tl0");
        ip("-n", name, "link", "set", "tl0", "mtu", "1500", "txqueuelen", String(DEVICE_QUEUE), "up");
      }
    } catch (error) {
      link.abandon();
      throw error;
    }
    return link;
  }

  /** Has TCP of both hosts use that congestion control. */
  useCongestionControl(name: string): void {
    for (const namespace of Object.values(this.#namespaces))
      if (!setCongestionControl(namespace, name)) throw new Error(`no congestion control ${name} here`);
  }

  /** Runs a file of the project on one of the hosts. */
  run(side: Side, file: string, ...words: readonly string[]): Program {
    const command = ["netns", "exec", this.#namespaces[side], process.execPath, file, ...words];
    const program = new Program(command, "", { launcher: "ip" });
    this.#programs.push(program);
    return program;
  }

  /** From here on what runs on the hosts goes before whatever else the machine does, which would be taken for a bad link;
   * real-time, below the emulator. Nothing changes where that is not allowed. */
  putFirst(): void {
    for (const { pid } of this.#programs)
      if (pid !== undefined) spawnSync("chrt", ["--all-tasks", "--rr", "--pid", "1", String(pid)]);
  }

  /** Ends what runs on the hosts, then the link and the hosts; gives what the link saw. */
  async close(): Promise<LinkCounts> {
    try {
      this.#killPrograms();
      await Promise.all(this.#programs.map((program) => program.ended));
      this.#emulator.endInput();
      const { text } = await this.#emulator.line(/^\{/);
      return JSON.parse(text) as LinkCounts;
    } finally {
      this.abandon();
    }
  }

  /** The same without waiting, and without an answer. */
  abandon(): void {
    this.#killPrograms();
    this.#emulator.kill();
    if (open.delete(this)) for (const name of Object.values(this.#namespaces)) spawnSync("ip", ["netns", "del", name]);
  }

  #killPrograms(): void {
    for (const program of this.#programs) program.kill();
  }
}

function ip(...words: readonly string[]): void {
  execFileSync("ip", words, { stdio: ["ignore", "ignore", "inherit"] });
}

/** A namespace takes as its default only what the machine allows everybody: that is widened for the moment of asking. */
function setCongestionControl(namespace: string, name: string): boolean {
  const set = `echo ${name} > /proc/sys/net/ipv4/tcp_congestion_control`;
  const ask = (): boolean =>
    spawnSync("ip", ["netns", "exec", namespace, "sh", "-c", set], { stdio: "ignore" }).status === 0;
  if (ask()) return true;
  try {
    const before = readFileSync(ALLOWED, "utf8");
    writeFileSync(ALLOWED, `${before.trim()} ${name}`);
    try {
      return ask();
    } finally {
      writeFileSync(ALLOWED, before);
    }
  } catch {
    return false;
  }
}
