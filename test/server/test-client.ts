// A client just good enough to test a server with: one endpoint, one session, requests by hand.

import { decode, encode, utf8 } from "#bytes";
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
  requestLane,
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

type NoticeOf<K extends NoticeBody["kind"]> = Extract<NoticeBody, { readonly kind: K }>;
export type RegisterBody = Extract<RequestBody, { readonly kind: "register" }>;
export type PostBody = Extract<RequestBody, { readonly kind: "post" }>;

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
  readonly introductions: NoticeOf<"introduction">[] = [];
  /** Boxes of which the server said that something waits there. */
  readonly bells: number[] = [];
  /** Posts to the group, each time one came. */
  readonly posts: NoticeOf<"groupPost">[] = [];
  /** Whether posts are acknowledged at once. */
  acknowledges = true;
  readonly ends: SessionEnd[] = [];
  /** Messages from the server, in their order: kinds of replies and notices. */
  readonly heard: string[] = [];
  session: number | undefined;
  handshakeHash = new Uint8Array(32);
  isFailed = false;
  #nextId = 1;
  #group = "none";
  #nextPost = 1;
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
    if (body.kind === "joinGroup") this.#group = body.group;
    const id = this.#nextId++;
    this.sendBytes(encode(requestCodec, { id, body }), Lane[requestLane(body)]);
    return id;
  }

  /** A post to the group we asked for last, with the next number of ours, but for the changes. */
  postBody(text: string, changes: Partial<PostBody> = {}): PostBody {
    const number = this.#nextPost++;
    return {
      kind: "post",
      to: this.#group,
      epoch: this.staticKey.publicKey.slice(0, 8),
      number,
      messageId: new Uint8Array(16).fill(number),
      sentAtMs: 1234,
      scheme: 0,
      keyEpoch: 0,
      content: utf8(text),
      ...changes,
    };
  }

  collect(...numbers: readonly number[]): void {
    this.request({ kind: "collect", numbers, receipts: [] });
  }

  /** What members of our group said, each time it came. */
  get texts(): readonly string[] {
    return this.posts.map(({ content }) => new TextDecoder().decode(content));
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
    return {
      kind: "register",
      name,
      device: this.device,
      claimed: [],
      table: undefined,
      group: undefined,
      proof,
      ...changes,
    };
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
    this.#notice(message.body);
  }

  #notice(notice: NoticeBody): void {
    switch (notice.kind) {
      case "table":
        return this.table.apply(notice);
      case "introduction":
        return void this.introductions.push(notice);
      case "mailWaiting":
        return void this.bells.push(notice.box);
      case "groupPost":
        this.posts.push(notice);
        if (this.acknowledges) this.collect(notice.number);
        return;
      default:
        notice satisfies never;
    }
  }
}
