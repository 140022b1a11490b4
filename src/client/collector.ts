// What we tell the server to forget, and the receipts that go back with it: gathered, and said together. Pure.
// PROTOCOL §8.7, §9.9. Nobody answers; what was not heard is fetched again, and collected again.

import { toHex } from "#bytes";
import { type DeviceCertificate, MOST_COLLECTED, MOST_COLLECTED_RECEIPTS, type RequestBody } from "#chat";
import { type Dice } from "#crypto";
import { MOST_RECEIPTS, sealEnvelope, type Sealer } from "#envelope";

/** A `collect` leaves at once, unless one left within so long. */
export const PAUSE_MS = 10;
/** Numbers that wait at most; with more, nothing more is fetched. */
const MOST_WAITING = 4096;

/** A letter's receipt: whom it is for, and for which message. */
export interface Receipt {
  readonly device: DeviceCertificate;
  readonly messageId: Uint8Array;
}

export interface CollectorOwner {
  /** False where nobody would hear it. */
  tell(body: RequestBody): boolean;
  sealer(): Sealer;
  isRegistered(): boolean;
}

/** Times in monotonic ms. */
export class Collector {
  readonly #owner: CollectorOwner;
  readonly #dice: Dice;
  /** By number, in the order collected. */
  readonly #waiting = new Map<number, Receipt | undefined>();
  #leftAt = Number.NEGATIVE_INFINITY;

  constructor(owner: CollectorOwner, dice: Dice) {
    this.#owner = owner;
    this.#dice = dice;
  }

  get hasRoom(): boolean {
    return this.#waiting.size < MOST_WAITING;
  }

  get deadline(): number {
    const isDue = this.#waiting.size > 0 && this.#owner.isRegistered();
    return isDue ? this.#leftAt + PAUSE_MS : Number.POSITIVE_INFINITY;
  }

  /** What has that number is safe here, or not worth keeping: the server may forget it. */
  collected(number: number, receipt?: Receipt): void {
    this.#waiting.set(number, receipt);
  }

  /** What was gathered leaves, if it may; as much as one request takes. */
  flush(now: number): void {
    if (now < this.deadline || this.#waiting.size === 0) return;
    const numbers: number[] = [];
    const receipts = new Map<string, Receipt[]>();
    for (const [number, receipt] of this.#waiting) {
      if (numbers.length >= MOST_COLLECTED || !gather(receipts, receipt)) break;
      numbers.push(number);
    }
    if (
      !this.#owner.tell({
        kind: "collect",
        numbers,
        receipts: [...receipts.values()].flatMap((all) => this.#seal(all)),
      })
    )
      return;
    this.#leftAt = now;
    for (const number of numbers) this.#waiting.delete(number);
  }

  /** We left the server, which forgets nothing that it was not told to. */
  stop(): void {
    this.#waiting.clear();
  }

  #seal(receipts: readonly Receipt[]): readonly { readonly toKey: Uint8Array; readonly envelope: Uint8Array }[] {
    const [first] = receipts;
    if (first === undefined) return [];
    const messageIds = receipts.map(({ messageId }) => messageId);
    const envelope = sealEnvelope(this.#owner.sealer(), first.device, { kind: "receipts", messageIds }, this.#dice);
    return envelope === undefined ? [] : [{ toKey: first.device.personKey, envelope }];
  }
}

/** Receipts for one sender go in one envelope; false where they find no room in one request. */
function gather(receipts: Map<string, Receipt[]>, receipt: Receipt | undefined): boolean {
  if (receipt === undefined) return true;
  const key = toHex(receipt.device.personKey);
  const before = receipts.get(key);
  if (before === undefined && receipts.size >= MOST_COLLECTED_RECEIPTS) return false;
  if (before !== undefined && before.length >= MOST_RECEIPTS) return false;
  receipts.set(key, [...(before ?? []), receipt]);
  return true;
}
