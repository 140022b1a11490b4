// When a session's keys are renewed, sealed with and forgotten. Pure. PROTOCOL §6.1.
// renewal.ts makes them, key-ring.ts uses them; here is the time.

import { LINGER_PROBE_TIMEOUTS, RENEW_AFTER_PACKETS } from "./constants.ts";
import { type KeyRing } from "./key-ring.ts";
import { type Renewal } from "./renewal.ts";

/** What a message of the transport's lane asks for. */
export interface RenewalAnswer {
  readonly reply: Uint8Array | undefined;
  /** Whether the other side waits for a packet sealed with the newer keys. */
  readonly isPingDue: boolean;
}

/** The keys of one side of a session over time. Times in monotonic ms. */
export class KeySchedule {
  readonly #ring: KeyRing;
  readonly #renewal: Renewal;
  readonly #isOpener: boolean;
  readonly #renewAfterMs: number;
  #renewAt: number;
  #renewAtPacket = RENEW_AFTER_PACKETS;
  #forgetAt = Number.POSITIVE_INFINITY;

  constructor(ring: KeyRing, renewal: Renewal, isOpener: boolean, renewAfterMs: number, now: number) {
    this.#ring = ring;
    this.#renewal = renewal;
    this.#isOpener = isOpener;
    this.#renewAfterMs = renewAfterMs;
    this.#renewAt = now + renewAfterMs;
  }

  get deadline(): number {
    return this.#isOpener && !this.#renewal.isRunning ? Math.min(this.#renewAt, this.#forgetAt) : this.#forgetAt;
  }

  /** The other side sealed with keys of that generation. True if ours are newer from now on. */
  heard(generation: number, probeTimeoutMs: number, now: number): boolean {
    const isNewer = generation > this.#ring.generation;
    if (isNewer) this.#ring.switchSend();
    // Old keys open until the other side is known to have left them behind.
    if (generation >= this.#ring.generation && this.#ring.hasOld && this.#forgetAt === Number.POSITIVE_INFINITY)
      this.#forgetAt = now + LINGER_PROBE_TIMEOUTS * probeTimeoutMs;
    return isNewer;
  }

  /** Forgets old keys whose time is over. True if new ones are due. */
  wake(packetsSent: number, now: number): boolean {
    if (now >= this.#forgetAt) {
      this.#ring.forgetOld();
      this.#forgetAt = Number.POSITIVE_INFINITY;
    }
    return now >= this.#renewAt || packetsSent >= this.#renewAtPacket;
  }

  /** Puts off the next renewal and begins this one: the message to send, where that is ours to do. */
  renew(packetsSent: number, now: number): Uint8Array | undefined {
    this.#renewAt = now + this.#renewAfterMs;
    this.#renewAtPacket = packetsSent + RENEW_AFTER_PACKETS;
    return this.#isOpener && !this.#renewal.isRunning ? this.#renewal.start() : undefined;
  }

  /** Takes a message of the transport's lane; PeerError for anything but the next step. */
  receive(message: Uint8Array, now: number): RenewalAnswer {
    const { reply, keys, isPeerReady } = this.#renewal.receive(message, this.#isOpener, now);
    if (keys === undefined) return { reply, isPingDue: false };
    this.#ring.install(keys);
    this.#forgetAt = Number.POSITIVE_INFINITY;
    if (isPeerReady) this.#ring.switchSend();
    return { reply, isPingDue: isPeerReady };
  }
}
