// Whose name is whose: the persons that the books know, by number, name and key. Pure. PROTOCOL §8.3.
// What is here is durable already. It says nothing to anybody: what clients are told of it is table-feed.ts.

import { decode, toHex } from "#bytes";
import { deviceCertificateCodec, type TableRow } from "#chat";
import { type Address, numericAddress } from "#wire";

import { type PersonRecord } from "./store.ts";
import { type Visitor } from "./visitor.ts";

/** Somebody with a name. What changes is changed by the directory alone, so that it can say that it did. */
export interface Person {
  /** Stands for the person in table changes, for the life of the process. */
  readonly number: number;
  readonly personKey: Uint8Array;
  /** The person key as a key of maps. */
  readonly key: string;
  staticKey: Uint8Array;
  record: PersonRecord;
  /** The session on which the person is here; undefined while away. */
  visitor: Visitor | undefined;
  /** Was here when the server died, and has not had the time to come back: online, without a session. */
  isExpected: boolean;
  /** Where the person is, or was last seen: by this process or one before. */
  address: Address | undefined;
  /** Wall-clock ms. */
  lastSeenMs: number;
  /** What has a higher number (PROTOCOL §8.7) was taken while the person was here; means nothing while it is away. */
  cameAfter: number;
  /** The network whose share of the directory the person takes up; of persons not seen since the start, none. */
  network: string | undefined;
}

/** Whether tables show the person as online: here, or expected. */
export function isOnline({ visitor, isExpected }: Person): boolean {
  return visitor !== undefined || isExpected;
}

/** At most as many persons as the registrar lets in. */
export class Directory {
  readonly #changed: (number: number) => void;
  readonly #byNumber = new Map<number, Person>();
  readonly #byKey = new Map<string, Person>();
  readonly #byName = new Map<string, Person>();
  readonly #networks = new Map<string, number>();
  #lastNumber = 0;

  /** `changed` is told the number of every person whose row is another, or no more. */
  constructor(changed: (number: number) => void) {
    this.#changed = changed;
  }

  get size(): number {
    return this.#byNumber.size;
  }

  persons(): Iterable<Person> {
    return this.#byNumber.values();
  }

  byKey(key: string): Person | undefined {
    return this.#byKey.get(key);
  }

  byName(nameKey: string): Person | undefined {
    return this.#byName.get(nameKey);
  }

  /** Persons whom a network holds. */
  heldBy(network: string): number {
    return this.#networks.get(network) ?? 0;
  }

  /** The row of a person in clients' tables. */
  rowOf(number: number): TableRow | undefined {
    const person = this.#byNumber.get(number);
    if (person === undefined) return undefined;
    const { personKey, staticKey, address, record } = person;
    return { number, name: record.name, personKey, staticKey, isOnline: isOnline(person), address };
  }

  /** Takes a record that the store has: a new person, or the new record of one. The name is free, or the person's. */
  put(record: PersonRecord): Person {
    const device = decode(deviceCertificateCodec, record.device);
    if (device === undefined) throw new TypeError(`no device certificate in the books for ${record.name}`);
    const { personKey, lastSeenMs, address } = record;
    const { staticKey } = device;
    const key = toHex(personKey);
    const person: Person = this.#byKey.get(key) ?? {
      number: ++this.#lastNumber,
      personKey,
      key,
      staticKey,
      record,
      visitor: undefined,
      isExpected: false,
      address: address && numericAddress(address.host, address.port),
      lastSeenMs,
      cameAfter: Number.POSITIVE_INFINITY,
      network: undefined,
    };
    this.#byName.delete(person.record.nameKey);
    person.record = record;
    person.staticKey = staticKey;
    person.lastSeenMs = lastSeenMs;
    this.#byNumber.set(person.number, person);
    this.#byKey.set(key, person);
    this.#byName.set(record.nameKey, person);
    this.#changed(person.number);
    return person;
  }

  /** Forgets a person whom the store has forgotten. */
  remove(person: Person): void {
    if (!this.#byNumber.delete(person.number)) return;
    this.#byKey.delete(person.key);
    this.#byName.delete(person.record.nameKey);
    this.#count(person.network, -1);
    this.#changed(person.number);
  }

  /** Somebody is here, on that session; undefined: away. */
  setVisitor(person: Person, visitor: Visitor | undefined, lastSeenMs: number): void {
    person.visitor = visitor;
    person.isExpected = false;
    person.lastSeenMs = lastSeenMs;
    if (visitor !== undefined) person.address = visitor.address;
    this.#changed(person.number);
  }

  /** Somebody was there when the server died, and counts as online until `setVisitor` or `stopExpecting`. */
  expect(person: Person, address: Address, cameAfter: number): void {
    person.isExpected = true;
    person.address = address;
    person.cameAfter = cameAfter;
    this.#changed(person.number);
  }

  /** Somebody has not come back in time; false if nobody is waiting for that person. */
  stopExpecting(person: Person): boolean {
    if (!person.isExpected) return false;
    person.isExpected = false;
    this.#changed(person.number);
    return true;
  }

  /** Somebody who is here is elsewhere. */
  setAddress(person: Person, address: Address, lastSeenMs: number): void {
    person.address = address;
    person.lastSeenMs = lastSeenMs;
    this.#changed(person.number);
  }

  touch(person: Person, lastSeenMs: number): void {
    person.lastSeenMs = lastSeenMs;
  }

  /** Somebody came when that was the highest number. */
  setCame(person: Person, after: number): void {
    person.cameAfter = after;
  }

  /** The person counts among those of that network from now on. */
  setNetwork(person: Person, network: string): void {
    this.#count(person.network, -1);
    person.network = network;
    this.#count(network, 1);
  }

  /** Who goes first from a full directory: names unused for longest since before `expiredBeforeMs`, then the youngest of
   * those away; undefined if all others are here, or on their way out already. (People who never exchanged a message are to go before others; the server
   * knows who did once it carries messages.) */
  firstToGo(expiredBeforeMs: number, isOnItsWay: (person: Person) => boolean): Person | undefined {
    let first: Person | undefined;
    for (const person of this.#byNumber.values()) {
      if (isOnline(person) || isOnItsWay(person)) continue;
      if (first === undefined || goesBefore(person, first, expiredBeforeMs)) first = person;
    }
    return first;
  }

  #count(network: string | undefined, change: number): void {
    if (network === undefined) return;
    const count = this.heldBy(network) + change;
    if (count === 0) this.#networks.delete(network);
    else this.#networks.set(network, count);
  }
}

function goesBefore(a: Person, b: Person, expiredBeforeMs: number): boolean {
  const isAExpired = a.lastSeenMs < expiredBeforeMs;
  if (isAExpired !== b.lastSeenMs < expiredBeforeMs) return isAExpired;
  return isAExpired ? a.lastSeenMs < b.lastSeenMs : a.record.firstSeenMs > b.record.firstSeenMs;
}
