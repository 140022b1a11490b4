// The server: one endpoint, the books, and what it says to whom. A machine without I/O: told what arrives, what time it
// is and what the store made of its batches; asked what to send, what to write and what happened. Pure. PROTOCOL §8.

import { nameKey } from "#chat";
import { CloseCode, type Datagram, Lane, type Machine, type TransportEvent } from "#transport";
import { type Address } from "#wire";

import { isOnline } from "./directory.ts";
import { defaultLimits } from "./limits.ts";
import { type ServerEvent } from "./server-event.ts";
import { type ServerOptions, type ServerParts, serverParts } from "./server-parts.ts";
import { type StoreOperation, type StoreResult } from "./store.ts";
import { visitorOf } from "./visitor.ts";

/** A line of the server's own table. */
export interface ListedClient {
  readonly name: string;
  /** Where the client is, or was last seen; undefined if it never was here. */
  readonly address: Address | undefined;
  readonly isOnline: boolean;
}

/** Sizes that must stay bounded, for checkers. */
export interface ServerSizes {
  readonly persons: number;
  readonly visitors: number;
  readonly questions: number;
  readonly storeOperations: number;
  readonly waitingBytes: number;
  readonly groups: number;
  readonly members: number;
  readonly deliveries: number;
  readonly groupPosts: number;
  readonly groupLogBytes: number;
  readonly posters: number;
  readonly fetches: number;
  readonly sessions: number;
  readonly halfOpen: number;
}

/** One server. `now` is monotonic ms throughout. To end it, drop it: for its clients that is the same as its death. */
export class ServerMachine implements Machine {
  readonly #parts: ServerParts;
  /** What has a deadline, in the order in which it acts. */
  readonly #timed: readonly { readonly deadline: number; wake(now: number): void }[];
  #now: number;

  constructor(options: ServerOptions, now: number) {
    this.#parts = serverParts(options, { ...defaultLimits, ...options.limits }, now);
    const { attendance, bell, chores, desk, fanOut, presence, registrar, resets, returns } = this.#parts;
    this.#timed = [presence, attendance, registrar, fanOut, desk, bell, chores, resets, returns];
    this.#now = now;
  }

  get deadline(): number {
    const { endpoint, feed } = this.#parts;
    let earliest = Math.min(endpoint.deadline, feed.deadline);
    for (const { deadline } of this.#timed) if (deadline < earliest) earliest = deadline;
    return earliest;
  }

  get sizes(): ServerSizes {
    const { attendance, desk, directory, endpoint, fanOut, groups, log, pages, posted, presence, store } = this.#parts;
    const { sessions, halfOpen } = endpoint.sizes;
    return {
      persons: directory.size,
      visitors: attendance.size,
      questions: presence.size,
      storeOperations: store.size,
      waitingBytes: desk.waitingBytes,
      groups: groups.size,
      members: groups.members,
      deliveries: fanOut.size,
      groupPosts: log.size,
      groupLogBytes: log.bytes,
      posters: posted.size,
      fetches: pages.size,
      sessions,
      halfOpen,
    };
  }

  /** Wall-clock ms at monotonic 0, from now on. */
  setWallOffset(offsetMs: number): void {
    this.#parts.wall.offsetMs = offsetMs;
  }

  receive(bytes: Uint8Array, from: Address, now: number): void {
    this.#now = now;
    this.#parts.endpoint.receive(bytes, from, now);
    this.#takeEvents(now);
  }

  wake(now: number): void {
    this.#now = now;
    const { endpoint, feed } = this.#parts;
    endpoint.wake(now);
    this.#takeEvents(now);
    for (const part of this.#timed) part.wake(now);
    feed.flush(now);
  }

  nextDatagram(now: number): Datagram | undefined {
    this.#now = now;
    const datagram = this.#parts.endpoint.nextDatagram(now);
    this.#takeEvents(now);
    return datagram;
  }

  /** What happened, for the operator. */
  nextEvent(): ServerEvent | undefined {
    return this.#parts.events.shift();
  }

  /** What the store is to make durable next; undefined while a batch is on its way, or where there is nothing. Each batch
   * is answered by `batchApplied` or `batchFailed`, after which the machine may have something to send. */
  takeBatch(): readonly StoreOperation[] | undefined {
    return this.#parts.store.takeBatch();
  }

  /** The batch is durable; one result an operation, in their order. */
  batchApplied(results: readonly StoreResult[], now: number): void {
    this.#now = now;
    this.#parts.store.applied(results, now);
  }

  /** Nothing of the batch is durable. */
  batchFailed(now: number): void {
    this.#now = now;
    this.#parts.store.failed(now);
  }

  /** Everybody whose name is in the books, in the order of names. */
  clients(): readonly ListedClient[] {
    const rows = Array.from(this.#parts.directory.persons(), (person) => ({
      name: person.record.name,
      address: person.address,
      isOnline: isOnline(person),
    }));
    return rows.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Frees a name; false if nobody has it. It is free when the store has forgotten it. */
  release(name: string): boolean {
    return this.#parts.registrar.release(nameKey(name), this.#now);
  }

  #takeEvents(now: number): void {
    const { endpoint } = this.#parts;
    for (let event = endpoint.nextEvent(); event !== undefined; event = endpoint.nextEvent()) this.#take(event, now);
  }

  #take(event: TransportEvent, now: number): void {
    const { attendance, desk, dismiss, presence } = this.#parts;
    if (event.kind === "sessionOpened") {
      const arrived = visitorOf(event);
      if (arrived !== undefined) attendance.arrive(arrived, now);
      return;
    }
    if (event.kind === "probeAnswered") return;
    const visitor = attendance.visitorOf(event.session);
    if (visitor === undefined) return;
    switch (event.kind) {
      case "messageReceived":
        if (event.lane === Lane.control || event.lane === Lane.chat)
          return desk.receive(visitor, event.lane, event.bytes, now);
        return dismiss(visitor, CloseCode.malformed, "no lane of a server", now);
      case "sessionMoved":
        return attendance.move(visitor, event.address, now);
      case "sessionEnded":
        attendance.end(visitor, event.end, now);
        return presence.settle(visitor, event.end.by === "superseded", now);
      default:
    }
  }
}
