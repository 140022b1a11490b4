// What every acceptance test stands on: a folder with a home for each process, ports of its own, a server and clients
// that are real processes on loopback. All of it is gone when the test ends.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

import { freePort } from "../../scripts/free-port.ts";
import { Program, type ProgramOptions } from "../../scripts/program.ts";

export const welcome = ">>> [Welcome, You are registered.]";
export const tableUpdated = ">>> [Client table updated.]";
export const bye = ">>> [You are Offline. Bye.]";
const online = /^>>> \[Server is online on \S+:\d+\]$/;

export interface ClientSetting {
  /** Where its profile is; a home of its own name by default. */
  readonly home?: string;
  readonly host?: string;
  /** The server's port, if not the stage's. */
  readonly port?: number;
  readonly clientPort?: number;
  /** Options behind the arguments. */
  readonly words?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** One test's server port, folder and processes. */
export class Stage {
  readonly folder = mkdtempSync(join(tmpdir(), "udpchat-acceptance-"));
  readonly port: number;
  readonly #running: Program[] = [];

  private constructor(port: number) {
    this.port = port;
  }

  static async open(t: TestContext): Promise<Stage> {
    const stage = new Stage(await freePort());
    t.after(() => stage.#close());
    return stage;
  }

  home(who: string): string {
    return join(this.folder, who);
  }

  /** Starts any command. */
  start(words: readonly string[], home: string, options: ProgramOptions = {}): Program {
    const program = new Program(words, home, options);
    this.#running.push(program);
    return program;
  }

  /** Starts a client and does not wait for anything. */
  join(name: string, setting: ClientSetting = {}): Program {
    const {
      home = this.home(name),
      host = "127.0.0.1",
      port = this.port,
      clientPort = 0,
      words = [],
      env = {},
    } = setting;
    return this.start(["-c", name, host, String(port), String(clientPort), ...words], home, { env });
  }

  /** A server on the stage's port, ready. */
  async server(...words: readonly string[]): Promise<Program> {
    const server = this.start(["-s", String(this.port), ...words], this.home("server"));
    await server.line(online);
    return server;
  }

  /** A server that takes the stage's port when it is told to: who needs it soon does not wait for a process to start. */
  async nextServer(): Promise<() => Promise<Program>> {
    const env = { NODE_OPTIONS: `--import=${join(import.meta.dirname, "held-back.ts")}` };
    const server = this.start(["-s", String(this.port)], this.home("server"), { env });
    await server.line("held back");
    return async () => {
      server.kill("SIGUSR2");
      await server.line(online);
      return server;
    };
  }

  /** A client, registered and with its table. */
  async client(name: string, setting: ClientSetting = {}): Promise<Program> {
    const client = this.join(name, setting);
    await client.line(welcome);
    await client.line(tableUpdated);
    return client;
  }

  /** Clients that all have each other in their tables. */
  async clients(...names: readonly string[]): Promise<readonly Program[]> {
    const clients: Program[] = [];
    for (const name of names) {
      const client = await this.client(name);
      for (const earlier of clients) await earlier.line(tableUpdated);
      clients.push(client);
    }
    return clients;
  }

  async #close(): Promise<void> {
    for (const program of this.#running) program.kill("SIGKILL");
    await Promise.all(this.#running.map((program) => program.ended));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What a program has printed, but for table lines, whose number depends on who came when. */
export function said(program: Program): readonly string[] {
  return program.lines.map(({ text }) => text).filter((text) => text !== tableUpdated);
}

/** Waits until a client's table has a row that matches; its answers stand among the lines it printed. */
export async function sees(client: Program, row: RegExp): Promise<void> {
  for (;;) {
    const [from, news] = [client.lines.length, linesSince(client)];
    client.write("clients\n?\n");
    // Read past the end of the answer, which is not that of an earlier one.
    while (client.lines.indexOf(await client.line(">>> [Invalid command]")) < from);
    if (news().some((text) => row.test(text))) return;
    // What changed while it answered is asked for at once: no other line will tell of it.
    if (!news().includes(tableUpdated)) await client.line(tableUpdated);
  }
}

/** What a client prints of a command that it answers by itself, table lines left out. */
export async function answer(client: Program, command: string, prompt = ">>> "): Promise<readonly string[]> {
  const before = said(client).length;
  client.write(`${command}\n?\n`);
  await client.line(`${prompt}[Invalid command]`);
  return said(client).slice(before, -1);
}

/** What a program prints from now on, so far. */
export function linesSince(program: Program): () => readonly string[] {
  const from = program.lines.length;
  return () => program.lines.slice(from).map(({ text }) => text);
}

/** Waits until the lines are so that it holds. */
export async function readUntil(program: Program, holds: () => boolean): Promise<void> {
  while (!holds()) await program.line(/./);
}

/** What a program has printed on standard error. */
export function complaints(program: Program): readonly string[] {
  return program.errors.map(({ text }) => text);
}

/** One sends a message of one line to another, who is there: both lines are waited for. */
export async function deliver(
  sender: readonly [string, Program],
  recipient: readonly [string, Program],
  text: string,
): Promise<void> {
  const [[from, one], [to, other]] = [sender, recipient];
  one.type(`send ${to} ${text}`);
  await Promise.all([other.line(`>>> ${from}: ${text}`), one.line(`>>> [Message received by ${to}.]`)]);
}

/** What a program has printed, but for table lines, outside of groups and in them. */
export function heard(program: Program): readonly string[] {
  return program.lines
    .map(({ text }) => text)
    .filter((text) => !/^>>> (?:\([^)]+\) )?\[Client table updated\.\]$/.test(text));
}

/** The first one makes a group, and all of them enter it, one after the other. */
export async function gather(group: string, ...members: readonly Program[]): Promise<void> {
  members[0]?.type(`create_group ${group}`);
  await members[0]?.line(`>>> [Group ${group} created by Server.]`);
  for (const member of members) {
    member.type(`join_group ${group}`);
    await member.line(`>>> [Entered group ${group} successfully]`);
  }
}

/** What a server has printed of what its clients did, without its first line and those of registrations. */
export function serverEvents(server: Program): readonly string[] {
  return server.lines
    .slice(1)
    .map(({ text }) => text)
    .filter((text) => !/^>>> \[Client \S+ registered from \S+\]$/.test(text));
}
