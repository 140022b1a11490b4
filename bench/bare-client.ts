// A client of a server without anything of a client above its session: it registers, asks and is answered. For measuring
// what a server can do, without the time that clients take.

import { decode, encode } from "#bytes";
import {
  certifyDevice,
  clientHelloCodec,
  fromServerCodec,
  provenServer,
  registrationProof,
  type ReplyBody,
  type RequestBody,
  requestCodec,
  requestLane,
} from "#chat";
import { signingKey, x25519KeyPair } from "#crypto";
import { monotonicMs, systemDice, UdpHost } from "#io";
import { Endpoint, Lane, Purpose, type TransportEvent } from "#transport";
import { type Address } from "#wire";

const CALL_MS = 5000;

export class BareClient {
  readonly #person = signingKey(systemDice(32));
  readonly #staticKey = x25519KeyPair(systemDice(32));
  readonly #device = certifyDevice(this.#person, {
    deviceId: systemDice(16),
    staticKey: this.#staticKey.publicKey,
    mailKey: this.#staticKey.publicKey,
    issuedMs: Date.now(),
  });
  readonly #endpoint = new Endpoint(
    {
      staticKey: this.#staticKey,
      purposes: [],
      answersStrangers: false,
      mostSessions: 16,
      mostHalfOpen: 1,
      creditBytes: 16 * 1024 * 1024,
      application: () => encode(clientHelloCodec, { device: this.#device, registration: undefined }),
      accepts: ({ application, key }) => provenServer(application, key) !== undefined,
    },
    systemDice,
    monotonicMs(),
  );
  readonly #answers = new Map<number, PromiseWithResolvers<ReplyBody>>();
  #opened = Promise.withResolvers<Uint8Array>();
  #host: UdpHost | undefined;
  #session = -1;
  #nextId = 1;

  /** Registered under that name, with an address of its own. */
  static async enter(name: string, server: Address): Promise<BareClient> {
    const client = new BareClient();
    await client.comeBack(name, server);
    return client;
  }

  /** Registers again, as the same person, after `close`. */
  async comeBack(name: string, server: Address): Promise<void> {
    this.#opened = Promise.withResolvers<Uint8Array>();
    await this.#open(name, server);
  }

  get personKey(): Uint8Array {
    return this.#person.publicKey;
  }

  async ask(body: RequestBody): Promise<ReplyBody> {
    const id = this.#nextId++;
    const answer = Promise.withResolvers<ReplyBody>();
    this.#answers.set(id, answer);
    this.#endpoint.send(this.#session, Lane[requestLane(body)], encode(requestCodec, { id, body }));
    this.#host?.poke();
    return answer.promise;
  }

  /** Leaves with a word. */
  async close(): Promise<void> {
    this.#endpoint.close(this.#session, 0, "");
    await this.#host?.close();
  }

  async #open(name: string, server: Address): Promise<void> {
    const host = await UdpHost.open({
      port: 0,
      bind: undefined,
      act: () => {
        for (let event = this.#endpoint.nextEvent(); event !== undefined; event = this.#endpoint.nextEvent())
          this.#note(event);
      },
      resumed: () => {},
      failed: this.#opened.reject,
    });
    this.#host = host;
    host.start(this.#endpoint);
    this.#session = this.#endpoint.connect({ to: server, purpose: Purpose.directory, forMs: CALL_MS }, monotonicMs());
    host.poke();
    const proof = this.#person.sign(registrationProof(await this.#opened.promise, name));
    const device = this.#device;
    const { kind } = await this.ask({
      kind: "register",
      name,
      device,
      claimed: [],
      table: undefined,
      group: undefined,
      proof,
    });
    if (kind !== "registered") throw new Error(`not registered: ${kind}`);
  }

  #note(event: TransportEvent): void {
    if (event.kind === "sessionOpened") this.#opened.resolve(Uint8Array.from(event.handshakeHash));
    if (event.kind === "connectFailed") this.#opened.reject(new Error("not connected"));
    if (event.kind === "sessionEnded") this.#giveUp(`the session has ended: ${JSON.stringify(event.end)}`);
    if (event.kind !== "messageReceived") return;
    const message = decode(fromServerCodec, event.bytes);
    if (message?.kind !== "reply") return;
    this.#answers.get(message.id)?.resolve(message.body);
    this.#answers.delete(message.id);
  }

  /** Nobody answers any more. */
  #giveUp(why: string): void {
    for (const { reject } of this.#answers.values()) reject(new Error(why));
    this.#answers.clear();
  }
}
