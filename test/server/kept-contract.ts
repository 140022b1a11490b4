// What every ServerStore must keep for others: mail and posts. Groups are in group-contract.ts; both are run by
// store-contract.ts.

import assert from "node:assert/strict";

import {
  type LetterRecord,
  MAIL_OVERHEAD_BYTES,
  type MailBounds,
  MOST_CORRESPONDENTS,
  type PostRecord,
  type ReceiptRecord,
} from "../../src/server/kept-records.ts";
import type { ServerStore } from "../../src/server/store.ts";
import {
  ample,
  collect,
  dropOld,
  everything,
  key,
  letter,
  letterOf,
  mailIn,
  manyKeys,
  numberOf,
  numbersFor,
  post,
  putLetter,
  putMark,
  putPost,
  read,
  receipt,
} from "./kept-operations.ts";
import type { BooksPlace } from "./store-contract.ts";

type Contract = (claim: string, check: (place: BooksPlace) => Promise<void>) => unknown;

const [ann, bob, carl, dora] = [key(1), key(2), key(3), key(4)];

export function keptContract(contract: Contract): void {
  contract("letters are read in the order of numbers, whole, each to its recipient, and stay", async (place) => {
    const store = opened(place);
    const letters = [letter(3, ann, bob), letter(5, ann, carl), letter(4, bob, ann)];
    assert.deepEqual(await store.apply(letters.map((each) => putLetter(each))), ["done", "done", "done"]);
    const mail = { kind: "mail", items: [letterOf(letter(3, ann, bob)), letterOf(letter(5, ann, carl))], isLast: true };
    assert.deepEqual(await store.apply([read(ann), read(ann), read(carl)]), [
      mail,
      mail,
      { kind: "mail", items: [], isLast: true },
    ]);
    assert.equal(store.load().lastNumber, 5);
  });

  contract("a message of one sender is kept once, and again when it was collected", async (place) => {
    const store = opened(place);
    const first = letter(1, ann, bob);
    const again = { ...letter(2, ann, bob), messageId: first.messageId };
    const other = { ...letter(3, ann, carl), messageId: first.messageId };
    await store.apply([putLetter(first), putLetter(other)]);
    // Answered as kept before, even where there would be no room for it.
    assert.deepEqual(await store.apply([putLetter({ ...again, toKey: dora }, { ...ample, allBytes: 0 })]), ["done"]);
    assert.deepEqual(await numbersFor(store, ann), [1, 3]);
    assert.deepEqual(await numbersFor(store, dora), []);
    assert.equal(store.load().lastNumber, 3);
    await store.apply([collect(ann, [1]), putLetter({ ...again, number: 7 })]);
    assert.deepEqual(await numbersFor(store, ann), [3, 7]);
  });

  const weight = 100 + MAIL_OVERHEAD_BYTES;
  const cases: readonly (readonly [keyof MailBounds, LetterRecord, LetterRecord])[] = [
    ["mailboxBytes", letter(2, ann, carl), letter(2, bob, ann)],
    ["senderBytes", letter(2, ann, bob), letter(2, ann, carl)],
    ["strangerBytes", letter(2, ann, carl), letter(2, carl, bob)],
    ["allBytes", letter(2, carl, dora), letter(2, carl, dora)],
  ];
  for (const [bound, tooMuch, elsewhere] of cases) {
    contract(`${bound} is what fits: a byte more is full and changes nothing, until room is made`, async (place) => {
      const store = opened(place);
      await store.apply([putLetter(letter(1, ann, bob))]);
      const exact = { ...ample, [bound]: 2 * weight };
      const tight = { ...ample, [bound]: 2 * weight - 1 };
      const longer = { ...tooMuch, envelope: new Uint8Array(101) };
      const before = await everything(store);
      assert.deepEqual(await store.apply([putLetter(tooMuch, tight), putLetter(longer, exact)]), ["full", "full"]);
      assert.deepEqual(await everything(store), before);
      assert.deepEqual(await store.apply([putLetter(tooMuch, exact), putLetter(letter(3, ann, bob), exact)]), [
        "done",
        "full",
      ]);
      assert.deepEqual(await store.apply([collect(ann, [1]), collect(tooMuch.toKey, [2])]), [
        { kind: "collected", toKeys: [] },
        { kind: "collected", toKeys: [] },
      ]);
      const one = { ...ample, [bound]: weight };
      assert.deepEqual(await store.apply([putLetter(elsewhere, one)]), ["done"]);
    });
  }

  contract("whom one wrote to is no stranger, nor is what lies there from them", async (place) => {
    const store = opened(place);
    const bounds = { ...ample, strangerBytes: 2 * weight };
    const put = (...args: Parameters<typeof letter>) => putLetter(letter(...args), bounds);
    assert.deepEqual(await store.apply([put(1, ann, bob), put(2, ann, carl), put(3, ann, dora)]), [
      "done",
      "done",
      "full",
    ]);
    // A letter that found no room is no letter kept.
    assert.deepEqual(await store.apply([putLetter(letter(4, bob, ann), { ...bounds, mailboxBytes: 0 })]), ["full"]);
    assert.deepEqual(await store.apply([put(5, ann, dora)]), ["full"]);
    assert.deepEqual(await store.apply([put(6, bob, ann), put(7, ann, dora), put(8, ann, carl), put(9, ann, bob)]), [
      "done",
      "done",
      "full",
      "done",
    ]);
    // Collected or not: it was kept. Who wrote to oneself is none either.
    await store.apply([collect(bob, [6]), collect(ann, [1, 9])]);
    assert.deepEqual(await store.apply([put(10, ann, carl), put(11, ann, bob), put(12, ann, ann), put(13, ann, ann)]), [
      "full",
      "done",
      "full",
      "full",
    ]);
    await store.apply([collect(ann, [2]), put(14, ann, ann), collect(ann, [7])]);
    assert.deepEqual(await store.apply([put(15, ann, ann), put(16, ann, carl), put(17, ann, dora)]), [
      "done",
      "done",
      "done",
    ]);
  });

  contract("notes of writing are as old as the last letter, and their number is bounded", async (place) => {
    const store = opened(place);
    const bounds = { ...ample, strangerBytes: 0 };
    const answers = async (n: number, from: Uint8Array) =>
      (await store.apply([putLetter(letter(n, ann, from), bounds), collect(ann, [n])]))[0];
    await store.apply([putLetter({ ...letter(1, bob, ann), arrivedMs: 10 })]);
    await store.apply([putLetter({ ...letter(2, carl, ann), arrivedMs: 10 })]);
    await store.apply([putLetter({ ...letter(3, carl, ann), arrivedMs: 11 }), collect(bob, [1]), dropOld(11)]);
    assert.deepEqual([await answers(4, bob), await answers(5, carl)], ["full", "done"]);
    // What lies here from somebody counts as a stranger's from when the note is gone.
    await store.apply([putLetter(letter(6, ann, carl), bounds), dropOld(12)]);
    const oneMore = { ...ample, strangerBytes: 2 * weight - 1 };
    assert.deepEqual(await store.apply([putLetter(letter(7, ann, dora), oneMore)]), ["full"]);
    const others = manyKeys(MOST_CORRESPONDENTS - 1);
    const to = (toKey: Uint8Array, i: number) => [putLetter(letter(i, toKey, ann)), collect(toKey, [i])];
    await store.apply([...to(bob, 8), ...to(carl, 9), ...to(bob, 10)]);
    await store.apply(others.flatMap((each, i) => to(each, i + 11)));
    assert.deepEqual([await answers(5001, bob), await answers(5002, carl)], ["done", "full"]);
    assert.deepEqual(await answers(5003, others[0] ?? dora), "done");
  });

  contract("as much is read as may be, at least one, and what is last is said", async (place) => {
    const store = opened(place);
    const sizes = [10, 2000, 30, 40];
    await store.apply(
      sizes.map((size, i) => putLetter({ ...letter(i + 1, ann, bob), envelope: new Uint8Array(size) })),
    );
    const reads = async (limits: Parameters<typeof read>[1]) => {
      const { items, isLast } = mailIn(await store.apply([read(ann, limits)]));
      return [items.map(numberOf), isLast];
    };
    assert.deepEqual(await reads({}), [[1, 2, 3, 4], true]);
    assert.deepEqual(await reads({ mostItems: 4 }), [[1, 2, 3, 4], true]);
    assert.deepEqual(await reads({ mostItems: 3 }), [[1, 2, 3], false]);
    assert.deepEqual(await reads({ after: 1, mostItems: 2 }), [[2, 3], false]);
    assert.deepEqual(await reads({ after: 4 }), [[], true]);
    assert.deepEqual(await reads({ mostBytes: 0 }), [[1], false]);
    assert.deepEqual(await reads({ after: 3, mostBytes: 0 }), [[4], true]);
    const two = 2010 + 2 * MAIL_OVERHEAD_BYTES;
    assert.deepEqual(await reads({ mostBytes: two - 1 }), [[1], false]);
    assert.deepEqual(await reads({ mostBytes: two }), [[1, 2], false]);
    assert.deepEqual(await reads({ after: 1, mostBytes: two + 20 }), [[2, 3], false]);
  });

  contract("posts to everybody come between letters, from the mark on, and one's own do not", async (place) => {
    const store = opened(place);
    const [first, second, own, third] = [post(1, bob), post(3, carl), post(4, ann), post(5, bob)];
    await store.apply([putPost(first), putLetter(letter(2, ann, bob)), ...[second, own, third].map((p) => putPost(p))]);
    assert.deepEqual(mailIn(await store.apply([read(ann)])).items, [
      { kind: "post", post: first },
      letterOf(letter(2, ann, bob)),
      { kind: "post", post: second },
      { kind: "post", post: third },
    ]);
    assert.deepEqual(mailIn(await store.apply([read(ann, { after: 2 })])).items.map(numberOf), [3, 5]);
    assert.deepEqual(await store.apply([putMark(ann, 3), putMark(ann, 1), putMark(bob, 0)]), ["done", "done", "done"]);
    assert.deepEqual(await numbersFor(store, ann), [2, 5]);
    assert.deepEqual(await numbersFor(store, bob), [3, 4]);
    await store.apply([collect(ann, [], 5), collect(ann, [], 4)]);
    assert.deepEqual(await numbersFor(store, ann), [2]);
    assert.deepEqual(mailIn(await store.apply([read(bob, { after: 3, mostItems: 1 })])).isLast, true);
  });

  contract("collecting forgets what is the person's own, and gives senders their receipts", async (place) => {
    const store = opened(place);
    await store.apply([1, 2].map((n) => putLetter(letter(n, ann, bob))));
    await store.apply([putLetter(letter(3, ann, carl)), putLetter(letter(4, dora, bob))]);
    const receipts = [
      receipt(5, bob, ann), // for 1
      receipt(6, bob, ann), // for 2
      receipt(7, bob, ann), // no letter left to be for
      receipt(8, dora, ann), // wrote nothing
      receipt(9, carl, ann), // its letter is not collected
    ];
    const result = await store.apply([collect(ann, [1, 1, 2, 4, 99], 0, receipts)]);
    assert.deepEqual(result, [{ kind: "collected", toKeys: [bob] }]);
    assert.deepEqual(await numbersFor(store, ann), [3]);
    assert.deepEqual(await numbersFor(store, dora), [4]);
    const waiting = receipts.slice(0, 2).map((each) => ({ kind: "receipt", receipt: each }));
    assert.deepEqual(mailIn(await store.apply([read(bob, { box: "receipts" })])), {
      kind: "mail",
      items: waiting,
      isLast: true,
    });
    assert.deepEqual(await numbersFor(store, bob), []);
    assert.equal(store.load().lastNumber, 6);
    // Again: nothing is there to have a receipt for.
    const again = await store.apply([collect(ann, [1, 2], 0, [receipt(10, bob, ann)])]);
    assert.deepEqual(again, [{ kind: "collected", toKeys: [] }]);
    // A receipt is collected by its number too, and is no letter.
    const thanks = await store.apply([collect(bob, [5], 0, [receipt(11, ann, bob)])]);
    assert.deepEqual(thanks, [{ kind: "collected", toKeys: [] }]);
    assert.deepEqual(await numbersFor(store, bob, "receipts"), [6]);
  });

  contract("receipts beyond what may wait are dropped, and the letters are forgotten all the same", async (place) => {
    const store = opened(place);
    const letters = [1, 2, 3].map((n) => letter(n, ann, bob));
    await store.apply([...letters, letter(4, ann, carl)].map((each) => putLetter(each)));
    const receipts = [receipt(5, bob, ann), receipt(6, bob, ann), receipt(7, bob, ann), receipt(8, carl, ann)];
    const operation = { ...collect(ann, [1, 2, 3, 4], 0, receipts), mostReceipts: 2 };
    assert.deepEqual(await store.apply([operation]), [{ kind: "collected", toKeys: [bob, carl] }]);
    assert.deepEqual(await numbersFor(store, bob, "receipts"), [5, 6]);
    assert.deepEqual(await numbersFor(store, carl, "receipts"), [8]);
    assert.deepEqual(await numbersFor(store, ann), []);
    // By weight: three receipts are there, and one more does not fit.
    await store.apply([putLetter(letter(9, ann, dora)), putLetter(letter(10, ann, dora))]);
    const fourth = [receipt(11, dora, ann), receipt(12, dora, ann)];
    const byWeight = { ...collect(ann, [9, 10], 0, fourth), allBytes: 4 * (50 + MAIL_OVERHEAD_BYTES) };
    assert.deepEqual(await store.apply([byWeight]), [{ kind: "collected", toKeys: [dora] }]);
    assert.deepEqual(await numbersFor(store, dora, "receipts"), [11]);
    assert.equal(store.load().lastNumber, 11);
  });

  contract("receipts count in the box they wait in, and collected they count no more", async (place) => {
    const store = opened(place);
    await store.apply([putLetter(letter(1, ann, bob)), collect(ann, [1], 0, [receipt(2, bob, ann)])]);
    const room = { ...ample, mailboxBytes: weight + 50 + MAIL_OVERHEAD_BYTES };
    const tight = { ...room, mailboxBytes: room.mailboxBytes - 1 };
    const [one, two] = [putLetter(letter(3, bob, carl), tight), putLetter(letter(3, bob, carl), room)];
    assert.deepEqual(await store.apply([one, two]), ["full", "done"]);
    assert.deepEqual(await store.apply([collect(bob, [2, 3]), putLetter(letter(4, bob, carl), tight)]), [
      { kind: "collected", toKeys: [] },
      "done",
    ]);
  });

  contract("what is older than a time is forgotten, and its room is free", async (place) => {
    const store = opened(place);
    const at = <T extends LetterRecord | PostRecord>(record: T, arrivedMs: number) => ({ ...record, arrivedMs });
    await store.apply([putLetter(at(letter(1, ann, bob), 10)), putLetter(at(letter(2, ann, bob), 11))]);
    await store.apply([putPost(at(post(3, bob), 10)), putPost(at(post(4, bob), 11))]);
    await store.apply([putLetter(at(letter(5, bob, carl), 20)), putLetter(at(letter(6, bob, carl), 20))]);
    const [old, fresh] = [
      { ...receipt(7, carl, bob), arrivedMs: 10 },
      { ...receipt(8, carl, bob), arrivedMs: 11 },
    ];
    await store.apply([collect(bob, [5, 6], 0, [old, fresh]), dropOld(11)]);
    assert.deepEqual(await numbersFor(store, ann), [2, 4]);
    assert.deepEqual(await numbersFor(store, carl, "receipts"), [8]);
    const allBytes = 2 * weight + 50 + MAIL_OVERHEAD_BYTES;
    assert.deepEqual(await store.apply([putLetter(letter(9, ann, bob), { ...ample, allBytes: allBytes - 1 })]), [
      "full",
    ]);
    const everybody = { everybodyBytes: 2 * (20 + MAIL_OVERHEAD_BYTES), senderBytes: 2 * (20 + MAIL_OVERHEAD_BYTES) };
    assert.deepEqual(
      await store.apply([putLetter(letter(9, ann, bob), { ...ample, allBytes }), putPost(post(10, bob), everybody)]),
      ["done", "done"],
    );
    assert.deepEqual(await store.apply([dropOld(Number.MAX_SAFE_INTEGER)]), ["done"]);
    assert.deepEqual([await numbersFor(store, ann), store.load().lastNumber], [[], 10]);
    store.close();
    assert.equal(place.open().load().lastNumber, 10);
  });

  contract("what mail was resolved is there after a crash, and a batch that fails keeps all of it", async (place) => {
    const store = place.open(true);
    store.load();
    await store.apply([putLetter(letter(1, ann, bob)), putLetter(letter(2, ann, carl)), putPost(post(3, carl))]);
    const before = await everything(store);
    const tooMany = Array.from({ length: 100 }, (_, i) =>
      putLetter({ ...letter(i + 10, carl, dora), envelope: new Uint8Array(4000) }),
    );
    await assert.rejects(store.apply([collect(ann, [1, 2], 3, [receipt(4, bob, ann)]), ...tooMany]));
    assert.deepEqual(await everything(store), before);
    assert.deepEqual(await store.apply([collect(ann, [1], 3, [receipt(4, bob, ann)])]), [
      { kind: "collected", toKeys: [bob] },
    ]);
    const after = await everything(store);
    place.crash(store);
    const next = opened(place);
    assert.deepEqual(await everything(next), after);
    assert.deepEqual(await numbersFor(next, ann), [2]);
  });

  contract("bytes of letters, posts and receipts are copied", async (place) => {
    const store = opened(place);
    const theirs = { ...letter(1, ann, bob), envelope: Buffer.from(letter(1, ann, bob).envelope) };
    const said = { ...post(2, bob), content: Buffer.from(post(2, bob).content) };
    const thanks: ReceiptRecord = { ...receipt(3, bob, ann), envelope: Buffer.from(receipt(3, bob, ann).envelope) };
    await store.apply([putLetter(theirs), putLetter(letter(4, ann, bob)), putPost(said)]);
    await store.apply([collect(ann, [4], 0, [thanks])]);
    for (const bytes of [theirs.envelope, said.content, thanks.envelope]) bytes.fill(0);
    const [mine, his] = await store.apply([read(ann), read(bob, { box: "receipts" })]);
    assert.deepEqual(mailIn([mine]).items, [letterOf(letter(1, ann, bob)), { kind: "post", post: post(2, bob) }]);
    assert.deepEqual(mailIn([his]).items, [{ kind: "receipt", receipt: receipt(3, bob, ann) }]);
  });
}

function opened(place: BooksPlace): ServerStore {
  const store = place.open();
  store.load();
  return store;
}
