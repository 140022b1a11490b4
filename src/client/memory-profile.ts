// A client's profile in memory, for the simulator and for tests: what a machine wrote is there for the next one that
// loads from the same object. Pure. Implements the port in profile.ts (PROTOCOL §9.2).

import { equalBytes, toHex } from "#bytes";
import type { Dice } from "#crypto";

import type {
  Identity,
  IncomingProgress,
  IncomingRecord,
  KeptRecord,
  MailKey,
  OutgoingEnd,
  OutgoingRecord,
  PersonPin,
  Profile,
  ProfileOperation,
  ProfileResult,
  ProfileState,
  ServerPin,
} from "./profile.ts";

/** Bytes of an outbox epoch. */
const epochLength = 8;

type KeptEnd = KeptRecord["end"];

/** A batch that the injected fault turned away; nothing was changed. */
export class ProfileFailure extends Error {
  readonly code = "profileFailure";

  constructor() {
    super("The batch was not committed: a fault was injected.");
    this.name = "ProfileFailure";
  }
}

export interface MemoryProfileOptions {
  /** Asked before each batch; true makes it fail, having changed nothing. */
  readonly fault?: (operations: readonly ProfileOperation[]) => boolean;
}

/** A profile that lives as long as the object. It copies the bytes it is given (`slice` of a Buffer would not). */
export class MemoryProfile implements Profile {
  readonly #identity: Identity;
  readonly #dice: Dice;
  readonly #fault: (operations: readonly ProfileOperation[]) => boolean;
  readonly #personPins = new Map<string, PersonPin>();
  readonly #serverPins = new Map<string, ServerPin>();
  /** Ids of all messages there ever were, so that none is put twice. */
  readonly #outgoingIds = new Set<string>();
  readonly #incomingIds = new Set<string>();
  /** What has not ended, or is kept, in the order typed. */
  readonly #outgoing = new Map<string, { readonly message: OutgoingRecord; readonly end: KeptEnd | undefined }>();
  readonly #mailKeys = new Map<string, MailKey>();
  readonly #unshown = new Map<string, IncomingRecord>();
  /** By recipient, of the current epoch. */
  readonly #lastNumbers = new Map<string, { readonly toKey: Uint8Array; readonly number: number }>();
  readonly #progress = new Map<string, IncomingProgress>();
  #epoch: Uint8Array = new Uint8Array(epochLength);
  #isLoaded = false;
  #endedCleanly = false;

  constructor(identity: Identity, dice: Dice, options: MemoryProfileOptions = {}) {
    this.#identity = identity;
    this.#dice = dice;
    this.#fault = options.fault ?? (() => false);
  }

  /** Begins a new epoch unless `close` was the last thing that happened. */
  load(): ProfileState {
    if (!this.#endedCleanly) {
      this.#epoch = this.#dice(epochLength);
      this.#lastNumbers.clear();
    }
    this.#isLoaded = true;
    this.#endedCleanly = false;
    const outgoing = [...this.#outgoing.values()];
    return {
      identity: this.#identity,
      epoch: this.#epoch,
      personPins: [...this.#personPins.values()],
      serverPins: [...this.#serverPins.values()],
      outbox: outgoing.filter(({ end }) => end === undefined).map(({ message }) => message),
      kept: outgoing.flatMap(({ message, end }) => (end === undefined ? [] : [{ ...message, end }])),
      mailKeys: [...this.#mailKeys.values()],
      lastNumbers: [...this.#lastNumbers.values()],
      unshown: [...this.#unshown.values()],
      progress: [...this.#progress.values()],
    };
  }

  /** Throws ProfileFailure where the fault says so. */
  apply(operations: readonly ProfileOperation[]): readonly ProfileResult[] {
    if (this.#fault(operations)) throw new ProfileFailure();
    return operations.map((operation) => this.#carryOut(operation));
  }

  close(): void {
    if (this.#isLoaded) this.#endedCleanly = true;
  }

  #carryOut(operation: ProfileOperation): ProfileResult {
    switch (operation.kind) {
      case "pinPerson":
        return this.#pinPerson(operation.pin);
      case "pinServer":
        return this.#pinServer(operation.pin);
      case "putOutgoing":
        return this.#putOutgoing(operation.message);
      case "endOutgoing":
        return this.#endOutgoing(toHex(operation.messageId), operation.end);
      case "endKept":
        return this.#endKept(toHex(operation.messageId));
      case "putSent":
        return this.#noteId(toHex(operation.message.messageId)) ? "done" : "duplicate";
      case "putMailKey":
        return this.#putMailKey(operation.mailKey);
      case "dropMailKey":
        return this.#mailKeys.delete(toHex(operation.secret)) ? "done" : "missing";
      case "putIncoming":
        return this.#putIncoming(operation.message, operation.isShown);
      case "markShown":
        return this.#unshown.delete(incomingId(operation.fromKey, operation.messageId)) ? "done" : "missing";
      case "putProgress":
        return this.#putProgress(operation.progress);
      case "dropProgress":
        return this.#progress.delete(`${toHex(operation.fromKey)} ${toHex(operation.epoch)}`) ? "done" : "missing";
      default:
        throw new TypeError(`no such operation: ${JSON.stringify(operation satisfies never)}`);
    }
  }

  #pinPerson(pin: PersonPin): ProfileResult {
    this.#personPins.set(pin.nameKey, { ...pin, personKey: new Uint8Array(pin.personKey) });
    return "done";
  }

  #pinServer(pin: ServerPin): ProfileResult {
    const copy = { ...pin, identityKey: new Uint8Array(pin.identityKey), staticKey: new Uint8Array(pin.staticKey) };
    this.#serverPins.set(pin.address, copy);
    return "done";
  }

  #putOutgoing(message: OutgoingRecord): ProfileResult {
    const id = toHex(message.messageId);
    if (!this.#noteId(id)) return "duplicate";
    const toKey = new Uint8Array(message.toKey);
    const epoch = new Uint8Array(message.epoch);
    const copy = { ...message, messageId: new Uint8Array(message.messageId), toKey, epoch };
    this.#outgoing.set(id, { message: copy, end: undefined });
    if (equalBytes(epoch, this.#epoch)) this.#noteNumber(toKey, message.number);
    return "done";
  }

  /** False for an id that was noted before. */
  #noteId(id: string): boolean {
    const isFirst = !this.#outgoingIds.has(id);
    this.#outgoingIds.add(id);
    return isFirst;
  }

  #endOutgoing(id: string, end: OutgoingEnd): ProfileResult {
    const outgoing = this.#outgoing.get(id);
    if (outgoing === undefined || outgoing.end !== undefined) return "missing";
    if (end === "saved" || end === "exists") this.#outgoing.set(id, { ...outgoing, end });
    else this.#outgoing.delete(id);
    return "done";
  }

  #endKept(id: string): ProfileResult {
    if (this.#outgoing.get(id)?.end === undefined) return "missing";
    this.#outgoing.delete(id);
    return "done";
  }

  #putMailKey(mailKey: MailKey): ProfileResult {
    const key = toHex(mailKey.secret);
    if (this.#mailKeys.has(key)) return "duplicate";
    this.#mailKeys.set(key, { ...mailKey, secret: new Uint8Array(mailKey.secret) });
    return "done";
  }

  #noteNumber(toKey: Uint8Array, number: number): void {
    const key = toHex(toKey);
    const before = this.#lastNumbers.get(key)?.number ?? 0;
    this.#lastNumbers.set(key, { toKey, number: Math.max(before, number) });
  }

  #putIncoming(message: IncomingRecord, isShown: boolean): ProfileResult {
    const id = incomingId(message.fromKey, message.messageId);
    if (this.#incomingIds.has(id)) return "duplicate";
    this.#incomingIds.add(id);
    if (isShown) return "done";
    this.#unshown.set(id, {
      ...message,
      messageId: new Uint8Array(message.messageId),
      fromKey: new Uint8Array(message.fromKey),
      epoch: new Uint8Array(message.epoch),
    });
    return "done";
  }

  #putProgress(progress: IncomingProgress): ProfileResult {
    const fromKey = new Uint8Array(progress.fromKey);
    const epoch = new Uint8Array(progress.epoch);
    this.#progress.set(`${toHex(fromKey)} ${toHex(epoch)}`, { ...progress, fromKey, epoch });
    return "done";
  }
}

function incomingId(fromKey: Uint8Array, messageId: Uint8Array): string {
  return `${toHex(fromKey)} ${toHex(messageId)}`;
}
