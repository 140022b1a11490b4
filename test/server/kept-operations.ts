// Letters, posts, groups and what is done with them, for the tests of books.

import assert from "node:assert/strict";

import type {
  GroupRecord,
  KeptItem,
  KeptOperation,
  KeptResult,
  LetterRecord,
  MailBounds,
  PostRecord,
  ReceiptRecord,
} from "../../src/server/kept-records.ts";
import type { ServerStore, StoreResult } from "../../src/server/store.ts";

type OperationOf<K> = Extract<KeptOperation, { readonly kind: K }>;
type MailResult = Extract<KeptResult, { readonly kind: "mail" }>;

/** Bounds that bound nothing. */
export const ample: MailBounds = { mailboxBytes: 1e9, senderBytes: 1e9, strangerBytes: 1e9, allBytes: 1e9 };

/** A person key told from others by `n`, 0–65,535. */
export function key(n: number): Uint8Array {
  return new Uint8Array(32).fill(n & 0xff).fill(n >> 8, 0, 1);
}

/** Keys that `key` makes of no number below 256. */
export function manyKeys(count: number): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, i) => key(256 + i));
}

/** A letter of 100 bytes whose message is told by its number. */
export function letter(number: number, toKey: Uint8Array, fromKey: Uint8Array): LetterRecord {
  const envelope = new Uint8Array(100).fill(number);
  return { number, toKey, fromKey, messageId: messageId(number), arrivedMs: 1_700_000_000_000 + number, envelope };
}

/** A receipt of 50 bytes. */
export function receipt(number: number, toKey: Uint8Array, fromKey: Uint8Array): ReceiptRecord {
  return { number, toKey, fromKey, arrivedMs: 1_700_000_000_000 + number, envelope: new Uint8Array(50).fill(number) };
}

/** A post of 20 bytes, to everybody or a group. */
export function post(number: number, fromKey: Uint8Array, groupKey?: string): PostRecord {
  return {
    number,
    fromKey,
    fromName: `Name ${number}`,
    messageId: messageId(number),
    epoch: new Uint8Array(8).fill(1),
    ownNumber: number,
    sentAtMs: 1_600_000_000_000 + number,
    arrivedMs: 1_700_000_000_000 + number,
    scheme: 0,
    keyEpoch: 0,
    content: new Uint8Array(20).fill(number),
    groupKey,
    owedBy: groupKey === undefined ? [] : [key(7), key(8)],
  };
}

/** A group told from others by its key. */
export function group(groupKey: string): GroupRecord {
  return { groupKey, name: groupKey.toUpperCase(), creatorKey: key(1), usedMs: 1_700_000_000_000 };
}

export function putLetter(record: LetterRecord, bounds: MailBounds = ample): OperationOf<"putLetter"> {
  return { kind: "putLetter", letter: record, bounds };
}

export function putPost(
  record: PostRecord,
  bounds: OperationOf<"putPost">["bounds"] = { everybodyBytes: 1e9, senderBytes: 1e9 },
): OperationOf<"putPost"> {
  return { kind: "putPost", post: record, bounds };
}

export function collect(
  personKey: Uint8Array,
  numbers: readonly number[],
  readTo = 0,
  receipts: readonly ReceiptRecord[] = [],
): OperationOf<"collect"> {
  return { kind: "collect", personKey, numbers, readTo, receipts, mostReceipts: 1000 };
}

/** Reads letters and posts from the beginning, as far as nothing else is said. */
export function read(
  personKey: Uint8Array,
  limits: Partial<Omit<OperationOf<"readMail">, "kind" | "personKey">> = {},
): OperationOf<"readMail"> {
  return { kind: "readMail", personKey, box: "letters", after: 0, mostItems: 1000, mostBytes: 1e9, ...limits };
}

export function putMark(personKey: Uint8Array, number: number): OperationOf<"putMark"> {
  return { kind: "putMark", personKey, number };
}

export function putGroup(record: GroupRecord): OperationOf<"putGroup"> {
  return { kind: "putGroup", group: record };
}

export function putMember(groupKey: string, personKey: Uint8Array): OperationOf<"putMember"> {
  return { kind: "putMember", member: { groupKey, personKey } };
}

export function dropOld(beforeMs: number): OperationOf<"dropOld"> {
  return { kind: "dropOld", beforeMs };
}

/** The item that a letter is read as. */
export function letterOf(record: LetterRecord): KeptItem {
  return { kind: "letter", letter: record };
}

export function numberOf(item: KeptItem): number {
  if (item.kind === "letter") return item.letter.number;
  return item.kind === "post" ? item.post.number : item.receipt.number;
}

/** The mail that the first of the results is. */
export function mailIn([result]: readonly (StoreResult | undefined)[]): MailResult {
  assert.ok(typeof result === "object" && result.kind === "mail");
  return result;
}

/** The numbers of all that waits for a person. */
export async function numbersFor(
  store: ServerStore,
  personKey: Uint8Array,
  box: "letters" | "receipts" = "letters",
): Promise<readonly number[]> {
  return mailIn(await store.apply([read(personKey, { box })])).items.map(numberOf);
}

/** What a start reads, and the mail of persons 1 to 4. */
export async function everything(store: ServerStore): Promise<unknown> {
  const reads = [1, 2, 3, 4].flatMap((n) => [read(key(n)), read(key(n), { box: "receipts" })]);
  return [store.load(), await store.apply(reads)];
}

function messageId(number: number): Uint8Array {
  return new Uint8Array(16).fill(number >> 8, 0, 8).fill(number & 0xff, 8);
}
