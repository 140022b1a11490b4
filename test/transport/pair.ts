// Two endpoints on a simulated network, with what they were told, for tests of the transport alone.

import { type Dice, x25519KeyPair } from "#crypto";
import { calm, type Host, Network, Random, type Weather } from "#sim";
import { type Datagram, Endpoint, type EndpointOptions, Purpose, type TransportEvent } from "#transport";

export interface Side {
  readonly endpoint: Endpoint;
  readonly host: Host;
  readonly events: TransportEvent[];
  readonly publicKey: Uint8Array;
}

type EventOf<K extends TransportEvent["kind"]> = Extract<TransportEvent, { readonly kind: K }>;

/** An endpoint that lets everybody in, unless `changes` say otherwise. */
export function endpointOf(
  dice: Dice,
  now: number,
  changes: Partial<EndpointOptions> = {},
): { endpoint: Endpoint; publicKey: Uint8Array } {
  const options: EndpointOptions = {
    staticKey: x25519KeyPair(dice(32)),
    purposes: [Purpose.peer],
    answersStrangers: true,
    mostSessions: 100,
    mostHalfOpen: 64,
    creditBytes: 64 * 1024 * 1024,
    application: () => new Uint8Array(0),
    accepts: () => true,
    ...changes,
  };
  return { endpoint: new Endpoint(options, dice, now), publicKey: options.staticKey.publicKey };
}

/** An endpoint on a network, at 10.0.0.1 for `index` 1. */
export function side(network: Network, random: Random, index: number, changes: Partial<EndpointOptions> = {}): Side {
  const { endpoint, publicKey } = endpointOf(random.dice, network.now, changes);
  const events: TransportEvent[] = [];
  const act = (): void => {
    for (let event = endpoint.nextEvent(); event !== undefined; event = endpoint.nextEvent()) events.push(event);
  };
  const address = { host: `10.0.${index >> 8}.${index & 255}`, port: 4000 };
  const host: Host = { name: `host ${index}`, machine: endpoint, address, act };
  network.attach(host);
  return { endpoint, host, events, publicKey };
}

export interface Pair {
  readonly network: Network;
  readonly random: Random;
  readonly a: Side;
  readonly b: Side;
  /** The session's id at `a`, which opened it. */
  readonly session: number;
}

/** Two endpoints with an open session from a to b. */
export function pair(seed: number, weather: Weather = calm, changes: Partial<EndpointOptions> = {}): Pair {
  const random = new Random(seed, "pair");
  const network = new Network(new Random(seed, "network"), weather);
  const a = side(network, random, 1, changes);
  const b = side(network, random, 2, changes);
  const session = call({ network, a, b });
  network.run(network.now + 10_000, () => opened(a) && opened(b));
  return { network, random, a, b, session };
}

/** Lets a call b. */
export function call({ network, a, b }: Pick<Pair, "network" | "a" | "b">, replaces?: number): number {
  const session = a.endpoint.connect(
    { to: b.host.address, purpose: Purpose.peer, expectedKey: b.publicKey, forMs: 10_000, replaces },
    network.now,
  );
  network.turn(a.host);
  return session;
}

/** Queues a message at a side and lets it leave. */
export function say(network: Network, from: Side, session: number, lane: number, bytes: Uint8Array): boolean {
  const isSent = from.endpoint.send(session, lane, bytes);
  network.turn(from.host);
  return isSent;
}

export function eventsOf<K extends TransportEvent["kind"]>(where: Side, kind: K): readonly EventOf<K>[] {
  return where.events.filter((event): event is EventOf<K> => event.kind === kind);
}

/** The id of the newest session at a side. */
export function newest(where: Side): number {
  return eventsOf(where, "sessionOpened").at(-1)?.session ?? -1;
}

export function opened(where: Side): boolean {
  return eventsOf(where, "sessionOpened").length > 0;
}

export function messages(where: Side): readonly Uint8Array[] {
  return eventsOf(where, "messageReceived").map(({ bytes }) => bytes);
}

/** All that an endpoint wants to send at once, waking it first where that is due. */
export function drained(endpoint: Endpoint, now: number): readonly Datagram[] {
  if (endpoint.deadline <= now) endpoint.wake(now);
  const datagrams: Datagram[] = [];
  for (let datagram = endpoint.nextDatagram(now); datagram !== undefined; datagram = endpoint.nextDatagram(now))
    datagrams.push(datagram);
  return datagrams;
}
