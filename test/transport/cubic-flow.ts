// A model of a TCP flow with CUBIC (RFC 9438) that shares the hosts, and so the links, of two endpoints: an aid of tests.
// Infinitely much to send, selective acknowledgements, fast retransmit; no timeouts but for a whole window lost.

import { ByteReader, ByteWriter } from "#bytes";
import { type Datagram, type Machine } from "#transport";
import { type Address } from "#wire";

const SEGMENT = 1200;
/** First bytes that mean nothing to an endpoint. */
const DATA = 0xd0;
const ACK = 0xd1;
const BETA = 0.7;
const C = 0.4;

/** Both the flow and the machine that it rides beside; the flow runs from the host that was given `to`. */
export class CubicFlow implements Machine {
  delivered = 0;
  /** Starts and stops the flow. */
  isOn = false;
  readonly #beside: Machine;
  readonly #to: Address;
  readonly #sent = new Map<number, number>();
  #toAcknowledge: Datagram[] = [];
  #next = 0;
  #highest = -1;
  #window = 10;
  #threshold = Number.POSITIVE_INFINITY;
  #windowAtLoss = 0;
  #lossAt = 0;
  #recoveryUntil = -1;
  #heardAt = 0;
  #rttMs = 50;

  constructor(beside: Machine, to: Address) {
    this.#beside = beside;
    this.#to = to;
  }

  get deadline(): number {
    const timeout = this.isOn ? this.#heardAt + 1000 : Number.POSITIVE_INFINITY;
    const now = this.#toAcknowledge.length > 0 || (this.isOn && this.#sent.size < this.#window);
    return Math.min(this.#beside.deadline, timeout, now ? Number.NEGATIVE_INFINITY : timeout);
  }

  receive(bytes: Uint8Array, from: Address, now: number): void {
    const reader = new ByteReader(bytes);
    const type = reader.u8();
    if (type === DATA) {
      const number = reader.u32();
      this.#toAcknowledge.push({ to: from, bytes: new ByteWriter(40).u8(ACK).u32(number).zeros(35).finish() });
    } else if (type === ACK) this.#acknowledged(reader.u32(), now);
    else this.#beside.receive(bytes, from, now);
  }

  wake(now: number): void {
    if (this.#beside.deadline <= now) this.#beside.wake(now);
    if (!this.isOn || now < this.#heardAt + 1000) return;
    this.#heardAt = now;
    this.#sent.clear();
    this.#threshold = Math.max(this.#window * BETA, 2);
    this.#window = 2;
  }

  nextDatagram(now: number): Datagram | undefined {
    const beside = this.#beside.nextDatagram(now) ?? this.#toAcknowledge.shift();
    if (beside !== undefined) return beside;
    if (!this.isOn || this.#sent.size >= this.#window) return undefined;
    const number = this.#next++;
    this.#sent.set(number, now);
    return {
      to: this.#to,
      bytes: new ByteWriter(SEGMENT)
        .u8(DATA)
        .u32(number)
        .zeros(SEGMENT - 5)
        .finish(),
    };
  }

  #acknowledged(number: number, now: number): void {
    const sentAt = this.#sent.get(number);
    if (sentAt === undefined) return;
    this.#sent.delete(number);
    this.#heardAt = now;
    this.delivered += SEGMENT;
    this.#rttMs += (now - sentAt - this.#rttMs) / 8;
    this.#highest = Math.max(this.#highest, number);
    if (this.#window < this.#threshold) this.#window++;
    else this.#grow(now);
    for (const lost of this.#sent.keys()) {
      if (lost > this.#highest - 3) break;
      this.#sent.delete(lost);
      this.#lost(lost, now);
    }
  }

  /** RFC 9438 §4.2–4.3: along the cubic, and at least as Reno would. */
  #grow(now: number): void {
    const k = Math.cbrt((this.#windowAtLoss * (1 - BETA)) / C);
    const seconds = (now - this.#lossAt + this.#rttMs) / 1000;
    const target = C * (seconds - k) ** 3 + this.#windowAtLoss;
    const reno = this.#windowAtLoss * BETA + ((3 * (1 - BETA)) / (1 + BETA)) * ((now - this.#lossAt) / this.#rttMs);
    const wanted = Math.min(Math.max(target, reno), 1.5 * this.#window);
    if (wanted > this.#window) this.#window += (wanted - this.#window) / this.#window;
  }

  #lost(number: number, now: number): void {
    if (number < this.#recoveryUntil) return;
    this.#recoveryUntil = this.#next;
    this.#windowAtLoss = this.#window;
    this.#lossAt = now;
    this.#window = Math.max(2, this.#window * BETA);
    this.#threshold = this.#window;
  }
}
