// How much may be under way on a path, and how fast it may leave: the interface of controllers. Pure: types only.

import { type DeliverySample } from "./delivery-rate.ts";

/** What came of a packet. */
export interface Fate {
  readonly sentAt: number;
  readonly bytes: number;
}

/** Decides from what it is told. Sizes in bytes of datagrams, times in monotonic ms. */
export interface CongestionController {
  /** Bytes that may be in flight. */
  readonly windowBytes: number;
  /** How fast they may leave. */
  readonly pacedBytesPerMs: number;
  /** Packets were acknowledged; so much is in flight without them. `rttMs` is the newest round trip without what the
   * other side waited. */
  acknowledged(
    packets: readonly Fate[],
    sample: DeliverySample,
    rttMs: number,
    bytesInFlight: number,
    now: number,
  ): void;
  /** A packet was declared lost. */
  lost(packet: Fate): void;
  /** Everything over a long period was lost (RFC 9002 §7.6). */
  collapsed(): void;
}
