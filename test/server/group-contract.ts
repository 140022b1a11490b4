// What every ServerStore must keep of groups and posts. Run by store-contract.ts.

import assert from "node:assert/strict";

import { MAIL_OVERHEAD_BYTES, MOST_POST_EPOCHS } from "../../src/server/kept-records.ts";
import type { Books } from "../../src/server/store.ts";
import {
  dropOld,
  group,
  key,
  letter,
  numbersFor,
  post,
  putGroup,
  putLetter,
  putMark,
  putMember,
  putPost,
} from "./kept-operations.ts";
import { type BooksPlace, person, putPerson } from "./store-contract.ts";

type Contract = (claim: string, check: (place: BooksPlace) => Promise<void>) => unknown;

const [ann, bob, carl] = [key(1), key(2), key(3)];

export function groupContract(contract: Contract): void {
  contract("a group is made once, and noted when it is used", async (place) => {
    const store = place.open();
    store.load();
    const [a, b] = [group("a"), group("b")];
    const touch = (groupKey: string) => ({ kind: "touchGroup", groupKey, usedMs: 5 }) as const;
    const batch = [putGroup(a), putGroup({ ...a, name: "other" }), putGroup(b), touch("a"), touch("c")];
    assert.deepEqual(await store.apply(batch), ["done", "conflict", "done", "done", "missing"]);
    assert.deepEqual(store.load().groups, [{ ...a, usedMs: 5 }, b]);
  });

  contract("a person is in one group, and only in one that there is", async (place) => {
    const store = place.open();
    store.load();
    await store.apply([putGroup(group("a")), putGroup(group("b"))]);
    const batch = [putMember("a", ann), putMember("a", bob), putMember("b", ann), putMember("c", bob)];
    assert.deepEqual(await store.apply(batch), ["done", "done", "done", "missing"]);
    const members = [
      { groupKey: "b", personKey: ann },
      { groupKey: "a", personKey: bob },
    ];
    assert.deepEqual(store.load().members, members);
    const remove = { kind: "removeMember", personKey: ann } as const;
    assert.deepEqual(await store.apply([remove, remove]), ["done", "missing"]);
    assert.deepEqual(store.load().members, members.slice(1));
  });

  contract("a group goes with its members and its posts, and others keep theirs", async (place) => {
    const store = place.open();
    store.load();
    await store.apply([putGroup(group("a")), putGroup(group("b")), putMember("a", ann), putMember("b", bob)]);
    await store.apply([putPost(post(1, ann, "a")), putPost(post(2, bob, "b")), putPost(post(3, bob))]);
    const remove = { kind: "removeGroup", groupKey: "a" } as const;
    assert.deepEqual(await store.apply([remove, remove]), ["done", "missing"]);
    const { groups, members, posts } = store.load();
    assert.deepEqual([groups, members], [[group("b")], [{ groupKey: "b", personKey: bob }]]);
    assert.deepEqual(posts, [post(2, bob, "b")]);
    assert.deepEqual(await numbersFor(store, ann), [3]);
    assert.deepEqual(await store.apply([putGroup(group("a"))]), ["done"]);
  });

  contract("posts to groups are loaded in order with who owes them, until nobody does", async (place) => {
    const store = place.open();
    store.load();
    const none = { ...post(3, bob, "a"), owedBy: [], scheme: 7, keyEpoch: 2 ** 40, content: new Uint8Array(0) };
    const posts = [post(5, ann, "a"), none, { ...post(9, bob, "b"), ownNumber: Number.MAX_SAFE_INTEGER }];
    const nothing = { everybodyBytes: 0, senderBytes: 0 };
    const results = await store.apply(
      [...posts, post(4, ann)].map((each, i) => putPost(each, i < 3 ? nothing : undefined)),
    );
    assert.deepEqual(results, ["done", "done", "done", "done"]);
    assert.deepEqual(store.load().posts, [none, posts[0], posts[2]]);
    assert.deepEqual(await numbersFor(store, bob), [4]);
    const remove = (number: number) => ({ kind: "removePost", number }) as const;
    assert.deepEqual(await store.apply([remove(5), remove(5), remove(4)]), ["done", "missing", "missing"]);
    assert.deepEqual(store.load().posts, [none, posts[2]]);
    assert.deepEqual(await numbersFor(store, bob), [4]);
  });

  contract("posts to everybody are bounded, all and a sender's, and what is full leaves no trace", async (place) => {
    const store = place.open();
    store.load();
    const weight = 20 + MAIL_OVERHEAD_BYTES;
    const bounds = { everybodyBytes: 3 * weight, senderBytes: 2 * weight };
    const puts = [post(1, ann), post(2, ann), post(3, ann), post(4, bob), post(5, carl), post(6, ann, "a")];
    assert.deepEqual(await store.apply(puts.map((each) => putPost(each, bounds))), [
      "done",
      "done",
      "full",
      "done",
      "full",
      "done",
    ]);
    assert.deepEqual(await numbersFor(store, key(9)), [1, 2, 4]);
    assert.deepEqual(
      posted(store.load()).map(([of, , ownNumber]) => [of, ownNumber]),
      [
        [ann, 6],
        [bob, 4],
      ],
    );
    // By one byte, either way.
    const [longer, shorter] = [21, 20].map((length) => ({ ...post(7, bob), content: new Uint8Array(length) }));
    assert.ok(longer && shorter);
    const room = { everybodyBytes: 4 * weight, senderBytes: 2 * weight };
    assert.deepEqual(await store.apply([putPost(longer, { ...room, senderBytes: 1e9 })]), ["full"]);
    assert.deepEqual(await store.apply([putPost(longer, { ...room, everybodyBytes: 1e9 })]), ["full"]);
    assert.deepEqual(await store.apply([putPost(shorter, room)]), ["done"]);
  });

  contract(
    "how far somebody has posted is forgotten with the name, so that the books do not grow with those who went",
    async (place) => {
      const store = place.open();
      store.load();
      await store.apply([
        putPerson(person(1)),
        putPerson(person(2)),
        putPost(post(1, person(1).personKey, "a")),
        putPost(post(2, person(2).personKey, "a")),
      ]);
      assert.deepEqual(
        posted(store.load()).map(([of]) => of),
        [person(1).personKey, person(2).personKey],
      );
      await store.apply([{ kind: "removeName", nameKey: person(1).nameKey }]);
      assert.deepEqual(
        posted(store.load()).map(([of]) => of),
        [person(2).personKey],
      );
    },
  );

  contract(
    "the highest number of each epoch is remembered, of the last epochs and for as long as said",
    async (place) => {
      const store = place.open();
      store.load();
      const at = (number: number, from: Uint8Array, epoch: number, ownNumber: number) =>
        putPost({ ...post(number, from, "a"), epoch: new Uint8Array(8).fill(epoch), ownNumber, arrivedMs: number });
      await store.apply([at(1, ann, 1, 4), at(2, ann, 1, 9), at(3, ann, 1, 7), at(4, ann, 2, 1), at(5, bob, 1, 2)]);
      const epoch = (n: number) => new Uint8Array(8).fill(n);
      assert.deepEqual(posted(store.load()), [
        [ann, epoch(1), 9, 3],
        [ann, epoch(2), 1, 4],
        [bob, epoch(1), 2, 5],
      ]);
      const more = Array.from({ length: MOST_POST_EPOCHS - 1 }, (_, i) => at(6 + i, ann, i + 3, 1));
      await store.apply([
        at(30, ann, 1, 10),
        ...more.map((put, i) => ({ ...put, post: { ...put.post, number: 31 + i } })),
      ]);
      const epochs = posted(store.load()).filter(([of]) => of[1] === 1);
      assert.deepEqual(
        epochs.map(([, of]) => of[0]),
        [1, ...more.map((_, i) => i + 3)],
      );
      await store.apply([dropOld(10)]);
      assert.deepEqual(
        posted(store.load()).map(([, of]) => of[0]),
        [1, ...more.map((_, i) => i + 3).slice(4)],
      );
      assert.equal(store.load().posts.length, 5 + MOST_POST_EPOCHS);
    },
  );

  contract("marks of those who are in the books stay, and those of others go with what is old", async (place) => {
    const store = place.open();
    store.load();
    const { personKey } = person(1);
    await store.apply([putPerson(person(1)), putPost(post(1, bob)), putMark(personKey, 1), putMark(carl, 1)]);
    await store.apply([dropOld(0)]);
    assert.deepEqual([await numbersFor(store, personKey), await numbersFor(store, carl)], [[], [1]]);
  });

  for (const isCrash of [false, true]) {
    contract(`groups, members and posts are there after ${isCrash ? "a crash" : "a clean end"}`, async (place) => {
      const store = place.open();
      store.load();
      await store.apply([putGroup(group("a")), putMember("a", ann), putPost(post(1, ann, "a")), putPost(post(2, bob))]);
      await store.apply([putLetter(letter(3, ann, bob)), putMark(ann, 2)]);
      const before = store.load();
      if (isCrash) place.crash(store);
      else store.close();
      const next = place.open();
      assert.deepEqual(next.load(), before);
      assert.equal(before.lastNumber, 3);
      assert.deepEqual(await numbersFor(next, ann), [3]);
    });
  }
}

/** What is noted of posting, sorted: person, epoch, number, time. */
function posted({ posted: notes }: Books): readonly (readonly [Uint8Array, Uint8Array, number, number])[] {
  return notes
    .map(({ personKey, epoch, ownNumber, atMs }) => [personKey, epoch, ownNumber, atMs] as const)
    .toSorted((a, b) => Buffer.compare(a[0], b[0]) || Buffer.compare(a[1], b[1]));
}
