// What a server's books in SQLite keep for others: mail, posts and groups. The part of SqliteStore that carries out the
// operations of server/kept-records.ts (PROTOCOL §8.7, §8.8).

import type { StatementSync } from "node:sqlite";

import { concatBytes, toHex } from "#bytes";
import {
  type GroupRecord,
  type KeptBooks,
  type KeptItem,
  type KeptOperation,
  type LetterRecord,
  type MailBounds,
  MOST_POST_EPOCHS,
  type PostRecord,
  type StoreResult,
} from "#server";

import { keptStatements } from "./kept-layout.ts";
import { doneIfChanged, rows, type SqliteFile } from "./sqlite-file.ts";
import { ALL, SqliteMail, weightOf } from "./sqlite-mail.ts";

type OperationOf<K> = Extract<KeptOperation, { readonly kind: K }>;

const keyLength = 32;

/** Works inside the transactions of its store. */
export class SqliteKept {
  readonly #mail: SqliteMail;
  readonly #statements: Readonly<Record<keyof typeof keptStatements, StatementSync>>;

  constructor(file: SqliteFile) {
    this.#mail = new SqliteMail(file);
    this.#statements = file.prepare(keptStatements);
  }

  load(): KeptBooks {
    const { groups, members, posts, posted, lastNumber } = this.#statements;
    return {
      groups: rows(groups),
      members: rows(members),
      posts: rows<PostRow>(posts).map(postOf),
      posted: rows(posted),
      lastNumber: Number(lastNumber.get()?.["lastNumber"]),
    };
  }

  carryOut(operation: KeptOperation): StoreResult {
    const { removePost, touchGroup, putMember, removeMember } = this.#statements;
    switch (operation.kind) {
      case "putLetter":
        return this.#putLetter(operation.letter, operation.bounds);
      case "putPost":
        return this.#putPost(operation);
      case "removePost":
        return doneIfChanged(removePost.run(operation.number));
      case "collect":
        return this.#collect(operation);
      case "readMail":
        return operation.box === "receipts" ? this.#readReceipts(operation) : this.#readLettersAndPosts(operation);
      case "putMark":
        return this.#putMark(operation.personKey, operation.number);
      case "putGroup":
        return this.#putGroup(operation.group);
      case "removeGroup":
        return this.#removeGroup(operation.groupKey);
      case "touchGroup":
        return doneIfChanged(touchGroup.run(operation.usedMs, operation.groupKey));
      case "putMember":
        return doneIfChanged(putMember.run(operation.member.personKey, operation.member.groupKey));
      case "removeMember":
        return doneIfChanged(removeMember.run(operation.personKey));
      case "dropOld":
        return this.#dropOld(operation.beforeMs);
      default:
        throw new TypeError(`no such operation: ${JSON.stringify(operation satisfies never)}`);
    }
  }

  #putLetter(letter: LetterRecord, bounds: MailBounds): StoreResult {
    const outcome = this.#mail.putLetter(letter, bounds);
    if (outcome === "kept") this.#statements.noteNumber.run(letter.number);
    return outcome === "full" ? "full" : "done";
  }

  #putPost({ post, bounds }: OperationOf<"putPost">): StoreResult {
    const weight = weightOf(post.content);
    if (post.groupKey === undefined) {
      if (this.#mail.tally("posts") + weight > bounds.everybodyBytes) return "full";
      if (this.#mail.tally("posts", post.fromKey) + weight > bounds.senderBytes) return "full";
      this.#weighPosts(post.fromKey, weight);
    }
    const { number, fromKey, epoch, ownNumber, sentAtMs, arrivedMs, scheme, keyEpoch } = post;
    const group = post.groupKey ?? null;
    const head = [weight, number, group, fromKey, post.fromName, post.messageId, epoch, ownNumber, sentAtMs, arrivedMs];
    this.#statements.putPost.run(...head, scheme, keyEpoch, post.content, concatBytes(...post.owedBy));
    this.#statements.noteNumber.run(number);
    this.#statements.putPosted.run(fromKey, epoch, ownNumber, arrivedMs, number);
    this.#statements.forgetPosted.run(fromKey, MOST_POST_EPOCHS);
    return "done";
  }

  #collect(operation: OperationOf<"collect">): StoreResult {
    this.#putMark(operation.personKey, operation.readTo);
    const receipts = this.#mail.collect(operation);
    for (const { number } of receipts) this.#statements.noteNumber.run(number);
    const toKeys = new Map(receipts.map(({ toKey }) => [toHex(toKey), new Uint8Array(toKey)]));
    return { kind: "collected", toKeys: [...toKeys.values()] };
  }

  #readReceipts(read: OperationOf<"readMail">): StoreResult {
    const listed = rows<Listed>(this.#statements.receipts, read.personKey, read.after, read.mostItems + 1);
    return mailOf(listed, read, ({ number }) => this.#mail.item("receipt", number));
  }

  #readLettersAndPosts(read: OperationOf<"readMail">): StoreResult {
    const { personKey, after, mostItems } = read;
    const mark = Number(this.#statements.mark.get(personKey)?.["number"] ?? 0);
    const values = [personKey, after, Math.max(after, mark), personKey, mostItems + 1];
    const listed = rows<Listed & { readonly isPost: number }>(this.#statements.lettersAndPosts, ...values);
    return mailOf(listed, read, ({ number, isPost }) =>
      isPost === 1 ? this.#post(number) : this.#mail.item("letter", number),
    );
  }

  #post(number: number): KeptItem {
    return { kind: "post", post: postOf(Object.assign({}, this.#statements.post.get(number)) as unknown as PostRow) };
  }

  #putMark(personKey: Uint8Array, number: number): StoreResult {
    if (number > 0) this.#statements.putMark.run(personKey, number);
    return "done";
  }

  #putGroup({ groupKey, name, creatorKey, usedMs }: GroupRecord): StoreResult {
    const { changes } = this.#statements.putGroup.run(groupKey, name, creatorKey, usedMs);
    return changes === 0 ? "conflict" : "done";
  }

  #removeGroup(groupKey: string): StoreResult {
    const result = doneIfChanged(this.#statements.removeGroup.run(groupKey));
    if (result === "missing") return result;
    this.#statements.removeMembers.run(groupKey);
    this.#statements.removePosts.run(groupKey);
    return result;
  }

  #dropOld(beforeMs: number): StoreResult {
    this.#mail.dropOld(beforeMs);
    const { weighOldPosts, dropPosts, dropPosted, dropMarks } = this.#statements;
    for (const { fromKey, weight } of rows<{ readonly fromKey: Uint8Array; readonly weight: number }>(
      weighOldPosts,
      beforeMs,
    ))
      this.#weighPosts(fromKey, -weight);
    dropPosts.run(beforeMs);
    dropPosted.run(beforeMs);
    dropMarks.run();
    return "done";
  }

  #weighPosts(fromKey: Uint8Array, weight: number): void {
    this.#mail.addTally("posts", ALL, weight);
    this.#mail.addTally("posts", fromKey, weight);
  }
}

interface Listed {
  readonly number: number;
  readonly weight: number;
}

type PostRow = Omit<PostRecord, "groupKey" | "owedBy"> & {
  readonly groupKey: string | null;
  readonly owedBy: Uint8Array;
};

// Of what is listed, one more than may be given, as much as may be given; the rest is not read.
function mailOf<T extends Listed>(
  listed: readonly T[],
  { mostItems, mostBytes }: OperationOf<"readMail">,
  itemOf: (row: T) => KeptItem,
): StoreResult {
  let [count, bytes] = [0, 0];
  for (const { weight } of listed) {
    bytes += weight;
    if (count === mostItems || (count > 0 && bytes > mostBytes)) break;
    count += 1;
  }
  return { kind: "mail", items: listed.slice(0, count).map(itemOf), isLast: count === listed.length };
}

function postOf({ groupKey, owedBy, ...post }: PostRow): PostRecord {
  const members = Array.from({ length: owedBy.length / keyLength }, (_, i) =>
    owedBy.slice(i * keyLength, (i + 1) * keyLength),
  );
  return { ...post, groupKey: groupKey ?? undefined, owedBy: members };
}
