// A network of machines in virtual time: one clock, one queue of events, links with weather between hosts. Pure.
// The machines are driven by the same loop as over real sockets (transport's `drain`).

import { drain, type Machine } from "#transport";
import { type Address, addressKey, readPacket } from "#wire";

import { type Random } from "./random.ts";
import { type Dealt, Link, type Weather } from "./weather.ts";

/** A turn of an event loop takes at least so long, so that time moves on whatever machines ask for, ms. */
const TURN_MS = 0.02;
const DATAGRAMS_PER_TURN = 10_000;

/** A machine somewhere on the network. `act` runs at the end of every turn: the application above the machine. */
export interface Host {
  readonly name: string;
  machine: Machine;
  address: Address;
  readonly act: (now: number) => void;
}

interface Arrival {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

interface Present {
  readonly host: Host;
  wakeAt: number;
}

/** Where somebody may be, and the links that lead away from there. */
interface Place {
  host: Host | undefined;
  readonly links: Map<Place, Link>;
}

/** Everything that happened on the wire, as counts and one number that two equal histories share. */
export interface WireRecord {
  datagrams: number;
  bytes: number;
  arrived: number;
  /** FNV-1a over time, place, length and both ends of every datagram. */
  history: number;
}

export class Network {
  readonly record: WireRecord = { datagrams: 0, bytes: 0, arrived: 0, history: 0x811c9dc5 };
  /** What a checker found wrong on the wire. */
  readonly violations: string[] = [];
  /** Told of every datagram that leaves. */
  onDatagram: ((from: Address, to: Address, bytes: Uint8Array) => void) | undefined;
  readonly #random: Random;
  /** By host, then by port. */
  readonly #places = new Map<string, Map<number, Place>>();
  readonly #links: Link[] = [];
  readonly #arrivals: Arrival[] = [];
  /** Who is here, in the order of coming, which is the order of turns. */
  readonly #present = new Map<Host, Present>();
  /** Packet numbers seen, by session and key epoch. */
  readonly #seals = new Map<number, Set<number>>();
  #weather: Weather;
  #now = 0;
  #order = 0;

  constructor(random: Random, weather: Weather) {
    this.#random = random;
    this.#weather = weather;
  }

  get now(): number {
    return this.#now;
  }

  /** What all links together did to datagrams. */
  get dealt(): Readonly<Dealt> {
    const sum: Dealt = { carried: 0, lost: 0, doubled: 0, damaged: 0, overtaking: 0 };
    for (const { dealt } of this.#links.values())
      for (const what of Object.keys(sum) as (keyof Dealt)[]) sum[what] += dealt[what];
    return sum;
  }

  attach(host: Host): void {
    this.#place(host.address).host = host;
    this.#present.set(host, { host, wakeAt: this.#now });
  }

  /** The host is gone, as after `kill -9`. */
  detach(host: Host): void {
    this.#place(host.address).host = undefined;
    this.#present.delete(host);
  }

  /** The host is somewhere else from now on. */
  move(host: Host, address: Address): void {
    this.#place(host.address).host = undefined;
    host.address = address;
    this.#place(address).host = host;
  }

  /** The weather on all links, and on those to come. */
  setWeather(weather: Weather): void {
    this.#weather = weather;
    for (const link of this.#links) link.weather = weather;
  }

  /** Cuts or heals the link between two addresses, both ways. */
  setCut(a: Address, b: Address, isCut: boolean): void {
    this.#link(this.#place(a), this.#place(b)).isCut = isCut;
    this.#link(this.#place(b), this.#place(a)).isCut = isCut;
  }

  healAll(): void {
    for (const link of this.#links) link.isCut = false;
  }

  /** Runs something at a time; at the same time in the order of asking. */
  at(time: number, run: () => void): void {
    this.#push({ at: Math.max(time, this.#now), order: this.#order++, run });
  }

  /** Lets a host take its turn now, after something was asked of its machine from outside. */
  turn(host: Host): void {
    const present = this.#present.get(host);
    if (present !== undefined) present.wakeAt = this.#now;
  }

  /** Runs until then, or until `isDone` says so. */
  run(untilMs: number, isDone: () => boolean = () => false): void {
    while (!isDone()) {
      const next = this.#nextTime();
      if (next > untilMs) {
        this.#now = Math.max(this.#now, untilMs);
        return;
      }
      this.#now = Math.max(this.#now, next);
      this.#step();
    }
  }

  #nextTime(): number {
    let next = this.#arrivals[0]?.at ?? Number.POSITIVE_INFINITY;
    for (const { wakeAt } of this.#present.values()) if (wakeAt < next) next = wakeAt;
    return next;
  }

  #step(): void {
    for (let top = this.#arrivals[0]; top !== undefined && top.at <= this.#now; top = this.#arrivals[0]) {
      this.#pop();
      top.run();
    }
    for (const present of this.#present.values()) if (present.wakeAt <= this.#now) this.#takeTurn(present);
  }

  #takeTurn(present: Present): void {
    const { host } = present;
    host.act(this.#now);
    drain(host.machine, this.#now, DATAGRAMS_PER_TURN, ({ to, bytes }) => this.#carry(host, to, bytes));
    host.act(this.#now);
    present.wakeAt = Math.max(host.machine.deadline, this.#now + TURN_MS);
  }

  #carry(host: Host, to: Address, bytes: Uint8Array): void {
    const from = host.address;
    this.#note(from, to, bytes);
    this.#checkSeal(from, bytes);
    const place = this.#place(to);
    for (const copy of this.#link(this.#place(from), place).carry(bytes, this.#now)) {
      this.at(copy.at, () => this.#arrive(copy.bytes, from, place));
    }
  }

  #arrive(bytes: Uint8Array, from: Address, { host }: Place): void {
    if (host === undefined) return;
    this.record.arrived++;
    host.machine.receive(bytes, from, this.#now);
    this.turn(host);
  }

  #note(from: Address, to: Address, bytes: Uint8Array): void {
    this.record.datagrams++;
    this.record.bytes += bytes.length;
    let hash = mixNumber(this.record.history, this.#now * 1000);
    hash = mixNumber(hash, from.port);
    hash = mixNumber(hash, to.port);
    hash = mixNumber(hash, bytes.length);
    // A sealed packet's tag, at its end, depends on all of it.
    for (let i = 0; i < 16 && i < bytes.length; i++) {
      hash = mixByte(hash, bytes[i] as number);
      hash = mixByte(hash, bytes[bytes.length - 1 - i] as number);
    }
    this.record.history = hash >>> 0;
    this.onDatagram?.(from, to, bytes);
  }

  /** No nonce twice: session, key epoch and packet number are never the same in two packets. */
  #checkSeal(from: Address, bytes: Uint8Array): void {
    const packet = ((bytes[0] ?? 0) & 0xfc) === 0x40 ? readPacket(bytes) : undefined;
    if (packet === undefined) return;
    const { sessionId, keyEpoch, shortNumber } = packet;
    const key = sessionId * 4 + keyEpoch;
    const numbers = this.#seals.get(key) ?? new Set();
    this.#seals.set(key, numbers);
    if (numbers.has(shortNumber))
      this.violations.push(`nonce used twice by ${addressKey(from)}: ${sessionId}|${keyEpoch}|${shortNumber}`);
    numbers.add(shortNumber);
  }

  #place({ host, port }: Address): Place {
    const ports = this.#places.get(host) ?? new Map<number, Place>();
    const place = ports.get(port);
    if (place !== undefined) return place;
    const found: Place = { host: undefined, links: new Map() };
    this.#places.set(host, ports.set(port, found));
    return found;
  }

  #link(from: Place, to: Place): Link {
    let link = from.links.get(to);
    if (link === undefined) {
      link = new Link(this.#random);
      link.weather = this.#weather;
      from.links.set(to, link);
      this.#links.push(link);
    }
    return link;
  }

  #push(arrival: Arrival): void {
    const heap = this.#arrivals;
    let i = heap.push(arrival) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent] as Arrival;
      if (isBefore(above, arrival)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = arrival;
  }

  #pop(): void {
    const heap = this.#arrivals;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, heap[child] as Arrival)) child++;
      const smaller = heap[child] as Arrival;
      if (isBefore(last, smaller)) break;
      heap[i] = smaller;
      i = child;
    }
    heap[i] = last;
  }
}

/** A number's low 24 bits, byte by byte. */
function mixNumber(hash: number, value: number): number {
  return mixByte(mixByte(mixByte(hash, value), value >>> 8), value >>> 16);
}

function mixByte(hash: number, value: number): number {
  return Math.imul(hash ^ (value & 0xff), 0x01000193);
}

function isBefore(a: Arrival, b: Arrival): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
