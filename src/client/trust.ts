// Whose key has changed, what waits for that, and what follows when the changed key is accepted. Pure. PROTOCOL §9.5.

import { nameKey } from "#chat";

import { type EventQueue } from "./event-queue.ts";
import { type Inbox } from "./inbox.ts";
import { type Outbox } from "./outbox.ts";
import { type Pins } from "./pins.ts";
import { type Posts } from "./posts.ts";

export interface TrustParts {
  readonly pins: Pins;
  readonly inbox: Pick<Inbox, "heldNames" | "isHeld" | "trust">;
  readonly outbox: Pick<Outbox, "isHeld" | "recipients" | "setHeld">;
  readonly posts: Pick<Posts, "heldNames" | "isHeld" | "trust">;
  readonly events: EventQueue;
}

export class Trust {
  readonly #parts: TrustParts;
  /** Names whose changed key was told of; all of them are pinned. */
  readonly #told = new Set<string>();

  constructor(parts: TrustParts) {
    this.#parts = parts;
  }

  /** Whether the name is pinned to another key, or that key waits for trust since it had another name. */
  isChanged(name: string, personKey: Uint8Array): boolean {
    const { pins, inbox, outbox, posts } = this.#parts;
    return pins.isChanged(name, personKey) || [inbox, outbox, posts].some((part) => part.isHeld(personKey));
  }

  /** Whether what comes from a key must wait for `accept`; tells so once. */
  mustHold(name: string, personKey: Uint8Array): boolean {
    const isChanged = this.isChanged(name, personKey);
    if (isChanged) this.#tell(name);
    return isChanged;
  }

  /** Messages that a profile kept wait on if the key of their name has changed meanwhile. */
  holdKept(now: number): void {
    const { pins, outbox } = this.#parts;
    for (const { name, key } of outbox.recipients) if (pins.isChanged(name, key)) outbox.setHeld(key, true, now);
  }

  /** Tells of everything that waits. */
  tellHeld(): void {
    const { inbox, outbox, posts } = this.#parts;
    for (const name of [...inbox.heldNames, ...posts.heldNames]) this.#tell(name);
    for (const { name, key } of outbox.recipients) if (outbox.isHeld(key)) this.#tell(name);
  }

  /** Accepts the key that a name has now: what was held goes out, what came is shown. False if it has not changed. */
  accept({ name, personKey }: { readonly name: string; readonly personKey: Uint8Array }, now: number): boolean {
    if (!this.isChanged(name, personKey)) return false;
    this.#parts.pins.trust(name, personKey);
    this.#told.delete(nameKey(name));
    this.#parts.outbox.setHeld(personKey, false, now);
    this.#parts.inbox.trust(personKey, now);
    this.#parts.posts.trust(personKey);
    return true;
  }

  #tell(name: string): void {
    const key = nameKey(name);
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#parts.events.push({ kind: "keyChanged", name, messageId: undefined });
  }
}
