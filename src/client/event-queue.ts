// Events that wait for the application, and how much memory they take. Pure. PROTOCOL §9.9.

import { type ClientEvent } from "./events.ts";

/** What an event weighs beside its text, bytes. */
const EVENT_BYTES = 128;

/** First in, first out, at a cost that does not depend on how many wait. */
export class EventQueue {
  #in: ClientEvent[] = [];
  /** The next one last. */
  #out: ClientEvent[] = [];
  #bytes = 0;
  #isMailTold = false;

  /** About so many bytes wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whatever is mail from now on is another collection of it. */
  beginMail(): void {
    this.#isMailTold = false;
  }

  push(event: ClientEvent): void {
    if (!this.#isMailTold && "mailedAtMs" in event && event.mailedAtMs !== undefined) {
      this.#isMailTold = true;
      this.push({ kind: "mailBegan" });
    }
    this.#in.push(event);
    this.#bytes += weight(event);
  }

  shift(): ClientEvent | undefined {
    if (this.#out.length === 0 && this.#in.length > 0) {
      this.#out = this.#in.toReversed();
      this.#in = [];
    }
    const event = this.#out.pop();
    if (event !== undefined) this.#bytes -= weight(event);
    return event;
  }
}

function weight(event: ClientEvent): number {
  return EVENT_BYTES + ("text" in event ? event.text.length : 0);
}
