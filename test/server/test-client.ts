// A client just good enough to test a server with: one endpoint, one session, requests by hand.

import { decode, encode } from "#bytes";
import {
  certifyDevice,
  clientHelloCodec,
  type DeviceCertificate,
  fromServerCodec,
  type NoticeBody,
  provenServer,
  registrationProof,
  type ReplyBody,
  type RequestBody,
  requestCodec,
  type TableMark,
} from "#chat";
import { type KeyPair, type SigningKey, signingKey, x25519KeyPair } from "#crypto";
import { type Host, type Network, type Random } from "#sim";
import { CloseCode, Endpoint, Lane, Purpose, type SessionEnd } from "#transport";
import { type Address } from "#wire";

import { ModelTable } from "./model-table.ts";

export interface TestClientOptions {
  readonly name: string;
  readonly address: Address;
  readonly person?: SigningKey;
  readonly staticKey?: KeyPair;
  /** What the handshake shows instead of the device certificate. */
  readonly device?: DeviceCertificate;
}

type Introduction = Extract<NoticeBody, { readonly kind: "introduction" }>;
export type RegisterBody = Extract<RequestBody, { readonly kind: "register" }>;

export class TestClient {
  readonly name: string;
  readonly person: SigningKey;
  readonly staticKey: KeyPair;
  readonly device: DeviceCertificate;
  /** What handshakes show from now on. */
  shown: DeviceCertificate;
  readonly endpoint: Endpoint;
  readonly host: Host;
  readonly table = new ModelTable();
  readonly replies = new Map<number, ReplyBody>();
  readonly introductions: Introduction[] = [];
  readonly ends: SessionEnd[] = [];
  /** Messages from the server, in their order: kinds of replies and notices. */
  readonly heard: string[] = [];
  session: number | undefined;
  handshakeHash = new Uint8Array(32);
  isFailed = false;
  #nextId = 1;
  readonly #network: Network;

  constructor(network: Network, random: Random, options: TestClientOptions) {
    const { name, address } = options;
    this.name = name;
    this.#network = network;
    this.person = options.person ?? signingKey(random.dice(32));
    this.staticKey = options.staticKey ?? x25519KeyPair(random.dice(32));
    this.device = options.device ?? this.certify(this.person);
    this.shown = this.device;
    this.endpoint = new Endpoint(
      {
        staticKey: this.staticKey,
        purposes: [Purpose.peer],
        answersStrangers: false,
        mostSessions: 16,
        mostHalfOpen: 16,
        creditBytes: 1024 * 1024,
        application: () => encode(clientHelloCodec, { device: this.shown, registration: undefined }),
        accepts: ({ application, key }) => provenServer(application, key) !== undefined,
      },
      random.dice,
      network.now,
    );
    this.host = { name, machine: this.endpoint, address, act: () => this.#takeEvents() };
    network.attach(this.host);
  }

  certify(person: SigningKey): DeviceCertificate {
    const { publicKey } = this.staticKey;
    return certifyDevice(person, {
      deviceId: publicKey.slice(0, 16),
      staticKey: publicKey,
      mailKey: publicKey,
      issuedMs: 1,
    });
  }

  /** Opens a session, which takes the place of the one before. */
  connect(to: Address): void {
    this.isFailed = false;
    this.endpoint.connect({ to, purpose: Purpose.directory, forMs: 2500, replaces: this.session }, this.#network.now);
    this.session = undefined;
    this.#network.turn(this.host);
  }

  request(body: RequestBody): number {
    const id = this.#nextId++;
    this.sendBytes(encode(requestCodec, { id, body }));
    return id;
  }

  sendBytes(bytes: Uint8Array, lane: number = Lane.control): void {
    if (this.session !== undefined) this.endpoint.send(this.session, lane, bytes);
    this.#network.turn(this.host);
  }

  register(changes: Partial<RegisterBody> = {}): number {
    return this.request(this.registerBody(changes));
  }

  /** A register request as it should be, but for the changes. */
  registerBody(changes: Partial<RegisterBody> = {}): RegisterBody {
    const name = changes.name ?? this.name;
    const proof = this.person.sign(registrationProof(this.handshakeHash, name));
    return { kind: "register", name, device: this.device, claimed: [], table: undefined, proof, ...changes };
  }

  get mark(): TableMark | undefined {
    return this.table.mark;
  }

  /** Says goodbye. */
  close(): void {
    if (this.session !== undefined) this.endpoint.close(this.session, CloseCode.goodbye, "");
    this.#network.turn(this.host);
  }

  /** Gone without a word. */
  kill(): void {
    this.#network.detach(this.host);
  }

  #takeEvents(): void {
    for (let event = this.endpoint.nextEvent(); event !== undefined; event = this.endpoint.nextEvent()) {
      if (event.kind === "sessionOpened") {
        this.session = event.session;
        this.handshakeHash = Uint8Array.from(event.handshakeHash);
      }
      if (event.kind === "connectFailed") this.isFailed = true;
      if (event.kind === "messageReceived") this.#receive(event.bytes);
      if (event.kind !== "sessionEnded") continue;
      this.ends.push(event.end);
      if (event.session === this.session) this.session = undefined;
    }
  }

  #receive(bytes: Uint8Array): void {
    const message = decode(fromServerCodec, bytes);
    this.heard.push(message === undefined ? "malformed" : `${message.kind} ${message.body.kind}`);
    if (message?.kind === "reply") this.replies.set(message.id, message.body);
    if (message?.kind !== "notice") return;
    if (message.body.kind === "table") this.table.apply(message.body);
    else this.introductions.push(message.body);
  }
}
