// A server on a real socket with its books on disk: what `import { serve } from "udpchat"` gives.

import { type TableEntry } from "#client";
import {
  monotonicMs,
  mtuTowards,
  ownHosts,
  serverFolder,
  serverIdentitySeed,
  SqliteStore,
  systemDice,
  UdpHost,
  wallOffsetMs,
} from "#io";
import { type Limits, serverKeys, serverLines, ServerMachine } from "#server";
import { type Observer } from "#transport";
import { showAddress } from "#wire";

import { StartError } from "./start-error.ts";

export interface ServeOptions {
  /** UDP port, 1–65535. */
  readonly port: number;
  /** Where the books are; by default the place of that port below the user's data folder. */
  readonly folder?: string;
  /** A numeric address to bind to; all addresses of both families if not given. */
  readonly bind?: string;
  /** Whether messages for people who are away are kept. */
  readonly hasMailbox: boolean;
  /** Bounds that differ from the defaults (src/server/limits.ts). */
  readonly limits?: Partial<Limits>;
  /** Who is told of what is sent and received; never of keys or texts. */
  readonly observer?: Observer;
  /** One line an event, for people. */
  readonly onLine: (line: string) => void;
}

/** A server at work. */
export interface RunningServer {
  /** The address and port that others would type. */
  readonly address: string;
  /** Its table, in the order of names. */
  clients(): readonly TableEntry[];
  /** Frees a name whose owner lost the key; false if nobody has it. */
  release(name: string): boolean;
  /** Writes what is unwritten and frees socket and books; says nothing to the clients. Rejects with what failed, if the
   * server had failed. */
  close(): Promise<void>;
}

/** Opens books and socket and serves. StartError where the port or the data folder cannot be used. */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const server = new SocketServer(options);
  await server.open();
  return server;
}

class SocketServer implements RunningServer {
  readonly #options: ServeOptions;
  #store: SqliteStore | undefined;
  #host: UdpHost | undefined;
  #machine: ServerMachine | undefined;
  #writing: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;
  /** What comes now is not taken any more. */
  #isClosing = false;

  constructor(options: ServeOptions) {
    this.#options = options;
  }

  async open(): Promise<void> {
    const { port, bind, folder = serverFolder(port), hasMailbox } = this.#options;
    try {
      this.#host = await UdpHost.open({
        port,
        bind,
        act: () => this.#act(),
        resumed: (offset) => this.#machine?.setWallOffset(offset),
        failed: (error) => {
          this.#failure ??= { error };
        },
      });
      // Before the books, which are refused where the identity that vouched for their names is gone.
      const seed = serverIdentitySeed(folder, systemDice);
      this.#store = new SqliteStore(folder);
      this.#machine = new ServerMachine(
        {
          ...serverKeys(seed),
          dice: systemDice,
          books: this.#store.load(),
          hasMailbox,
          limits: this.#options.limits ?? {},
          wallOffsetMs: wallOffsetMs(),
          mtuTowards,
          observer: this.#options.observer,
        },
        monotonicMs(),
      );
      this.#host.start(this.#machine);
    } catch (error) {
      await this.#host?.close();
      this.#store?.close();
      throw StartError.from(error);
    }
  }

  get address(): string {
    const host = this.#options.bind ?? ownHosts()[0] ?? "127.0.0.1";
    return showAddress({ host, port: this.#options.port });
  }

  clients(): readonly TableEntry[] {
    const rows = this.#machine?.clients() ?? [];
    return rows.map(({ name, address, isOnline }) => ({ name, address, isOnline, isSelf: false }));
  }

  release(name: string): boolean {
    const isReleased = this.#machine?.release(name) ?? false;
    this.#host?.poke();
    return isReleased;
  }

  async close(): Promise<void> {
    await this.#writing;
    this.#act();
    this.#isClosing = true;
    await this.#writing;
    // The books before the port: whoever gets the port next, gets the books, too.
    this.#store?.close();
    await this.#host?.close();
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #act(): void {
    const machine = this.#machine;
    if (machine === undefined || this.#isClosing) return;
    for (let event = machine.nextEvent(); event !== undefined; event = machine.nextEvent())
      for (const line of serverLines(event)) this.#options.onLine(line);
    const batch = machine.takeBatch();
    if (batch !== undefined) this.#writing = this.#write(machine, batch);
  }

  async #write(machine: ServerMachine, batch: NonNullable<ReturnType<ServerMachine["takeBatch"]>>): Promise<void> {
    try {
      const results = await this.#store?.apply(batch);
      machine.batchApplied(results ?? [], monotonicMs());
    } catch (error) {
      // The machine declines what the books could not take; the operator reads why.
      this.#options.onLine(`[Books not written: ${error instanceof Error ? error.message : String(error)}]`);
      machine.batchFailed(monotonicMs());
    }
    this.#host?.poke();
  }
}
