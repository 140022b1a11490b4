// A box between one client and everybody else, as a NAT is: the client calls its `port` for the server, and everybody
// else sees the client at an address of the box. What passes is handed on as it is, and noted.

import { createSocket, type Socket } from "node:dgram";
import type { TestContext } from "node:test";

const host = "127.0.0.1";

export interface Passed {
  readonly bytes: Uint8Array;
  /** The port it went to: the client's own, or that of the server or a peer. */
  readonly to: number;
  /** When, in monotonic ms. */
  readonly atMs: number;
}

export class Relay {
  readonly passed: Passed[] = [];
  /** What is handed in to the client, by its bytes and the port it came from: all of it by default. */
  admits: (bytes: Uint8Array, from: number) => boolean = () => true;
  #outside: Socket;
  /** What the client sees in place of somebody outside, by that one's port. */
  readonly #inside = new Map<number, Socket>();
  #clientPort = 0;
  #port = 0;

  private constructor(outside: Socket) {
    this.#outside = outside;
    this.#listen();
  }

  static async open(t: TestContext, serverPort: number): Promise<Relay> {
    const relay = new Relay(await bound());
    relay.#port = (await relay.#stand(serverPort)).address().port;
    t.after(() => {
      for (const socket of [relay.#outside, ...relay.#inside.values()]) socket.close();
    });
    return relay;
  }

  /** Where the client is to look for its server. */
  get port(): number {
    return this.#port;
  }

  /** Forgets its mapping, as a NAT does that was restarted: the client is seen at another port, and what still goes to the
   * one before is lost. */
  async rebind(): Promise<void> {
    this.#outside.close();
    this.#outside = await bound();
    this.#listen();
  }

  #listen(): void {
    this.#outside.on("message", (bytes, { port }) => void this.#handIn(bytes, port));
  }

  async #handIn(bytes: Uint8Array, from: number): Promise<void> {
    if (!this.admits(bytes, from)) return;
    const socket = this.#inside.get(from) ?? (await this.#stand(from));
    this.passed.push({ bytes, to: this.#clientPort, atMs: performance.now() });
    socket.send(bytes, this.#clientPort, host);
  }

  /** A socket that stands for somebody outside. */
  async #stand(outsidePort: number): Promise<Socket> {
    const socket = await bound();
    this.#inside.set(outsidePort, socket);
    socket.on("message", (bytes, { port }) => {
      this.#clientPort = port;
      this.passed.push({ bytes, to: outsidePort, atMs: performance.now() });
      this.#outside.send(bytes, outsidePort, host);
    });
    return socket;
  }
}

/** A bound socket of IPv4 loopback. */
export async function bound(): Promise<Socket> {
  const socket = createSocket("udp4");
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.bind(0, host, resolve);
  await promise;
  return socket;
}
