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
  readonly machine: Machine;
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
  readonly #seals = new Set<string>();
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
    this.#link(a, b).isCut = isCut;
    this.#link(b, a).isCut = isCut;
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
    for (const copy of this.#link(from, to).carry(bytes, this.#now)) {
      this.at(copy.at, () => this.#arrive(copy.bytes, from, to));
    }
  }

  #arrive(bytes: Uint8Array, from: Address, to: Address): void {
    const host = this.#hosts.get(addressKey(to));
    if (host === undefined) return;
    this.record.arrived++;
    host.machine.receive(bytes, from, this.#now);
    this.#wakes.set(host, this.#now);
  }

  #note(from: Address, to: Address, bytes: Uint8Array): void {
    this.record.datagrams++;
    this.record.bytes += bytes.length;
    let hash = this.record.history;
    const mix = (value: number): void => {
      hash = Math.imul(hash ^ (value & 0xff), 0x01000193) >>> 0;
    };
    for (const value of [this.#now * 1000, from.port, to.port, bytes.length]) {
      for (let shift = 0; shift < 24; shift += 8) mix(value >>> shift);
    }
    // A sealed packet's tag, at its end, depends on all of it.
    for (let i = 0; i < 16 && i < bytes.length; i++) {
      mix(bytes[i] as number);
      mix(bytes[bytes.length - 1 - i] as number);
    }
    this.record.history = hash;
    this.onDatagram?.(from, to, bytes);
  }

  /** No nonce twice: session, key epoch and packet number are never the same in two packets. */
  #checkSeal(from: Address, bytes: Uint8Array): void {
    const packet = ((bytes[0] ?? 0) & 0xfc) === 0x40 ? readPacket(bytes) : undefined;
    if (packet === undefined) return;
    const seal = `${packet.sessionId}|${packet.keyEpoch}|${packet.shortNumber}`;
    if (this.#seals.has(seal)) this.violations.push(`nonce used twice by ${addressKey(from)}: ${seal}`);
    this.#seals.add(seal);
  }

  #link(from: Address, to: Address): Link {
    const key = `${addressKey(from)}>${addressKey(to)}`;
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

function isBefore(a: Arrival, b: Arrival): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
