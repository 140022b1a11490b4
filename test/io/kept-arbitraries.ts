// Random operations on letters, posts and groups, from few keys, ids and groups, so that they meet, and with bounds so
// tight that they are reached.

import fc from "fast-check";

import { type KeptOperation, MAIL_OVERHEAD_BYTES } from "../../src/server/kept-records.ts";
import type { StoreOperation } from "../../src/server/store.ts";
import { collect, dropOld, group, letter, post, putGroup, putMark, putMember } from "../server/kept-operations.ts";
import { person } from "../server/store-contract.ts";

type OperationOf<K> = Extract<KeptOperation, { readonly kind: K }>;

const few = fc.integer({ min: 1, max: 4 });
const key = few.map((n) => person(n).personKey);
const groupKey = fc.constantFrom("a", "b");
const numbers = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 8 });
const weight = fc.integer({ min: 0, max: 12 }).map((n) => n * (MAIL_OVERHEAD_BYTES + 50));
const id = fc.integer({ min: 1, max: 12 }).map((n) => new Uint8Array(16).fill(n));
const content = fc.integer({ min: 0, max: 200 }).map((length) => new Uint8Array(length).fill(length));

const putLetter: fc.Arbitrary<OperationOf<"putLetter">> = fc
  .record({
    toKey: key,
    fromKey: key,
    messageId: id,
    arrivedMs: few,
    envelope: content,
    most: fc.tuple(weight, weight),
  })
  .map(({ most: [a, b], ...rest }) => ({
    kind: "putLetter",
    letter: { ...letter(0, rest.toKey, rest.fromKey), ...rest },
    bounds: { mailboxBytes: 2 * a, senderBytes: b, strangerBytes: a, allBytes: a + 2 * b },
  }));

const putPost: fc.Arbitrary<OperationOf<"putPost">> = fc
  .record({
    fromKey: key,
    to: fc.option(groupKey, { nil: undefined }),
    epoch: few,
    ownNumber: few,
    arrivedMs: few,
    most: weight,
  })
  .map(({ fromKey, to, epoch, most, ...rest }) => ({
    kind: "putPost",
    post: { ...post(0, fromKey, to), ...rest, epoch: new Uint8Array(8).fill(epoch) },
    bounds: { everybodyBytes: 2 * most, senderBytes: most },
  }));

const collecting: fc.Arbitrary<OperationOf<"collect">> = fc
  .record({
    by: key,
    numbers,
    readTo: fc.integer({ min: 0, max: 40 }),
    to: fc.array(fc.record({ toKey: key, arrivedMs: few, envelope: content }), { maxLength: 4 }),
    mostReceipts: few,
    allBytes: weight,
  })
  .map(({ by, numbers: of, readTo, to, ...bounds }) => ({
    ...collect(by, of, readTo),
    receipts: to.map((each) => ({ ...each, number: 0, fromKey: by })),
    ...bounds,
  }));

const reading: fc.Arbitrary<OperationOf<"readMail">> = fc.record({
  kind: fc.constant("readMail"),
  personKey: key,
  box: fc.constantFrom("letters", "receipts"),
  after: fc.integer({ min: 0, max: 20 }),
  mostItems: few,
  mostBytes: weight,
});

/** Operations whose numbers are 0; `numbered` gives them theirs. */
export const keptOperations: fc.Arbitrary<KeptOperation> = fc.oneof(
  { weight: 8, arbitrary: putLetter },
  { weight: 4, arbitrary: putPost },
  { weight: 6, arbitrary: collecting },
  { weight: 6, arbitrary: reading },
  fc.integer({ min: 1, max: 40 }).map((number) => ({ kind: "removePost" as const, number })),
  fc.tuple(key, few).map(([of, number]) => putMark(of, number)),
  groupKey.map((of) => putGroup(group(of))),
  groupKey.map((of) => ({ kind: "removeGroup" as const, groupKey: of })),
  fc.tuple(groupKey, few).map(([of, usedMs]) => ({ kind: "touchGroup" as const, groupKey: of, usedMs })),
  fc.tuple(groupKey, key).map(([of, who]) => putMember(of, who)),
  key.map((personKey) => ({ kind: "removeMember" as const, personKey })),
  few.map(dropOld),
);

/** The operation with the numbers that come next, as a server gives them. */
export function numbered(operation: StoreOperation, next: () => number): StoreOperation {
  if (operation.kind === "putLetter") return { ...operation, letter: { ...operation.letter, number: next() } };
  if (operation.kind === "putPost") return { ...operation, post: { ...operation.post, number: next() } };
  if (operation.kind !== "collect") return operation;
  return { ...operation, receipts: operation.receipts.map((each) => ({ ...each, number: next() })) };
}
