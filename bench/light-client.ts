// A client on a real socket whose profile is in memory: for measuring many of them in one process.

import { type ClientEvent, ClientMachine, MemoryProfile } from "#client";
import { monotonicMs, systemDice, UdpHost, wallOffsetMs } from "#io";
import { type Machine } from "#transport";
import { type Address, showAddress } from "#wire";

const MOST_TRIES = 5;

/** One light client; `registered` resolves when the server has welcomed it. */
export class LightClient {
  readonly registered: Promise<void>;
  onEvent: ((event: ClientEvent) => void) | undefined;
  /** Of datagrams, whatever became of them. */
  receivedBytes = 0;
  readonly #profile = new MemoryProfile(
    { personSeed: systemDice(32), deviceSecret: systemDice(32), deviceId: systemDice(16) },
    systemDice,
  );
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  #host: UdpHost | undefined;
  #machine: ClientMachine | undefined;

  constructor() {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.registered = promise;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** A client that is registered; rejects where it is not. */
  static async enter(name: string, server: Address): Promise<LightClient> {
    const client = new LightClient();
    await client.start(name, server);
    try {
      await client.registered;
    } catch (error) {
      await client.stop();
      throw error;
    }
    return client;
  }

  /** Where many come at once, the server may take longer to answer than a client waits: it comes again, as people do, here
   * as somebody else. */
  static async enterAtLast(name: string, server: Address): Promise<LightClient> {
    for (let tries = 1; ; tries++) {
      try {
        return await LightClient.enter(`${name}.${tries}`, server);
      } catch (error) {
        if (tries === MOST_TRIES) throw error;
      }
    }
  }

  /** A client that is started again, under the same name, is the same person. */
  async start(name: string, server: Address): Promise<void> {
    const profile = this.#profile;
    const machine = new ClientMachine(
      {
        name,
        server,
        serverName: showAddress(server),
        profile: profile.load(),
        dice: systemDice,
        wallOffsetMs: wallOffsetMs(),
        ackTimeoutMs: 500,
        acceptsNewServer: true,
        claimed: [],
      },
      monotonicMs(),
    );
    this.#machine = machine;
    this.#host = await UdpHost.open({
      port: 0,
      bind: undefined,
      act: (now) => {
        for (let event = machine.nextEvent(); event !== undefined; event = machine.nextEvent()) this.#note(event);
        const batch = machine.takeBatch();
        if (batch !== undefined) machine.batchApplied(profile.apply(batch), now);
      },
      resumed: () => {},
      failed: this.#reject,
    });
    this.#host.start(this.#counted(machine));
  }

  /** Asks the machine something, and lets it act on it. */
  ask<T>(question: (machine: ClientMachine, now: number) => T): T {
    if (this.#machine === undefined) throw new Error("not started");
    const answer = question(this.#machine, monotonicMs());
    this.#host?.poke();
    return answer;
  }

  send(to: string, text: string): void {
    const result = this.ask((machine, now) => machine.send(to, text, now));
    if (result.kind !== "accepted") throw new Error(`not accepted: ${result.kind}`);
  }

  async stop(): Promise<void> {
    this.#machine?.goodbye();
    await this.#host?.close();
  }

  #counted(machine: ClientMachine): Machine {
    return {
      get deadline() {
        return machine.deadline;
      },
      receive: (bytes, from, now) => {
        this.receivedBytes += bytes.length;
        machine.receive(bytes, from, now);
      },
      wake: (now) => machine.wake(now),
      nextDatagram: (now) => machine.nextDatagram(now),
    };
  }

  #note(event: ClientEvent): void {
    if (event.kind === "registered") this.#resolve();
    if (event.kind === "serverSilent" || event.kind === "nameTaken" || event.kind === "refused")
      this.#reject(new Error(event.kind));
    this.onEvent?.(event);
  }
}
