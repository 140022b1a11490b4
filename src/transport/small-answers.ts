// What leaves without a session and without a call: probes, answers to probes, resets. Pure. PROTOCOL §2.2, §3.8, §7.2.
// Nobody gets an answer here who was not given a token before, and none is longer than the question.

import { type Address, DatagramType, readProbe, writeAddressed, writeProbe } from "#wire";

import { type Datagram } from "./outgoing.ts";
import { ProbeTokens } from "./probe-tokens.ts";

/** So many wait for the socket; more are dropped. */
const MOST_ANSWERS = 256;

/** The small datagrams of one endpoint that wait to leave. */
export class SmallAnswers {
  readonly #tokens = new ProbeTokens();
  readonly #waiting: Datagram[] = [];

  get length(): number {
    return this.#waiting.length;
  }

  next(): Datagram | undefined {
    return this.#waiting.shift();
  }

  sendReset(to: Address, remoteId: Uint8Array, token: Uint8Array): void {
    this.#add({ to, bytes: writeAddressed(DatagramType.reset, remoteId, token) });
  }

  sendProbe(to: Address, token: Uint8Array): void {
    this.#add({ to, bytes: writeProbe(DatagramType.probe, token) });
  }

  /** Makes a token known until then. */
  expectProbe(token: Uint8Array, untilMs: number): void {
    this.#tokens.expect(token, untilMs);
  }

  /** Answers a probe whose token is expected. */
  receiveProbe(bytes: Uint8Array, from: Address, now: number): void {
    const token = this.#expected(bytes, now);
    if (token !== undefined) this.#add({ to: from, bytes: writeProbe(DatagramType.probeAnswer, token) });
  }

  /** The token that a probe's answer carries, in memory of its own; undefined if it is not expected. */
  receiveProbeAnswer(bytes: Uint8Array, now: number): Uint8Array | undefined {
    return this.#expected(bytes, now)?.slice();
  }

  #expected(bytes: Uint8Array, now: number): Uint8Array | undefined {
    const token = readProbe(bytes);
    return token !== undefined && this.#tokens.isExpected(token, now) ? token : undefined;
  }

  #add(datagram: Datagram): void {
    if (this.#waiting.length < MOST_ANSWERS) this.#waiting.push(datagram);
  }
}
