// Two endpoints on a simulated network, with what they were told, for tests of the transport alone.

import { x25519KeyPair } from "#crypto";
import { calm, type Host, Network, Random, type Weather } from "#sim";
import { Endpoint, type EndpointOptions, Purpose, type TransportEvent } from "#transport";

export interface Side {
  readonly endpoint: Endpoint;
  readonly host: Host;
  readonly events: TransportEvent[];
  readonly publicKey: Uint8Array;
}

/** One endpoint at 10.0.0.`index`. */
export function side(network: Network, random: Random, index: number, changes: Partial<EndpointOptions> = {}): Side {
  const staticKey = x25519KeyPair(random.dice(32));
  const options: EndpointOptions = {
    staticKey,
    purposes: [Purpose.peer],
    answersStrangers: true,
    mostSessions: 100,
    mostHalfOpen: 64,
    creditBytes: 64 * 1024 * 1024,
    application: () => new Uint8Array(0),
    accepts: () => true,
    ...changes,
  };
  const endpoint = new Endpoint(options, random.dice, network.now);
  const events: TransportEvent[] = [];
  const act = (): void => {
    for (let event = endpoint.nextEvent(); event !== undefined; event = endpoint.nextEvent()) events.push(event);
  };
  const host: Host = { name: `host ${index}`, machine: endpoint, address: { host: `10.0.${index >> 8}.${index & 255}`, port: 4000 }, act };
  network.attach(host);
  return { endpoint, host, events, publicKey: options.staticKey.publicKey };
}

/** Two endpoints with an open session from a to b. */
export function pair(seed: number, weather: Weather = calm): { network: Network; random: Random; a: Side; b: Side; session: number } {
  const random = new Random(seed, "pair");
  const network = new Network(new Random(seed, "network"), weather);
  const a = side(network, random, 1);
  const b = side(network, random, 2);
  const session = a.endpoint.connect({ to: b.host.address, purpose: Purpose.peer, expectedKey: b.publicKey, forMs: 10_000 }, network.now);
  network.turn(a.host);
  network.run(network.now + 10_000, () => opened(a) && opened(b));
  return { network, random, a, b, session };
}

export function opened(where: Side): boolean {
  return where.events.some((event) => event.kind === "sessionOpened");
}

export function messages(where: Side): readonly Uint8Array[] {
  return where.events.flatMap((event) => (event.kind === "messageReceived" ? [event.bytes] : []));
}
