// How fast a path delivers, measured packet by packet (draft-cheng-iccrg-delivery-rate-estimation). Pure. PROTOCOL §5.6.

/** The state of the path when a packet left. Amounts in bytes of datagrams, times in monotonic ms. */
export interface DeliveryStamp {
  /** What had arrived by then, all in all. */
  readonly delivered: number;
  readonly deliveredAt: number;
  /** When the first packet of the stretch that ends with this one left. */
  readonly stretchAt: number;
  /** Whether there was nothing more to send, so that the rate says nothing about what the path could have done. */
  readonly isIdle: boolean;
}

/** What one acknowledgement says about the path. */
export interface DeliverySample {
  /** +∞ where it cannot be told. */
  readonly bytesPerMs: number;
  readonly isIdle: boolean;
  /** What had arrived when the newest of its packets left, … */
  readonly deliveredBefore: number;
  /** … and what has arrived now. */
  readonly delivered: number;
}

/** Of one path. */
export class DeliveryRate {
  #delivered = 0;
  #deliveredAt = 0;
  #stretchAt = 0;
  /** Until so much has arrived, samples are of a time when the application had nothing to send. */
  #idleUntil = 0;

  /** A packet leaves with so much in flight before it. */
  stamp(bytesInFlight: number, now: number): DeliveryStamp {
    if (bytesInFlight === 0) {
      this.#stretchAt = now;
      this.#deliveredAt = now;
    }
    return {
      delivered: this.#delivered,
      deliveredAt: this.#deliveredAt,
      stretchAt: this.#stretchAt,
      isIdle: this.#delivered < this.#idleUntil,
    };
  }

  /** There is room for more in flight, and nothing to fill it. */
  idle(bytesInFlight: number): void {
    this.#idleUntil = this.#delivered + bytesInFlight + 1;
  }

  /** So much was acknowledged together; the last of it left at `sentAt`, with that stamp. */
  acknowledged(bytes: number, sentAt: number, stamp: DeliveryStamp, leastRttMs: number, now: number): DeliverySample {
    this.#delivered += bytes;
    this.#deliveredAt = now;
    this.#stretchAt = sentAt;
    // Acknowledgements that were held up and then come together look faster than the path is; sending was not faster.
    const span = Math.max(sentAt - stamp.stretchAt, now - stamp.deliveredAt);
    const amount = this.#delivered - stamp.delivered;
    return {
      bytesPerMs: span > 0 && span >= leastRttMs ? amount / span : Number.POSITIVE_INFINITY,
      isIdle: stamp.isIdle,
      deliveredBefore: stamp.delivered,
      delivered: this.#delivered,
    };
  }
}
