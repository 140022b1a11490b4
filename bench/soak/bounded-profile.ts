// A client's profile in memory that is as large as what is under way: of what has ended it knows the ids only, in a table
// that all profiles of a crowd share. Otherwise as MemoryProfile (PROTOCOL §9.2).

import { equalBytes, toHex } from "#bytes";
import {
  type IncomingProgress,
  type IncomingRecord,
  type KeptRecord,
  type MailKey,
  type OutgoingRecord,
  type PersonPin,
  type ProfileOperation,
  type ProfileResult,
  type ProfileState,
  type ServerPin,
} from "#client";
import { type Dice } from "#crypto";

import { type KnownIds } from "./known-ids.ts";

const EPOCH_BYTES = 8;

type EndOf<Operation> = Operation extends { readonly kind: "endOutgoing"; readonly end: infer End } ? End : never;
type LastNumber = ProfileState["lastNumbers"][number];

export class BoundedProfile {
  readonly #owner: number;
  readonly #known: KnownIds;
  readonly #dice: Dice;
  readonly #identity: ProfileState["identity"];
  readonly #personPins = new Map<string, PersonPin>();
  readonly #serverPins = new Map<string, ServerPin>();
  readonly #outgoing = new Map<string, { readonly message: OutgoingRecord; readonly end?: KeptRecord["end"] }>();
  readonly #mailKeys = new Map<string, MailKey>();
  readonly #unshown = new Map<string, IncomingRecord>();
  readonly #lastNumbers = new Map<string, LastNumber>();
  readonly #progress = new Map<string, IncomingProgress>();
  #epoch: Uint8Array = new Uint8Array(EPOCH_BYTES);
  #endedCleanly = false;

  /** The profile of that number in the crowd. */
  constructor(owner: number, known: KnownIds, dice: Dice) {
    this.#owner = owner;
    this.#known = known;
    this.#dice = dice;
    this.#identity = { personSeed: dice(32), deviceSecret: dice(32), deviceId: dice(16) };
  }

  /** Begins a new epoch unless `close` was the last thing that happened. */
  load(): ProfileState {
    if (!this.#endedCleanly) {
      this.#epoch = this.#dice(EPOCH_BYTES);
      this.#lastNumbers.clear();
    }
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

  apply(operations: readonly ProfileOperation[]): readonly ProfileResult[] {
    return operations.map((operation) => this.#carryOut(operation));
  }

  /** Notes a clean end. */
  close(): void {
    this.#endedCleanly = true;
  }

  #carryOut(operation: ProfileOperation): ProfileResult {
    switch (operation.kind) {
      case "pinPerson":
        this.#personPins.set(operation.pin.nameKey, own(operation.pin));
        return "done";
      case "pinServer":
        this.#serverPins.set(operation.pin.address, own(operation.pin));
        return "done";
      case "putOutgoing":
        return this.#putOutgoing(own(operation.message));
      case "endOutgoing":
        return this.#endOutgoing(toHex(operation.messageId), operation.end);
      case "endKept": {
        const id = toHex(operation.messageId);
        if (this.#outgoing.get(id)?.end === undefined) return "missing";
        this.#outgoing.delete(id);
        return "done";
      }
      case "putSent":
        return this.#isNew(operation.message.messageId) ? "done" : "duplicate";
      case "putMailKey":
        this.#mailKeys.set(toHex(operation.mailKey.secret), own(operation.mailKey));
        return "done";
      case "dropMailKey":
        return found(this.#mailKeys.delete(toHex(operation.secret)));
      case "putIncoming":
        if (!this.#isNew(operation.message.messageId)) return "duplicate";
        if (!operation.isShown) this.#unshown.set(toHex(operation.message.messageId), own(operation.message));
        return "done";
      case "markShown":
        return found(this.#unshown.delete(toHex(operation.messageId)));
      case "putProgress":
        this.#progress.set(progressId(operation.progress), own(operation.progress));
        return "done";
      case "dropProgress":
        return found(this.#progress.delete(progressId(operation)));
      default:
        throw new TypeError(`no such operation: ${JSON.stringify(operation satisfies never)}`);
    }
  }

  #isNew(messageId: Uint8Array): boolean {
    return this.#known.add(this.#owner, messageId);
  }

  #putOutgoing(message: OutgoingRecord): ProfileResult {
    if (!this.#isNew(message.messageId)) return "duplicate";
    this.#outgoing.set(toHex(message.messageId), { message });
    const { epoch, number, toKey } = message;
    const before = this.#lastNumbers.get(toHex(toKey))?.number ?? 0;
    if (equalBytes(epoch, this.#epoch))
      this.#lastNumbers.set(toHex(toKey), { toKey, number: Math.max(before, number) });
    return "done";
  }

  #endOutgoing(id: string, end: EndOf<ProfileOperation>): ProfileResult {
    const outgoing = this.#outgoing.get(id);
    if (outgoing === undefined || outgoing.end !== undefined) return "missing";
    if (end === "saved" || end === "exists") this.#outgoing.set(id, { ...outgoing, end });
    else this.#outgoing.delete(id);
    return "done";
  }
}

function found(isFound: boolean): ProfileResult {
  return isFound ? "done" : "missing";
}

function progressId({ fromKey, epoch }: Pick<IncomingProgress, "fromKey" | "epoch">): string {
  return `${toHex(fromKey)} ${toHex(epoch)}`;
}

/** A record whose bytes nobody else changes, or keeps a datagram alive by. */
function own<T extends object>(record: T): T {
  const copies = Object.entries(record).map(([key, value]: [string, unknown]) => [
    key,
    value instanceof Uint8Array ? new Uint8Array(value) : value,
  ]);
  return Object.fromEntries(copies) as T;
}
