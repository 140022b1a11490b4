// A peer made by hand, with real keys: it opens a session as the protocol says and then says whatever a test wants it to.

import assert from "node:assert/strict";

import { ByteWriter } from "#bytes";
import { type Aead, chachaPoly, hmacSha256, NoiseHandshake, sha256, x25519KeyPair } from "#crypto";
import { type Random } from "#sim";
import { type Datagram, type Endpoint, Purpose, type TransportEvent } from "#transport";
import {
  type Address,
  DatagramType,
  type Frame,
  readFrames,
  readHandshakeMessage,
  readHandshakePayload,
  readPacket,
  writeHandshakeMessage,
  writeHandshakePayload,
  writeMessage1,
  writePacketHeader,
  writeSmallFrame,
} from "#wire";

import { drained } from "./pair.ts";

type SmallFrame = Exclude<Frame, { readonly type: "ack" | "part" }>;

/** The caller of one session with an endpoint that is driven directly, without a network. */
export class HandMadePeer {
  readonly endpoint: Endpoint;
  readonly address: Address;
  readonly events: TransportEvent[] = [];
  now: number;
  /** The number of the next packet. */
  number = 0;
  readonly #id = Uint8Array.of(1, 2, 3, 4);
  readonly #remoteId: Uint8Array;
  readonly #send: Aead;
  readonly #receive: Aead;

  constructor(endpoint: Endpoint, publicKey: Uint8Array, random: Random, address: Address, now: number) {
    this.endpoint = endpoint;
    this.address = address;
    this.now = now;
    const prologue = new ByteWriter()
      .bytes(new TextEncoder().encode("udpchat"))
      .u8(1)
      .u8(1)
      .u8(Purpose.peer)
      .zeros(32)
      .bytes(this.#id)
      .finish();
    const noise = new NoiseHandshake({
      pattern: "XX",
      initiator: true,
      prologue,
      staticKey: x25519KeyPair(random.dice(32)),
      ephemeralSecret: random.dice(32),
    });
    const first = noise.writeMessage(writeHandshakePayload({ versions: Uint8Array.of(1) }));
    const key = sha256(new TextEncoder().encode("udpchat mac1"), publicKey);
    const message1 = writeMessage1(
      { version: 1, suite: 1, purpose: Purpose.peer, initiatorId: this.#id, cookie: new Uint8Array(16), noise: first },
      (covered) => hmacSha256(key, covered).subarray(0, 16),
    );
    const [answer] = this.deliver(message1);
    const body = readHandshakeMessage(answer?.bytes ?? assert.fail("message 2"))?.body;
    const said = readHandshakePayload(noise.readMessage(body ?? assert.fail()) ?? assert.fail("message 2 opens"));
    this.#remoteId = said?.sessionId ?? assert.fail("a session id");
    const third = noise.writeMessage(writeHandshakePayload({ versions: Uint8Array.of(1), instance: random.dice(8) }));
    const { sendKey, receiveKey } = noise.split();
    this.#send = chachaPoly(sendKey);
    this.#receive = chachaPoly(receiveKey);
    this.deliver(writeHandshakeMessage(DatagramType.message3, this.#remoteId, third));
    assert.ok(
      this.events.some((event) => event.kind === "sessionOpened"),
      "the session opens",
    );
  }

  /** The endpoint's id of the session. */
  get session(): number {
    return this.events.find((event) => event.kind === "sessionOpened")?.session ?? assert.fail();
  }

  /** Gives the endpoint a datagram; what it sends at once. */
  deliver(bytes: Uint8Array, from: Address = this.address): readonly Datagram[] {
    this.endpoint.receive(bytes, from, this.now);
    return this.#collect();
  }

  /** Lets time pass in steps of the endpoint's deadlines; what it sends meanwhile. */
  wait(ms: number): readonly Datagram[] {
    const until = this.now + ms;
    const sent: Datagram[] = [];
    while (this.endpoint.deadline <= until) {
      this.now = Math.max(this.now + 0.01, this.endpoint.deadline);
      sent.push(...this.#collect());
    }
    this.now = until;
    return sent;
  }

  packet(frames: Uint8Array, number = this.number++): Uint8Array {
    const header = writePacketHeader(0, this.#remoteId, number);
    return Uint8Array.from([...header, ...this.#send.seal(number, header, frames)]);
  }

  /** Says frames laid out by hand; what the endpoint sends at once. */
  say(frames: Uint8Array, from: Address = this.address): readonly Datagram[] {
    return this.deliver(this.packet(frames), from);
  }

  /** Says small frames. */
  tell(...frames: readonly SmallFrame[]): readonly Datagram[] {
    return this.deliver(this.packetOf(...frames));
  }

  /** The next packet, with small frames. */
  packetOf(...frames: readonly SmallFrame[]): Uint8Array {
    const writer = new ByteWriter();
    for (const frame of frames) writeSmallFrame(writer, frame);
    return this.packet(writer.finish());
  }

  /** The frames in packets for us, with the number of each packet. */
  read(datagrams: readonly Datagram[]): readonly { readonly number: number; readonly frames: readonly Frame[] }[] {
    return datagrams.map(({ bytes }) => {
      const packet = readPacket(bytes) ?? assert.fail("a packet");
      const frames = readFrames(
        this.#receive.open(packet.shortNumber, packet.header, packet.sealed) ?? assert.fail("it opens"),
      );
      assert.ok(typeof frames !== "string");
      return { number: packet.shortNumber, frames };
    });
  }

  #collect(): readonly Datagram[] {
    const datagrams = drained(this.endpoint, this.now);
    for (let event = this.endpoint.nextEvent(); event !== undefined; event = this.endpoint.nextEvent())
      this.events.push(event);
    return datagrams;
  }
}
