// A machine on a real UDP socket: the one place where datagrams, the clock and timers meet it. PROTOCOL §7.2.
// Whatever comes in one turn of the event loop is told to the machine at once and answered together at its end, by the
// same loop that the simulator uses (transport's `drain`).

import { createSocket, type Socket } from "node:dgram";
import { isIPv4 } from "node:net";

import { drain, type Machine } from "#transport";
import { type Address, numericAddress } from "#wire";

import { monotonicMs, wallOffsetMs } from "./clock.ts";
import { PortError } from "./port-error.ts";

/** Enough for a burst of thousands of datagrams; the kernel gives what it allows (DESIGN §3, measured). */
const BUFFER_BYTES = 4 * 1024 * 1024;
/** Datagrams sent before what has arrived meanwhile is looked at. */
const DATAGRAMS_PER_TURN = 256;
/** A wall clock that jumped by more than this against the monotonic one: the machine was asleep. */
const JUMP_MS = 3000;
const LONGEST_TIMER_MS = 60_000;
/** A turn that comes so much later than its time: something held the process up, and what came meanwhile may be unread. */
const HELD_UP_MS = 20;
/** Datagrams that one look at the socket takes out of it at most (libuv's own bound): after fewer it is empty. */
const DATAGRAMS_PER_LOOK = 32;
/** Looks before such a turn: answers must not wait for whoever sends without end. */
const MOST_LOOKS = 32;
/** Before an IPv4 address, on a socket of both families. */
const MAPPED = "::ffff:";

export interface HostOptions {
  readonly port: number;
  /** A numeric address to bind to; undefined for all addresses of both families. */
  readonly bind: string | undefined;
  /** Runs at both ends of every turn: takes the machine's events and does what it asks for. */
  readonly act: (now: number) => void;
  /** The computer slept, or its clock was set; the new wall clock minus monotonic clock, ms. */
  readonly resumed: (wallOffsetMs: number, now: number) => void;
  /** Something that must not happen did: the host has stopped. */
  readonly failed: (error: unknown) => void;
}

/** One machine, one socket, one timer. */
export class UdpHost {
  readonly #socket: Socket;
  readonly #isDualStack: boolean;
  readonly #options: HostOptions;
  #machine: Machine | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #looks = 0;
  #received = 0;
  #isTurnDue = false;
  #isClosed = false;
  #wallOffsetMs = wallOffsetMs();

  private constructor(socket: Socket, isDualStack: boolean, options: HostOptions) {
    this.#socket = socket;
    this.#isDualStack = isDualStack;
    this.#options = options;
  }

  /** Opens the socket; PortError if it cannot be had. */
  static async open(options: HostOptions): Promise<UdpHost> {
    const isIpv4 = options.bind !== undefined && isIPv4(options.bind);
    try {
      return await openAs(
        options,
        isIpv4 ? "udp4" : "udp6",
        (socket, isDualStack) => new UdpHost(socket, isDualStack, options),
      );
    } catch (error) {
      if (!isIpv4 && options.bind === undefined && isWithoutIpv6(error)) {
        return openAs(options, "udp4", (socket, isDualStack) => new UdpHost(socket, isDualStack, options));
      }
      throw PortError.from(error, options.port, options.bind ?? "every address");
    }
  }

  /** The port that the socket has. */
  get port(): number {
    return this.#socket.address().port;
  }

  /** Puts the machine to work. */
  start(machine: Machine): void {
    this.#machine = machine;
    this.#socket.on("message", (bytes, { address, port }) => this.#receive(bytes, address, port));
    this.#socket.on("error", (error) => this.#fail(error));
    this.poke();
  }

  /** Something was asked of the machine from outside: it gets its turn. */
  poke(): void {
    if (this.#isTurnDue || this.#isClosed) return;
    this.#isTurnDue = true;
    setImmediate(() => this.#turn());
  }

  /** Takes a last turn, so that goodbyes leave, and closes the socket. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#answer();
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#socket.close(resolve);
    await promise;
  }

  #receive(bytes: Uint8Array, host: string, port: number): void {
    const from = addressOf(host, port);
    if (from === undefined || this.#machine === undefined || this.#isClosed) return;
    this.#received++;
    try {
      this.#machine.receive(bytes, from, monotonicMs());
    } catch (error) {
      this.#fail(error);
    }
    this.poke();
  }

  /** Whoever waits for events has them, and may ask for more, before anything is answered. */
  #turn(): void {
    this.#isTurnDue = false;
    if (this.#isClosed || this.#machine === undefined) return;
    try {
      this.#noticeJump();
      const now = monotonicMs();
      if (this.#mustLookFirst(now)) return this.poke();
      this.#options.act(now);
    } catch (error) {
      return this.#fail(error);
    }
    // A tick that a microtask asks for comes when no promise is left that could go on.
    queueMicrotask(() => process.nextTick(() => this.#answer()));
  }

  #answer(): void {
    const machine = this.#machine;
    if (this.#isClosed || machine === undefined) return;
    try {
      this.#options.act(monotonicMs());
      // What it did may have taken a while, which is not the path's.
      const now = monotonicMs();
      const hasMore = drain(machine, now, DATAGRAMS_PER_TURN, ({ to, bytes }) => this.#send(to, bytes));
      this.#options.act(now);
      if (hasMore) this.poke();
      else this.#setTimer(machine.deadline);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Whether what lies in the socket is read before the machine is told how late it is: somebody whose answer came in
   * time, while this process stood still, is not silent. */
  #mustLookFirst(now: number): boolean {
    const isUnread = this.#looks === 0 || this.#received >= DATAGRAMS_PER_LOOK;
    if (now - this.#timerAt > HELD_UP_MS && this.#looks < MOST_LOOKS && isUnread) {
      this.#looks++;
      this.#received = 0;
      return true;
    }
    this.#looks = 0;
    if (this.#timerAt <= now) this.#timerAt = Number.POSITIVE_INFINITY;
    return false;
  }

  #send(to: Address, bytes: Uint8Array): void {
    const host = this.#isDualStack && !to.host.includes(":") ? MAPPED + to.host : to.host;
    // What cannot be sent (no route, buffer full) is a lost datagram, which the transport repairs.
    // Nobody asks whether it left: a callback would cost a tick for each.
    this.#socket.send(bytes, to.port, host);
  }

  #setTimer(deadline: number): void {
    if (this.#isTurnDue) return;
    const now = monotonicMs();
    if (deadline <= now) return this.poke();
    const at = Math.min(deadline, now + LONGEST_TIMER_MS);
    if (this.#timer !== undefined && this.#timerAt <= at && this.#timerAt > now) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.poke();
      },
      Math.ceil(at - now),
    );
  }

  #noticeJump(): void {
    const offset = wallOffsetMs();
    const jump = Math.abs(offset - this.#wallOffsetMs);
    this.#wallOffsetMs = offset;
    if (jump > JUMP_MS) this.#options.resumed(offset, monotonicMs());
  }

  #fail(error: unknown): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#socket.close();
    this.#options.failed(error);
  }
}

/** What the kernel names as a sender. Its IPv4 addresses are canonical as they stand, and it names one for every datagram
 * of a flood: to read them anew would cost as much as the kernel does. */
function addressOf(host: string, port: number): Address | undefined {
  const ipv4 = host.startsWith(MAPPED) && host.includes(".") ? host.slice(MAPPED.length) : host;
  if (!ipv4.includes(":")) return port > 0 ? { host: ipv4, port } : undefined;
  return numericAddress(host.split("%")[0] ?? host, port);
}

async function openAs(
  options: HostOptions,
  type: "udp4" | "udp6",
  make: (socket: Socket, isDualStack: boolean) => UdpHost,
): Promise<UdpHost> {
  const isDualStack = type === "udp6" && options.bind === undefined;
  const socket = createSocket({
    type,
    ipv6Only: type === "udp6" && !isDualStack,
    // Addresses are numbers here: node's default would ask the resolver for every datagram.
    lookup: (host, _, found) => found(null, host, type === "udp6" ? 6 : 4),
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once("error", reject);
  socket.bind(
    { port: options.port, ...(options.bind !== undefined && { address: options.bind }), exclusive: true },
    resolve,
  );
  try {
    await promise;
  } catch (error) {
    socket.close();
    throw error;
  }
  socket.removeAllListeners("error");
  widenBuffers(socket);
  return make(socket, isDualStack);
}

/** Some systems refuse what is more than they allow, instead of giving less: then their default stays. */
function widenBuffers(socket: Socket): void {
  for (const set of [
    (): void => socket.setRecvBufferSize(BUFFER_BYTES),
    (): void => socket.setSendBufferSize(BUFFER_BYTES),
  ]) {
    try {
      set();
    } catch (error) {
      if (!(error instanceof Error && "code" in error)) throw error;
    }
  }
}

function isWithoutIpv6(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "EAFNOSUPPORT" || error.code === "EADDRNOTAVAIL");
}
