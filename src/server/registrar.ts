// Who gets a name: the one place where a person comes into the directory. Pure. PROTOCOL §8.4, §8.5.
// A name belongs to a key. What is answered with `registered` is durable; a second process of somebody who is here is
// refused, and the first is unharmed; somebody who returns after a crash is let in once the old session is found silent.

import { encode, equalBytes } from "#bytes";
import {
  deviceCertificateCodec,
  isValidDevice,
  registrationProof,
  type RequestBody,
  type TableMark,
  type UsableName,
  usableName,
} from "#chat";
import { verifySignature } from "#crypto";
import { TokenBuckets } from "#transport";
import { networkOf } from "#wire";

import { type Attendance } from "./attendance.ts";
import { type Directory, isOnline, type Person } from "./directory.ts";
import { type Limits } from "./limits.ts";
import { type Presence } from "./presence.ts";
import { type Refusal } from "./speaker.ts";
import { type StoreOutcome, type StoreQueue } from "./store-queue.ts";
import { type PersonRecord, type StoreOperation } from "./store.ts";
import { type Visitor } from "./visitor.ts";
import { type WallClock } from "./wall-clock.ts";

/** How often those who wait for a token are looked after, ms. */
const RETRY_MS = 50;
/** Applications of one person that wait for one another. */
const LONGEST_LINE = 16;

type RegisterBody = Extract<RequestBody, { readonly kind: "register" }>;

/** A registration that is being decided. */
interface Application {
  readonly visitor: Visitor;
  readonly id: number;
  readonly name: UsableName;
  readonly body: RegisterBody;
}

/** What came of a registration. */
export type Admission =
  | { readonly kind: "refused"; readonly refusal: Refusal }
  | {
      readonly kind: "admitted";
      readonly person: Person;
      readonly table: TableMark | undefined;
      /** The group that the client believes to be in. */
      readonly group: string | undefined;
    };

export interface RegistrarOptions {
  readonly directory: Directory;
  readonly attendance: Attendance;
  readonly presence: Presence;
  readonly store: StoreQueue;
  readonly wall: WallClock;
  readonly limits: Limits;
  /** Told once for each application, maybe at once, unless its session ended before. */
  readonly answer: (visitor: Visitor, id: number, admission: Admission, now: number) => void;
  /** Posts to everybody up to that number are not for whoever is new. */
  readonly newcomersMark: () => number;
  /** A person's name was taken away; the person may be here, expected or away. */
  readonly onRemoved: (person: Person, now: number) => void;
}

/** Times in monotonic ms. */
export class Registrar {
  readonly #options: RegistrarOptions;
  readonly #newNames: TokenBuckets<string>;
  /** One application a person at a time; the others wait behind it. */
  readonly #lines = new Map<string, Application[]>();
  #waiting: Application[] = [];
  #retryAt = Number.POSITIVE_INFINITY;
  /** New persons on their way to the store. */
  #coming = 0;
  /** Persons whose place goes to them. */
  readonly #leaving = new Set<Person>();

  constructor(options: RegistrarOptions) {
    this.#options = options;
    const { newNamesPerSecond, newNameBurst, networks } = options.limits;
    this.#newNames = new TokenBuckets(newNamesPerSecond, newNameBurst, networks);
  }

  /** When those who wait for a token are due; +∞ without any. */
  get deadline(): number {
    return this.#retryAt;
  }

  wake(now: number): void {
    if (now < this.#retryAt) return;
    this.#retryAt = Number.POSITIVE_INFINITY;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const application of waiting) this.#consider(application, now);
  }

  /** Decides a registration; `answer` is told, maybe at once, maybe when others have been asked. */
  apply(visitor: Visitor, id: number, body: RegisterBody, now: number): void {
    const name = usableName(body.name);
    const { answer } = this.#options;
    if (name === undefined) return answer(visitor, id, { kind: "refused", refusal: "unusableName" }, now);
    if (!isProven(visitor, body)) return answer(visitor, id, { kind: "refused", refusal: "invalidProof" }, now);
    const application: Application = { visitor, id, name, body };
    visitor.isRegistering = true;
    const line = this.#lines.get(visitor.key);
    if (line !== undefined) {
      if (line.length >= LONGEST_LINE)
        return this.#options.answer(visitor, id, { kind: "refused", refusal: "tooMany" }, now);
      line.push(application);
      return;
    }
    this.#lines.set(visitor.key, []);
    this.#consider(application, now);
  }

  /** Frees a name; false if nobody has it. Who has it is dismissed once that is durable. */
  release(nameKey: string, now: number): boolean {
    const { directory, store } = this.#options;
    const person = directory.byName(nameKey);
    if (person === undefined) return false;
    store.add([{ kind: "removeName", nameKey }], now, (outcome, at) => {
      if (outcome !== "failed") this.#remove(person, nameKey, at);
    });
    return true;
  }

  #consider(application: Application, now: number): void {
    const { directory, presence } = this.#options;
    const { visitor, name } = application;
    if (visitor.isGone) return this.#finish(application, undefined, now);
    const known = directory.byKey(visitor.key);
    const holder = directory.byName(name.key);
    if (holder !== undefined && holder !== known && !this.#isExpired(holder, now))
      return this.#refuse(application, "nameTaken", now);
    const other = known?.visitor;
    if (other === undefined || other === visitor) return this.#admit(application, known, holder, now);
    presence.ask(other, true, now, (_, at) => {
      // Whoever is present has stayed; whoever is gone has left the directory by now.
      if (known?.visitor === other) this.#refuse(application, "nameTaken", at);
      else this.#consider(application, at);
    });
  }

  #admit(application: Application, known: Person | undefined, holder: Person | undefined, now: number): void {
    const { visitor, name, body } = application;
    const device = encode(deviceCertificateCodec, body.device);
    if (known !== undefined && known.record.name === name.shown && equalBytes(known.record.device, device)) {
      return this.#welcome(application, known, now);
    }
    const isNew = known === undefined;
    const network = networkOf(visitor.address);
    const isFull = isNew && this.#isFull && holder === undefined;
    const leaving = isFull ? this.#firstToGo(now) : holder === known ? undefined : holder;
    if ((isFull && leaving === undefined) || (isNew && this.#hasShare(network)))
      return this.#refuse(application, "directoryFull", now);
    if (isNew && !this.#newNames.take(network, 1, now)) return this.#wait(application, now);
    this.#write(application, this.#recordOf(application, known, device, now), isNew, leaving, now);
  }

  #write(
    application: Application,
    person: PersonRecord,
    isNew: boolean,
    leaving: Person | undefined,
    now: number,
  ): void {
    const nameKey = leaving?.record.nameKey ?? "";
    const operations: StoreOperation[] = leaving === undefined ? [] : [{ kind: "removeName", nameKey }];
    if (leaving !== undefined) this.#leaving.add(leaving);
    const { newcomersMark, store } = this.#options;
    if (isNew) this.#coming++;
    if (isNew) operations.push({ kind: "putMark", personKey: person.personKey, number: newcomersMark() });
    store.add([...operations, { kind: "putPerson", person }], now, (outcome, at) => {
      if (isNew) this.#coming--;
      if (leaving !== undefined) this.#leaving.delete(leaving);
      if (leaving !== undefined && outcome !== "failed") this.#remove(leaving, nameKey, at);
      this.#written(application, person, outcome, at);
    });
  }

  #written(application: Application, record: PersonRecord, outcome: StoreOutcome, now: number): void {
    if (outcome !== "done") return this.#refuse(application, outcome === "conflict" ? "nameTaken" : "storeFailed", now);
    const { visitor } = application;
    const before = this.#options.directory.byKey(visitor.key);
    const wasHere = before !== undefined && before.visitor === visitor && before.record.nameKey === record.nameKey;
    const person = this.#options.directory.put(record);
    if (visitor.isGone) return this.#finish(application, undefined, now);
    this.#welcome(application, person, now, wasHere);
  }

  #welcome(application: Application, person: Person, now: number, isKnown = person.visitor !== undefined): void {
    const { attendance, directory } = this.#options;
    const { visitor, body } = application;
    visitor.claimed = body.claimed;
    directory.setNetwork(person, networkOf(visitor.address));
    attendance.enter(visitor, person, isKnown, now);
    this.#finish(application, { kind: "admitted", person, table: body.table, group: body.group }, now);
  }

  #refuse(application: Application, refusal: Refusal, now: number): void {
    this.#finish(application, { kind: "refused", refusal }, now);
  }

  /** The application is decided; the next one of that person has its turn. */
  #finish({ visitor, id }: Application, admission: Admission | undefined, now: number): void {
    visitor.isRegistering = false;
    const next = this.#lines.get(visitor.key)?.shift();
    if (next === undefined) this.#lines.delete(visitor.key);
    if (admission !== undefined && !visitor.isGone) this.#options.answer(visitor, id, admission, now);
    if (next !== undefined) this.#consider(next, now);
  }

  #remove(person: Person, nameKey: string, now: number): void {
    if (person.record.nameKey !== nameKey) return;
    this.#options.onRemoved(person, now);
    this.#options.directory.remove(person);
  }

  #wait(application: Application, now: number): void {
    this.#waiting.push(application);
    this.#retryAt = Math.min(this.#retryAt, now + RETRY_MS);
  }

  #recordOf({ visitor, name }: Application, known: Person | undefined, device: Uint8Array, now: number): PersonRecord {
    const wallMs = this.#options.wall.at(now);
    const hasName = known?.record.nameKey === name.key;
    const firstSeenMs = hasName ? known.record.firstSeenMs : wallMs;
    return {
      personKey: visitor.personKey,
      name: name.shown,
      nameKey: name.key,
      device,
      firstSeenMs,
      lastSeenMs: wallMs,
      address: known?.address,
    };
  }

  #isExpired(person: Person, now: number): boolean {
    return !isOnline(person) && person.lastSeenMs < this.#expiredBefore(now);
  }

  #expiredBefore(now: number): number {
    return this.#options.wall.at(now) - this.#options.limits.leaseMs;
  }

  get #isFull(): boolean {
    return this.#options.directory.size + this.#coming - this.#leaving.size >= this.#options.limits.persons;
  }

  #firstToGo(now: number): Person | undefined {
    return this.#options.directory.firstToGo(this.#expiredBefore(now), (person) => this.#leaving.has(person));
  }

  /** Whether a network holds all of the directory that it may. */
  #hasShare(network: string): boolean {
    const { persons, networkShare } = this.#options.limits;
    return this.#options.directory.heldBy(network) >= persons * networkShare;
  }
}

/** Whether the register request is the person's own, made for this very session and device. */
function isProven(visitor: Visitor, { name, device, proof }: RegisterBody): boolean {
  if (
    !visitor.isStaticKey(device.staticKey) ||
    !equalBytes(device.personKey, visitor.personKey) ||
    !isValidDevice(device)
  )
    return false;
  return verifySignature(device.personKey, registrationProof(visitor.handshakeHash, name), proof);
}
