// How large datagrams may be on a path: found by sending larger ones (RFC 8899), given up when they vanish. Pure.
// PROTOCOL §5.8. Only paths that have much to carry are searched, and only those that were proven to lead to the other side.

import { type Address, scopeOf } from "#wire";

import { DATAGRAM_BYTES } from "./constants.ts";

/** What is tried below the interface's own: Ethernet with and without a tunnel, and with jumbo frames. More than the
 * interface takes is not, because hosts send that in pieces. */
const MTUS: readonly number[] = [1420, 1500, 9000];
/** The interface's where it is not known. */
const USUAL_MTU = 1500;
/** The headers of IPv4 or IPv6, and of UDP. */
const IPV4_HEADERS = 28;
const IPV6_HEADERS = 48;
/** Loopback takes 65,507; larger ones than these overflow a small receive buffer with a few. */
const LOOPBACK_SIZES: readonly number[] = [4096, 16_384];
/** Probes of one size that may be lost before it is taken to be too large (RFC 8899 §5.1.2). */
const MOST_PROBES = 3;
/** What was too large is tried again after so long (RFC 8899 §5.1.1), ms. */
const RAISE_MS = 600_000;
/** After a black hole so much sooner, as it may have been a cut, ms. */
const AFTER_BLACK_HOLE_MS = 60_000;
/** Large packets lost one after the other that make a black hole; the chance of it at 20 % loss is 10^-7. */
const BLACK_HOLE_PACKETS = 10;

/** The largest datagram that is ever sent. */
export const LARGEST_DATAGRAM = 16_384;

/** Of one path. Sizes in bytes of datagrams, times in monotonic ms. */
export class PathMtu {
  readonly #sizes: readonly number[];
  #bytes = DATAGRAM_BYTES;
  #isProbing = false;
  #probesLost = 0;
  #largeLost = 0;
  #searchFrom = Number.NEGATIVE_INFINITY;

  /** `interfaceMtu`: what our own interface takes on the way there; undefined if that is not known. */
  constructor(to: Address, interfaceMtu = USUAL_MTU) {
    const headers = to.host.includes(":") ? IPV6_HEADERS : IPV4_HEADERS;
    if (scopeOf(to) === "loopback") this.#sizes = LOOPBACK_SIZES;
    else {
      const most = Math.min(interfaceMtu, LARGEST_DATAGRAM);
      this.#sizes = [...MTUS.filter((mtu) => mtu < most), most].map((mtu) => mtu - headers);
    }
  }

  /** What packets may fill. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The size of the probe to send now; undefined for none. One is under way at a time. */
  nextProbe(now: number): number | undefined {
    if (this.#isProbing || now < this.#searchFrom) return undefined;
    return this.#sizes.find((size) => size > this.#bytes);
  }

  probed(): void {
    this.#isProbing = true;
  }

  /** A probe of that size arrived. */
  confirmed(size: number): void {
    this.#isProbing = false;
    this.#probesLost = 0;
    this.#bytes = Math.max(this.#bytes, size);
  }

  /** A probe was lost, which says nothing about congestion. */
  probeLost(now: number): void {
    this.#isProbing = false;
    if (++this.#probesLost < MOST_PROBES) return;
    this.#probesLost = 0;
    this.#searchFrom = now + RAISE_MS;
  }

  /** What became of a packet that was no probe. */
  note(size: number, isLost: boolean, now: number): void {
    if (size <= DATAGRAM_BYTES) return;
    this.#largeLost = isLost ? this.#largeLost + 1 : 0;
    if (this.#largeLost >= BLACK_HOLE_PACKETS) this.fallBack(now);
  }

  /** Nothing large comes through any more. */
  fallBack(now: number): void {
    if (this.#bytes === DATAGRAM_BYTES) return;
    this.#bytes = DATAGRAM_BYTES;
    this.#largeLost = 0;
    this.#searchFrom = now + AFTER_BLACK_HOLE_MS;
  }
}
