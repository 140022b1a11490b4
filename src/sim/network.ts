// A network of machines in virtual time: one clock, one queue of events, links with weather between hosts. Pure.
// The machines are driven by the same loop as over real sockets (transport's `drain`).

import { drain, type Machine } from "#transport";
import { type Address, addressKey, readPacket } from "#wire";

import { type Random } from "./random.ts";
import { Link, type Weather } from "./weather.ts";

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
  readonly #hosts = new Map<string, Host>();
  readonly #links = new Map<string, Link>();
  readonly #arrivals: Arrival[] = [];
  readonly #wakes = new Map<Host, number>();
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

  attach(host: Host): void {
    this.#hosts.set(addressKey(host.address), host);
    this.#wakes.set(host, this.#now);
  }

  /** The host is gone, as after `kill -9`. */
  detach(host: Host): void {
    this.#hosts.delete(addressKey(host.address));
    this.#wakes.delete(host);
  }

  /** The host is somewhere else from now on. */
  move(host: Host, address: Address): void {
    this.#hosts.delete(addressKey(host.address));
    host.address = address;
    this.#hosts.set(addressKey(address), host);
  }

  /** The weather on all links, and on those to come. */
  setWeather(weather: Weather): void {
    this.#weather = weather;
    for (const link of this.#links.values()) link.weather = weather;
  }

  /** Cuts or heals the link between two addresses, both ways. */
  setCut(a: Address, b: Address, isCut: boolean): void {
    this.#link(addressKey(a), addressKey(b)).isCut = isCut;
    this.#link(addressKey(b), addressKey(a)).isCut = isCut;
  }

  healAll(): void {
    for (const link of this.#links.values()) link.isCut = false;
  }

  /** Runs something at a time; at the same time in the order of asking. */
  at(time: number, run: () => void): void {
    this.#push({ at: Math.max(time, this.#now), order: this.#order++, run });
  }

  /** Lets a host take its turn now, after something was asked of its machine from outside. */
  turn(host: Host): void {
    this.#wakes.set(host, this.#now);
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
    for (const at of this.#wakes.values()) if (at < next) next = at;
    return next;
  }

  #step(): void {
    for (let top = this.#arrivals[0]; top !== undefined && top.at <= this.#now; top = this.#arrivals[0]) {
      this.#pop();
      top.run();
    }
    for (const [host, at] of this.#wakes) if (at <= this.#now) this.#takeTurn(host);
  }

  #takeTurn(host: Host): void {
    host.act(this.#now);
    drain(host.machine, this.#now, DATAGRAMS_PER_TURN, ({ to, bytes }) => this.#carry(host, to, bytes));
    host.act(this.#now);
    if (this.#wakes.has(host)) this.#wakes.set(host, Math.max(host.machine.deadline, this.#now + TURN_MS));
  }

  #carry(host: Host, to: Address, bytes: Uint8Array): void {
    const from = host.address;
    this.#note(from, to, bytes);
    this.#checkSeal(from, bytes);
    const toKey = addressKey(to);
    for (const copy of this.#link(addressKey(from), toKey).carry(bytes, this.#now)) {
      this.at(copy.at, () => this.#arrive(copy.bytes, from, toKey));
    }
  }

  #arrive(bytes: Uint8Array, from: Address, toKey: string): void {
    const host = this.#hosts.get(toKey);
    if (host === undefined) return;
    this.record.arrived++;
    host.machine.receive(bytes, from, this.#now);
    this.#wakes.set(host, this.#now);
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

  #link(fromKey: string, toKey: string): Link {
    const key = `${fromKey}>${toKey}`;
    let link = this.#links.get(key);
    if (link === undefined) {
      link = new Link(this.#random);
      link.weather = this.#weather;
      this.#links.set(key, link);
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
