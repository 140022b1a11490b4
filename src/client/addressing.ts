// From names to people: what our user wants of a name goes to whom the table says, to whoever talks with us under it, or
// waits until the server has said who that is. Pure. PROTOCOL §8.3, §9.5, §9.6.

import { nameKey, type TableRow, usableName } from "#chat";
import { type Dice, isUsablePublicKey } from "#crypto";
import { MESSAGE_ID_BYTES } from "#envelope";
import { scopeOf } from "#wire";

import { type SendResult, type TrustResult } from "./client-options.ts";
import { type ClientTable } from "./client-table.ts";
import { type Clock } from "./clock.ts";
import { type Credentials } from "./credentials.ts";
import { type EventQueue } from "./event-queue.ts";
import { type LookUpEnd, type LookUps, type Wish } from "./look-ups.ts";
import { type Outbox, type Place } from "./outbox.ts";
import { type Peers } from "./peers.ts";
import { type Pins } from "./pins.ts";
import { type SelfTalk } from "./self-talk.ts";
import { type Trust } from "./trust.ts";

export interface AddressingParts {
  readonly dice: Dice;
  readonly clock: Clock;
  readonly events: EventQueue;
  readonly table: ClientTable;
  readonly credentials: Credentials;
  readonly pins: Pins;
  readonly peers: Peers;
  readonly outbox: Outbox;
  readonly selfTalk: SelfTalk;
  readonly lookUps: LookUps;
  readonly trust: Trust;
}

type Text = Extract<Wish, { readonly kind: "text" }>;
type Person = Pick<TableRow, "name" | "personKey">;

/** Times in monotonic ms. Asked only while there is a table. */
export class Addressing {
  readonly #parts: AddressingParts;

  constructor(parts: AddressingParts) {
    this.#parts = parts;
  }

  /** Accepts a text for the person of that name. */
  send(name: string, text: string, now: number): SendResult {
    const { credentials, clock, dice, lookUps, selfTalk } = this.#parts;
    const sentAtMs = clock.wallMs(now);
    if (credentials.isOwnName(name)) return { kind: "accepted", messageId: selfTalk.say(text, dice, sentAtMs) };
    const person = this.#personOf(name, now);
    if (person === "nobody") return { kind: "noSuchClient" };
    const wish: Text = { kind: "text", name, messageId: dice(MESSAGE_ID_BYTES), text, sentAtMs };
    if (person !== "unknown") this.#post(person, wish, now);
    else if (!lookUps.want(wish, now)) return { kind: "tooMany" };
    return { kind: "accepted", messageId: wish.messageId };
  }

  /** Accepts the changed key of a name, once it is known. */
  accept(name: string, now: number): TrustResult {
    const { lookUps, pins, table, trust } = this.#parts;
    const row = lookUps.has(name) ? undefined : table.byName(name);
    if (row !== undefined) return trust.accept(row, now) ? "accepted" : "nothingToAccept";
    if (!this.#mayExist(name)) return pins.has(name) ? "nothingToAccept" : "noSuchClient";
    return lookUps.want({ kind: "trust", name }, now) ? "asked" : "tooMany";
  }

  /** Where a person is who had that name when something was said to it. */
  seek(personKey: Uint8Array, name: string, now: number): Place {
    const { lookUps, table } = this.#parts;
    const row = table.byPerson(personKey);
    if (row === undefined && this.#mayExist(name)) {
      lookUps.seek(name, now);
      return "sought";
    }
    if (row?.isOnline !== true || row.address === undefined || scopeOf(row.address) === "none") return "away";
    if (!isUsablePublicKey(row.staticKey)) return "away";
    return { personKey: row.personKey, staticKey: row.staticKey, address: row.address };
  }

  /** A name was looked up: what waited for it goes on. */
  lookedUp(name: string, wishes: readonly Wish[], end: LookUpEnd, now: number): void {
    const { credentials, events, outbox, table } = this.#parts;
    const person = end.kind === "found" && !credentials.isSelf(end.row.personKey) ? end.row : undefined;
    if (person !== undefined) table.show(person);
    if (end.kind === "refused") events.push({ kind: "refused", reason: end.reason });
    for (const { name: toName, key } of outbox.recipients) {
      if (nameKey(toName) !== nameKey(name) || end.kind === "unanswered") continue;
      if (table.byPerson(key) === undefined) outbox.lose(key, now);
      else outbox.transmit(key, now);
    }
    for (const wish of wishes) {
      if (person !== undefined) this.#fulfil(person, wish, now);
      else this.#drop(wish, end.kind === "found" || end.kind === "nobody");
    }
  }

  /** Who that is; `unknown` where the server must be asked, or is being asked. */
  #personOf(name: string, now: number): Person | "nobody" | "unknown" {
    const { credentials, lookUps, table } = this.#parts;
    if (lookUps.has(name)) return "unknown";
    const row = table.byName(name);
    if (row !== undefined) return credentials.isSelf(row.personKey) ? "nobody" : row;
    if (!this.#mayExist(name)) return "nobody";
    const companion = this.#companion(name);
    if (companion !== undefined) lookUps.mention(name, now);
    return companion ?? "unknown";
  }

  /** Whether somebody may have a name that the table lacks. */
  #mayExist(name: string): boolean {
    return !this.#parts.table.isWhole && usableName(name) !== undefined;
  }

  /** Whoever talks with us under that name by our server's word, and is pinned to it: answering needs no server. */
  #companion(name: string): Person | undefined {
    const { peers, pins } = this.#parts;
    const personKey = pins.keyOf(name);
    const session = personKey === undefined ? undefined : peers.sessionWith(personKey);
    const peer = session === undefined ? undefined : peers.personOf(session);
    if (peer?.name === undefined || nameKey(peer.name) !== nameKey(name)) return undefined;
    return { name: peer.name, personKey: peer.personKey };
  }

  #post({ name, personKey }: Person, { messageId, text, sentAtMs }: Text, now: number): void {
    const { events, outbox, pins, trust } = this.#parts;
    if (!pins.has(name)) pins.trust(name, personKey);
    outbox.send({ messageId, toName: name, toKey: personKey, sentAtMs, text });
    if (!trust.isChanged(name, personKey)) return;
    outbox.setHeld(personKey, true, now);
    events.push({ kind: "keyChanged", name, messageId });
  }

  #fulfil(person: Person, wish: Wish, now: number): void {
    if (wish.kind === "text") this.#post(person, wish, now);
    else if (!this.#parts.trust.accept(person, now)) {
      this.#parts.events.push({ kind: "nothingToAccept", name: wish.name });
    }
  }

  #drop(wish: Wish, isNobody: boolean): void {
    const { events } = this.#parts;
    const { name } = wish;
    const messageId = wish.kind === "text" ? wish.messageId : undefined;
    if (isNobody) events.push({ kind: "unknownName", name, messageId });
    else if (messageId !== undefined)
      events.push({ kind: "messageEnded", to: name, messageId, end: "notDelivered", reason: undefined });
  }
}
