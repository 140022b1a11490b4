// The server's books in memory, for the simulator and for tests: what a machine wrote is there for the next one that
// loads from the same object. Pure. Implements the port in store.ts (PROTOCOL §8.5).

import { toHex } from "#bytes";
import { type Address } from "#wire";

import { MemoryKept } from "./memory-kept.ts";
import type { Books, PersonRecord, ServerStore, SessionRecord, StoreOperation, StoreResult } from "./store.ts";

/** A batch that the injected fault turned away; nothing was changed. */
export class StoreFailure extends Error {
  readonly code = "storeFailure";

  constructor() {
    super("The batch was not made durable: a fault was injected.");
    this.name = "StoreFailure";
  }
}

export interface MemoryStoreOptions {
  /** Asked before each batch; true makes it fail, having changed nothing. */
  readonly fault?: (operations: readonly StoreOperation[]) => boolean;
}

/** Books that live as long as the object. They copy the bytes they are given (`slice` of a Buffer would not). */
export class MemoryStore implements ServerStore {
  readonly #fault: (operations: readonly StoreOperation[]) => boolean;
  /** By person key. */
  readonly #persons = new Map<string, PersonRecord>();
  /** From name key to the person key that has it. */
  readonly #names = new Map<string, string>();
  /** By person key. */
  readonly #sessions = new Map<string, SessionRecord>();
  readonly #kept = new MemoryKept((key) => this.#persons.has(key));
  #aliveMs = 0;

  constructor(options: MemoryStoreOptions = {}) {
    this.#fault = options.fault ?? (() => false);
  }

  load(): Books {
    return {
      persons: [...this.#persons.values()],
      sessions: [...this.#sessions.values()],
      aliveMs: this.#aliveMs,
      ...this.#kept.load(),
    };
  }

  apply(operations: readonly StoreOperation[]): Promise<readonly StoreResult[]> {
    return Promise.try(() => this.applyNow(operations));
  }

  /** `apply` for callers in virtual time: the results at once, or `StoreFailure`. */
  applyNow(operations: readonly StoreOperation[]): readonly StoreResult[] {
    if (this.#fault(operations)) throw new StoreFailure();
    return operations.map((operation) => this.#carryOut(operation));
  }

  /** Nothing to let go of: the books stay for the next `load`. */
  close(): void {}

  #carryOut(operation: StoreOperation): StoreResult {
    switch (operation.kind) {
      case "putPerson":
        return this.#putPerson(operation.person);
      case "removeName":
        return this.#removeName(operation.nameKey);
      case "touchPerson":
        return this.#touchPerson(operation.personKey, operation.lastSeenMs, operation.address);
      case "putSession":
        return this.#putSession(operation.session);
      case "removeSession":
        return this.#sessions.delete(toHex(operation.personKey)) ? "done" : "missing";
      case "noteAlive":
        this.#aliveMs = operation.atMs;
        return "done";
      default:
        return this.#kept.carryOut(operation);
    }
  }

  #putPerson(person: PersonRecord): StoreResult {
    const key = toHex(person.personKey);
    const owner = this.#names.get(person.nameKey);
    if (owner !== undefined && owner !== key) return "conflict";
    const before = this.#persons.get(key);
    if (before !== undefined) this.#names.delete(before.nameKey);
    this.#names.set(person.nameKey, key);
    this.#persons.set(key, {
      ...person,
      personKey: new Uint8Array(person.personKey),
      device: new Uint8Array(person.device),
    });
    return "done";
  }

  #removeName(nameKey: string): StoreResult {
    const owner = this.#names.get(nameKey);
    if (owner === undefined) return "missing";
    this.#names.delete(nameKey);
    this.#persons.delete(owner);
    this.#kept.forgetPerson(owner);
    return "done";
  }

  #touchPerson(personKey: Uint8Array, lastSeenMs: number, address: Address | undefined): StoreResult {
    const key = toHex(personKey);
    const person = this.#persons.get(key);
    if (person === undefined) return "missing";
    this.#persons.set(key, { ...person, lastSeenMs, address: address ?? person.address });
    return "done";
  }

  #putSession(session: SessionRecord): StoreResult {
    this.#sessions.set(toHex(session.personKey), {
      ...session,
      personKey: new Uint8Array(session.personKey),
      clientSessionId: new Uint8Array(session.clientSessionId),
      resetToken: new Uint8Array(session.resetToken),
    });
    return "done";
  }
}
