// Messages to oneself: safe first, then shown, then received; they never leave. Pure. PROTOCOL §9.6.

import { equalBytes } from "#bytes";
import { type Dice } from "#crypto";
import { MESSAGE_ID_BYTES } from "#envelope";

import { type EventQueue } from "./event-queue.ts";
import { type Journal } from "./journal.ts";
import { type ProfileState } from "./profile.ts";

export class SelfTalk {
  readonly #name: string;
  readonly #personKey: Uint8Array;
  readonly #epoch: Uint8Array;
  readonly #journal: Journal;
  readonly #events: EventQueue;
  #lastNumber: number;

  constructor(
    name: string,
    personKey: Uint8Array,
    profile: Pick<ProfileState, "epoch" | "lastNumbers">,
    journal: Journal,
    events: EventQueue,
  ) {
    this.#name = name;
    this.#personKey = personKey;
    this.#epoch = profile.epoch.slice();
    this.#journal = journal;
    this.#events = events;
    this.#lastNumber = profile.lastNumbers.find(({ toKey }) => equalBytes(toKey, personKey))?.number ?? 0;
  }

  say(text: string, dice: Dice, wallMs: number): Uint8Array {
    const [name, key, epoch] = [this.#name, this.#personKey, this.#epoch];
    const messageId = dice(MESSAGE_ID_BYTES);
    const both = { messageId, epoch, number: ++this.#lastNumber, sentAtMs: wallMs, text };
    // In one batch, as they are asked for in one breath: a crash leaves all of it or nothing.
    this.#journal.write({ kind: "putOutgoing", message: { ...both, toName: name, toKey: key } });
    const where = { channel: undefined, mailedAtMs: undefined };
    const incoming = { ...both, ...where, fromName: name, fromKey: key, receivedAtMs: wallMs };
    this.#journal.write({ kind: "putIncoming", message: incoming, isShown: true }, () => {
      const shown = { from: name, messageId, text, sentAtMs: wallMs, isLate: false, mailedAtMs: undefined };
      this.#events.push({ kind: "messageReceived", ...shown });
    });
    this.#journal.write({ kind: "endOutgoing", messageId, end: "received", atMs: wallMs }, () => {
      this.#events.push({ kind: "messageEnded", to: name, messageId, end: "received", reason: undefined });
    });
    return messageId;
  }
}
