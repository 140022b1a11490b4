// Our own calls under way, by the ids of the sessions that they are to open. Pure. PROTOCOL §3.2, §3.5–3.7.
// Whatever comes back names a call of ours, or is dropped.

import { type Dice } from "#crypto";
import { COOKIE_BYTES, localSessionId, type LocalSessionId, readAddressed, readHandshakeMessage } from "#wire";

import { type Agreement } from "./agreement.ts";
import { type Call, type EndpointOptions } from "./endpoint-options.ts";
import { Opening, type OpeningOptions } from "./opening.ts";
import { type ConnectFailure } from "./transport-event.ts";

/** The bytes of a versions datagram, one a version. */
const MOST_VERSIONS = 16;

/** What message 2 made of a call. */
export interface Answered {
  readonly agreement: Agreement;
  /** When the call began, monotonic ms. */
  readonly startedAt: number;
}

/** The calls of one endpoint. Times in monotonic ms. */
export class Openings {
  readonly #options: EndpointOptions;
  readonly #instance: Uint8Array;
  readonly #dice: Dice;
  readonly #byId = new Map<LocalSessionId, Opening>();

  constructor(options: EndpointOptions, instance: Uint8Array, dice: Dice) {
    this.#options = options;
    this.#instance = instance;
    this.#dice = dice;
  }

  get size(): number {
    return this.#byId.size;
  }

  withId(id: LocalSessionId): Opening | undefined {
    return this.#byId.get(id);
  }

  /** Begins a call; `claim` says what its session is to the one that is open by then. */
  begin(id: LocalSessionId, call: Call, claim: OpeningOptions["claim"], now: number): void {
    const { to, purpose, expectedKey, forMs } = call;
    const { staticKey, application, accepts } = this.#options;
    const options: OpeningOptions = {
      id,
      to,
      purpose,
      staticKey,
      responderKey: expectedKey,
      expectsKey: expectedKey !== undefined,
      untilMs: now + forMs,
      instance: this.#instance,
      application: application(purpose),
      claim,
      accepts: (key, said) => accepts({ opener: "us", purpose, key, application: said, address: to }),
    };
    this.#byId.set(id, new Opening(options, this.#dice, now));
  }

  /** Gives a call up; false if there is none. */
  remove(id: LocalSessionId): boolean {
    return this.#byId.delete(id);
  }

  /** Takes message 2. The call that it answers is over; anything else changes nothing. */
  receiveMessage2(bytes: Uint8Array, now: number): Answered | undefined {
    const message = readHandshakeMessage(bytes);
    const opening = message && this.#named(message.sessionId);
    const agreement = message && opening?.receive(message.body, now);
    return opening && agreement && { agreement, startedAt: opening.startedAt };
  }

  /** Takes a cookie; the call that it is for may be due at once. */
  receiveCookie(bytes: Uint8Array, now: number): Opening | undefined {
    const addressed = readAddressed(bytes, COOKIE_BYTES, COOKIE_BYTES);
    const opening = addressed && this.#named(addressed.sessionId);
    if (addressed !== undefined) opening?.receiveCookie(addressed.body, now);
    return opening;
  }

  /** Takes the versions that somebody says it speaks. */
  receiveVersions(bytes: Uint8Array): void {
    const addressed = readAddressed(bytes, 1, MOST_VERSIONS);
    if (addressed !== undefined) this.#named(addressed.sessionId)?.receiveVersions([...addressed.body]);
  }

  /** Why a call has failed, once its time is over. */
  failure(id: LocalSessionId, now: number): ConnectFailure | undefined {
    return this.#byId.get(id)?.failure(now);
  }

  #named(sessionId: Uint8Array): Opening | undefined {
    const id = localSessionId(sessionId);
    return id === undefined ? undefined : this.#byId.get(id);
  }
}
