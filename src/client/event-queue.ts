// Events that wait for the application, and how much memory they take. Pure.

import { type ClientEvent } from "./events.ts";

/** What an event weighs beside its text, bytes. */
const EVENT_BYTES = 128;

/** First in, first out, at a cost that does not depend on how many wait. */
export class EventQueue {
  #in: ClientEvent[] = [];
  /** The next one last. */
  #out: ClientEvent[] = [];
  #bytes = 0;

  /** About so many bytes wait. */
  get bytes(): number {
    return this.#bytes;
  }

  push(event: ClientEvent): void {
    this.#in.push(event);
    this.#bytes += weight(event);
  }

  shift(): ClientEvent | undefined {
    if (this.#out.length === 0) {
      this.#out = this.#in.toReversed();
      this.#in = [];
    }
    const event = this.#out.pop();
    if (event !== undefined) this.#bytes -= weight(event);
    return event;
  }
}

function weight(event: ClientEvent): number {
  return EVENT_BYTES + (event.kind === "messageReceived" ? event.text.length : 0);
}
