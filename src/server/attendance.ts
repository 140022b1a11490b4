// Who is here: sessions from opening to end, and the persons they speak for. Pure. PROTOCOL §8.1, §8.4.
// Everything that makes somebody present or away passes here, so that table, books and the operator hear of it once.

import { CloseCode, type Endpoint, type SessionEnd } from "#transport";
import { type Address, type LocalSessionId } from "#wire";

import { ServerCloseCode } from "./close-code.ts";
import { type Directory, isOnline, type Person } from "./directory.ts";
import { type ServerEvent } from "./server-event.ts";
import { type StoreQueue } from "./store-queue.ts";
import { type StoreOperation } from "./store.ts";
import { type TableFeed } from "./table-feed.ts";
import { type Visitor } from "./visitor.ts";
import { type WallClock } from "./wall-clock.ts";

export interface AttendanceOptions {
  readonly endpoint: Endpoint;
  readonly directory: Directory;
  readonly feed: TableFeed<Visitor>;
  readonly store: StoreQueue;
  readonly wall: WallClock;
  readonly events: ServerEvent[];
  readonly unregisteredMs: number;
  /** Somebody is here who was neither here nor expected. */
  readonly onComing: (person: Person, now: number) => void;
  /** Somebody is away from now on; the operator hears of it afterwards. */
  readonly onLeaving: (person: Person, how: Leaving, now: number) => void;
  /** A session is over. */
  readonly onForgotten: (visitor: Visitor) => void;
}

/** How somebody went away. */
export type Leaving = Extract<ServerEvent["kind"], "deregistered" | "wentOffline">;

/** All visitors. Times in monotonic ms. */
export class Attendance {
  readonly #options: AttendanceOptions;
  readonly #visitors = new Map<LocalSessionId, Visitor>();
  /** The newest session of each process of each device. */
  readonly #newest = new Map<string, Visitor>();
  /** Until when sessions must have registered, in the order of that. */
  readonly #strangers = new Map<Visitor, number>();

  constructor(options: AttendanceOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#visitors.size;
  }

  /** When the next session has been unregistered for too long. */
  get deadline(): number {
    const [first] = this.#strangers.values();
    return first ?? Number.POSITIVE_INFINITY;
  }

  visitorOf(session: LocalSessionId): Visitor | undefined {
    return this.#visitors.get(session);
  }

  arrive(visitor: Visitor, now: number): void {
    this.#visitors.set(visitor.session, visitor);
    this.#newest.set(visitor.endpoint, visitor);
    this.#expectRegistration(visitor, now);
  }

  /** The person, who is away or here on this very session, speaks through it from now on. Told to the operator unless
   * it was here under that name (`isKnown`). */
  enter(visitor: Visitor, person: Person, isKnown: boolean, now: number): void {
    const { directory, events, onComing, store, wall } = this.#options;
    visitor.person = person;
    this.#strangers.delete(visitor);
    const lastSeenMs = wall.at(now);
    const wasOnline = isOnline(person);
    directory.setVisitor(person, visitor, lastSeenMs);
    store.add([touchPerson(visitor, lastSeenMs), putSession(visitor)], now);
    if (!wasOnline) onComing(person, now);
    if (!isKnown) events.push({ kind: "registered", name: person.record.name, address: visitor.address });
  }

  /** The person of a session is away from now on; the session stays, for a while. `settle` is told when the books know. */
  leave(visitor: Visitor, how: Leaving, now: number, settle?: (now: number) => void): void {
    const { directory, events, feed, onLeaving, store, wall } = this.#options;
    const { person } = visitor;
    if (person === undefined) return;
    visitor.person = undefined;
    feed.unsubscribe(visitor);
    const lastSeenMs = wall.at(now);
    directory.setVisitor(person, undefined, lastSeenMs);
    store.add([touchPerson(visitor, lastSeenMs), removeSession(visitor)], now, settle && ((_, at) => settle(at)));
    onLeaving(person, how, now);
    events.push({ kind: how, name: person.record.name });
    if (!visitor.isGone) this.#expectRegistration(visitor, now);
  }

  move(visitor: Visitor, address: Address, now: number): void {
    visitor.address = address;
    if (visitor.person === undefined) return;
    const { directory, store, wall } = this.#options;
    const lastSeenMs = wall.at(now);
    directory.setAddress(visitor.person, address, lastSeenMs);
    store.add([touchPerson(visitor, lastSeenMs), putSession(visitor)], now);
  }

  /** A session has ended. */
  end(visitor: Visitor, end: SessionEnd, now: number): void {
    this.#forget(visitor);
    const heir = this.#newest.get(visitor.endpoint);
    if (end.by === "superseded" && heir !== undefined && visitor.person !== undefined)
      return this.#inherit(visitor, heir, now);
    this.leave(visitor, end.by === "peer" && end.code === CloseCode.goodbye ? "deregistered" : "wentOffline", now);
  }

  /** Ends a session and tells the client why. */
  dismiss(visitor: Visitor, code: number, reason: string, how: Leaving, now: number): void {
    this.#forget(visitor);
    this.#options.endpoint.close(visitor.session, code, reason);
    this.leave(visitor, how, now);
  }

  /** Somebody was asked and was silent. Its address is told that the session is forgotten: whoever only stood still finds
   * that waiting, and need not wait for its own next ping. */
  giveUp(visitor: Visitor, now: number): void {
    const { endpoint } = this.#options;
    this.#forget(visitor);
    endpoint.abandon(visitor.session);
    endpoint.sendReset(visitor.address, visitor.remoteId, visitor.resetToken);
    this.leave(visitor, "wentOffline", now);
  }

  /** Ends sessions that were unregistered for too long; one whose registration is being decided gets more time. */
  wake(now: number): void {
    for (const [visitor, dueAt] of this.#strangers) {
      if (dueAt > now) return;
      if (visitor.isRegistering) this.#expectRegistration(visitor, now);
      else this.dismiss(visitor, ServerCloseCode.unregistered, "nothing was registered", "wentOffline", now);
    }
  }

  /** The session's process has a newer one, which has yet to register: nobody is away for that. */
  #inherit(visitor: Visitor, heir: Visitor, now: number): void {
    const { person } = visitor;
    if (person === undefined) return;
    const { directory, feed, store, wall } = this.#options;
    visitor.person = undefined;
    heir.person = person;
    heir.claimed = visitor.claimed;
    const lastSeenMs = wall.at(now);
    directory.setVisitor(person, heir, lastSeenMs);
    feed.handOver(visitor, heir);
    store.add([touchPerson(heir, lastSeenMs), putSession(heir)], now);
  }

  #forget(visitor: Visitor): void {
    visitor.isGone = true;
    this.#options.onForgotten(visitor);
    this.#visitors.delete(visitor.session);
    this.#strangers.delete(visitor);
    if (this.#newest.get(visitor.endpoint) === visitor) this.#newest.delete(visitor.endpoint);
  }

  #expectRegistration(visitor: Visitor, now: number): void {
    this.#strangers.delete(visitor);
    this.#strangers.set(visitor, now + this.#options.unregisteredMs);
  }
}

function touchPerson({ personKey, address }: Visitor, lastSeenMs: number): StoreOperation {
  return { kind: "touchPerson", personKey, lastSeenMs, address };
}

function putSession({ personKey, remoteId, address, resetToken }: Visitor): StoreOperation {
  const { host, port } = address;
  return { kind: "putSession", session: { personKey, clientSessionId: remoteId, host, port, resetToken } };
}

function removeSession({ personKey }: Visitor): StoreOperation {
  return { kind: "removeSession", personKey };
}
