// udpchat's sessions alone, without anything above them: an endpoint that answers whoever calls, and one that calls, opens
// a session and closes it.

import { x25519KeyPair } from "#crypto";
import { monotonicMs, systemDice, UdpHost } from "#io";
import { Endpoint, type EndpointOptions, Purpose, type TransportEvent } from "#transport";

const HOST = "127.0.0.1";
const CALL_MS = 5000;

const options = (): EndpointOptions => ({
  staticKey: x25519KeyPair(systemDice(32)),
  purposes: [Purpose.directory],
  answersStrangers: true,
  mostSessions: 20_000,
  mostHalfOpen: 1024,
  creditBytes: 1024 * 1024,
  application: () => new Uint8Array(0),
  accepts: () => true,
});

interface Open {
  readonly endpoint: Endpoint;
  readonly host: UdpHost;
}

/** Answers calls, for as long as the process lives. */
export async function answerCalls(port: number): Promise<void> {
  await open(port, HOST, () => {});
}

/** A caller with an address of its own, as what one address may call is limited. */
export async function caller(port: number, number: number): Promise<() => Promise<void>> {
  let opened = Promise.withResolvers<void>();
  const { endpoint, host } = await open(0, `127.0.1.${number + 1}`, (event) => {
    if (event.kind === "sessionOpened") opened.resolve();
    if (event.kind === "connectFailed") opened.reject(new Error(`not connected: ${event.why.kind}`));
  });
  return async () => {
    opened = Promise.withResolvers<void>();
    const call = { to: { host: HOST, port }, purpose: Purpose.directory, forMs: CALL_MS };
    const session = endpoint.connect(call, monotonicMs());
    host.poke();
    await opened.promise;
    endpoint.close(session, 0, "");
    host.poke();
  };
}

async function open(port: number, bind: string, note: (event: TransportEvent) => void): Promise<Open> {
  const endpoint = new Endpoint(options(), systemDice, monotonicMs());
  const host = await UdpHost.open({
    port,
    bind,
    act: () => {
      for (let event = endpoint.nextEvent(); event !== undefined; event = endpoint.nextEvent()) note(event);
    },
    resumed: () => {},
    failed: (error) => {
      throw error;
    },
  });
  host.start(endpoint);
  return { endpoint, host };
}
