// A client's profile on disk: `profile.sqlite` for history, outbox, pins and progress, `identity.key` beside it. What
// `apply` returns from survives a killed process. Implements the port in client/profile.ts (PROTOCOL §9.2,
// docs/decisions/0004-sqlite.md).

import { join } from "node:path";
import type { StatementSync } from "node:sqlite";

import type {
  Identity,
  IncomingRecord,
  OutgoingRecord,
  Profile,
  ProfileOperation,
  ProfileResult,
  ProfileState,
} from "#client";
import type { Dice } from "#crypto";

import { profileDatabase, profileIdentity } from "./profile-identity.ts";
import { changeStatements, loadStatements, profileLayout } from "./profile-layout.ts";
import { rows, SqliteFile, type SqliteLimits } from "./sqlite-file.ts";

const epochLength = 8;

type UnshownRow = Omit<IncomingRecord, "channel" | "mailedAtMs"> & {
  readonly channel: string | null;
  readonly mailedAtMs: number | null;
};

/** One person's profile, locked for this process until `close`. Every trouble of the disk is a DiskError, thrown when
 * opening, loading and by `apply`, which works again when the trouble is over. */
export class SqliteProfile implements Profile {
  readonly #dice: Dice;
  readonly #identity: Identity;
  readonly #file: SqliteFile;
  readonly #loads: Readonly<Record<keyof typeof loadStatements, StatementSync>>;
  readonly #changes: Readonly<Record<keyof typeof changeStatements, StatementSync>>;

  /** Opens the profile in `folder`, making it where there is none; `dice` make its identity and its epochs. */
  constructor(folder: string, dice: Dice, limits: SqliteLimits = {}) {
    this.#dice = dice;
    this.#identity = profileIdentity(folder, dice);
    this.#file = new SqliteFile(join(folder, profileDatabase), profileLayout, limits);
    this.#loads = this.#file.prepare(loadStatements);
    this.#changes = this.#file.prepare(changeStatements);
  }

  /** To be called before the first `apply`: what is numbered before could be numbered again after a crash. */
  load(): ProfileState {
    this.#file.begin(() => this.#beginEpoch());
    const { epoch, personPins, serverPins, outbox, kept, mailKeys, lastNumbers, unshown, progress } = this.#loads;
    return this.#file.read(() => ({
      identity: this.#identity,
      epoch: epoch.get()?.["epoch"] as Uint8Array,
      personPins: rows(personPins),
      serverPins: rows(serverPins),
      outbox: rows(outbox),
      kept: rows(kept),
      mailKeys: rows(mailKeys),
      lastNumbers: rows(lastNumbers),
      unshown: rows<UnshownRow>(unshown).map(incomingOf),
      progress: rows(progress),
    }));
  }

  apply(operations: readonly ProfileOperation[]): readonly ProfileResult[] {
    const results = this.#file.transaction(() => operations.map((operation) => this.#carryOut(operation)));
    if (operations.some(({ kind }) => kind === "dropMailKey")) this.#file.emptyLog();
    return results;
  }

  close(): void {
    this.#file.close();
  }

  #beginEpoch(): void {
    const { forgetEpoch, forgetNumbers, putEpoch } = this.#changes;
    forgetEpoch.run();
    forgetNumbers.run();
    putEpoch.run(this.#dice(epochLength));
  }

  #carryOut(operation: ProfileOperation): ProfileResult {
    const { pinPerson, pinServer, leaveOutbox, endOutgoing, endKept, putSent, endSent } = this.#changes;
    const { putMailKey, dropMailKey, markShown, putProgress, dropProgress } = this.#changes;
    switch (operation.kind) {
      case "pinPerson": {
        const { nameKey, name, personKey } = operation.pin;
        return resultOf(pinPerson.run(nameKey, name, personKey), "missing");
      }
      case "pinServer": {
        const { address, identityKey, staticKey } = operation.pin;
        return resultOf(pinServer.run(address, identityKey, staticKey), "missing");
      }
      case "putOutgoing":
        return this.#putOutgoing(operation.message);
      case "endOutgoing":
        if (leaveOutbox.run(operation.messageId).changes === 0) return "missing";
        return resultOf(endOutgoing.run(operation.end, operation.atMs, operation.messageId), "missing");
      case "endKept":
        return resultOf(endKept.run(operation.end, operation.atMs, operation.messageId), "missing");
      case "putSent": {
        const { messageId, channel, sentAtMs, text } = operation.message;
        const { changes, lastInsertRowid } = putSent.run(messageId, channel, sentAtMs, text);
        return changes === 0 ? "duplicate" : resultOf(endSent.run(lastInsertRowid), "duplicate");
      }
      case "putMailKey": {
        const { secret, createdAtMs } = operation.mailKey;
        return resultOf(putMailKey.run(secret, createdAtMs), "duplicate");
      }
      case "dropMailKey":
        return resultOf(dropMailKey.run(operation.secret), "missing");
      case "putIncoming":
        return this.#putIncoming(operation.message, operation.isShown);
      case "markShown":
        return resultOf(markShown.run(operation.fromKey, operation.messageId), "missing");
      case "putProgress": {
        const { fromKey, epoch, next } = operation.progress;
        return resultOf(putProgress.run(fromKey, epoch, next), "missing");
      }
      case "dropProgress":
        return resultOf(dropProgress.run(operation.fromKey, operation.epoch), "missing");
      default:
        throw new TypeError(`no such operation: ${JSON.stringify(operation satisfies never)}`);
    }
  }

  #putOutgoing({ messageId, toName, toKey, epoch, number, sentAtMs, text }: OutgoingRecord): ProfileResult {
    const { putOutgoing, enterOutbox, noteNumber } = this.#changes;
    const { changes, lastInsertRowid } = putOutgoing.run(messageId, toName, toKey, epoch, number, sentAtMs, text);
    if (changes === 0) return "duplicate";
    enterOutbox.run(lastInsertRowid);
    noteNumber.run(toKey, number, epoch);
    return "done";
  }

  #putIncoming(message: IncomingRecord, isShown: boolean): ProfileResult {
    const { messageId, channel, fromName, fromKey, epoch, number, sentAtMs, text, mailedAtMs, receivedAtMs } = message;
    const head = [messageId, fromName, fromKey, epoch, number, sentAtMs, text, receivedAtMs, isShown ? 1 : 0];
    const outcome = this.#changes.putIncoming.run(...head, channel ?? null, mailedAtMs ?? null);
    return resultOf(outcome, "duplicate");
  }
}

function incomingOf({ channel, mailedAtMs, ...message }: UnshownRow): IncomingRecord {
  return { channel: channel ?? undefined, mailedAtMs: mailedAtMs ?? undefined, ...message };
}

function resultOf<T extends string>(outcome: { readonly changes: number | bigint }, unchanged: T): "done" | T {
  return outcome.changes === 0 ? unchanged : "done";
}
