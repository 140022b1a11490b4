// What the books in memory keep for others: mail, posts and groups. Pure. The part of MemoryStore that carries out the
// operations of kept-records.ts (PROTOCOL §8.7, §8.8).

import { equalBytes, toHex } from "#bytes";

import {
  type GroupRecord,
  type KeptBooks,
  type KeptItem,
  type KeptOperation,
  type KeptResult,
  type LetterRecord,
  type MailBounds,
  type MemberRecord,
  MOST_POST_EPOCHS,
  type PostedRecord,
  type PostRecord,
} from "./kept-records.ts";
import { MemoryMail, recordOf, weightOf } from "./memory-mail.ts";
import { Tallies } from "./tallies.ts";

type Outcome = "done" | "conflict" | "missing" | "full" | KeptResult;
type OperationOf<K> = Extract<KeptOperation, { readonly kind: K }>;

/** Copies the bytes it is given. */
export class MemoryKept {
  readonly #isPerson: (key: string) => boolean;
  readonly #mail = new MemoryMail();
  readonly #groups = new Map<string, GroupRecord>();
  /** By person key. */
  readonly #members = new Map<string, MemberRecord>();
  /** By number. */
  readonly #posts = new Map<number, PostRecord>();
  /** What posts to everybody weigh, together and by sender. */
  readonly #weights = new Tallies();
  /** By person key, then by epoch, the longest unused first. */
  readonly #posted = new Map<string, Map<string, PostedRecord>>();
  /** By person key. */
  readonly #marks = new Map<string, number>();
  #lastNumber = 0;

  /** `isPerson` says of a person key in hex whether it is in the books. */
  constructor(isPerson: (key: string) => boolean) {
    this.#isPerson = isPerson;
  }

  load(): KeptBooks {
    return {
      groups: [...this.#groups.values()],
      members: [...this.#members.values()],
      posts: this.#sortedPosts().filter(({ groupKey }) => groupKey !== undefined),
      posted: [...this.#posted.values()].flatMap((epochs) => [...epochs.values()]),
      lastNumber: this.#lastNumber,
    };
  }

  /** Somebody has no name any more. */
  forgetPerson(person: string): void {
    this.#posted.delete(person);
  }

  carryOut(operation: KeptOperation): Outcome {
    switch (operation.kind) {
      case "putLetter":
        return this.#putLetter(operation.letter, operation.bounds);
      case "putPost":
        return this.#putPost(operation);
      case "removePost":
        return this.#removePost(operation.number);
      case "collect":
        return this.#collect(operation);
      case "readMail":
        return this.#readMail(operation);
      case "putMark":
        return this.#putMark(operation.personKey, operation.number);
      case "putGroup":
        return this.#putGroup(operation.group);
      case "removeGroup":
        return this.#removeGroup(operation.groupKey);
      case "touchGroup":
        return this.#touchGroup(operation.groupKey, operation.usedMs);
      case "putMember":
        return this.#putMember(operation.member);
      case "removeMember":
        return this.#members.delete(toHex(operation.personKey)) ? "done" : "missing";
      case "dropOld":
        return this.#dropOld(operation.beforeMs);
      default:
        throw new TypeError(`no such operation: ${JSON.stringify(operation satisfies never)}`);
    }
  }

  #putLetter(letter: LetterRecord, bounds: MailBounds): Outcome {
    const outcome = this.#mail.putLetter(letter, bounds);
    if (outcome === "kept") this.#noteNumber(letter.number);
    return outcome === "full" ? "full" : "done";
  }

  #putPost({ post, bounds }: OperationOf<"putPost">): Outcome {
    const from = toHex(post.fromKey);
    if (post.groupKey === undefined) {
      const weight = weightOf(post.content);
      if (this.#weights.of("all") + weight > bounds.everybodyBytes) return "full";
      if (this.#weights.of(from) + weight > bounds.senderBytes) return "full";
      this.#weighPost(post, 1);
    }
    this.#posts.set(post.number, {
      ...post,
      fromKey: new Uint8Array(post.fromKey),
      messageId: new Uint8Array(post.messageId),
      epoch: new Uint8Array(post.epoch),
      content: new Uint8Array(post.content),
      owedBy: post.owedBy.map((key) => new Uint8Array(key)),
    });
    this.#noteNumber(post.number);
    this.#notePosting(from, post);
    return "done";
  }

  #notePosting(from: string, { fromKey, epoch, ownNumber, arrivedMs }: PostRecord): void {
    const epochs = this.#posted.get(from) ?? new Map<string, PostedRecord>();
    this.#posted.set(from, epochs);
    const before = epochs.get(toHex(epoch))?.ownNumber ?? 0;
    epochs.delete(toHex(epoch));
    epochs.set(toHex(epoch), {
      personKey: new Uint8Array(fromKey),
      epoch: new Uint8Array(epoch),
      ownNumber: Math.max(before, ownNumber),
      atMs: arrivedMs,
    });
    const [oldest] = epochs.keys();
    if (epochs.size > MOST_POST_EPOCHS && oldest !== undefined) epochs.delete(oldest);
  }

  #removePost(number: number): Outcome {
    if (this.#posts.get(number)?.groupKey === undefined) return "missing";
    this.#posts.delete(number);
    return "done";
  }

  #collect(operation: OperationOf<"collect">): Outcome {
    this.#putMark(operation.personKey, operation.readTo);
    const receipts = this.#mail.collect(operation);
    receipts.forEach(({ number }) => this.#noteNumber(number));
    const toKeys = new Map(receipts.map(({ toKey }) => [toHex(toKey), new Uint8Array(toKey)]));
    return { kind: "collected", toKeys: [...toKeys.values()] };
  }

  #readMail({ personKey, box, after, mostItems, mostBytes }: OperationOf<"readMail">): Outcome {
    const waiting = box === "receipts" ? this.#mail.items(personKey, "receipt") : this.#lettersAndPosts(personKey);
    const above = waiting.filter((item) => numberOf(item) > after).toSorted((a, b) => numberOf(a) - numberOf(b));
    let [count, bytes] = [0, 0];
    for (const item of above) {
      bytes += weightOf(contentOf(item));
      if (count === mostItems || (count > 0 && bytes > mostBytes)) break;
      count += 1;
    }
    return { kind: "mail", items: above.slice(0, count), isLast: count === above.length };
  }

  #lettersAndPosts(personKey: Uint8Array): readonly KeptItem[] {
    const mark = this.#marks.get(toHex(personKey)) ?? 0;
    const posts = this.#postsToEverybody().filter(
      ({ number, fromKey }) => number > mark && !equalBytes(fromKey, personKey),
    );
    return [...this.#mail.items(personKey, "letter"), ...posts.map((post) => ({ kind: "post" as const, post }))];
  }

  #putMark(personKey: Uint8Array, number: number): Outcome {
    const before = this.#marks.get(toHex(personKey)) ?? 0;
    if (number > before) this.#marks.set(toHex(personKey), number);
    return "done";
  }

  #putGroup(group: GroupRecord): Outcome {
    if (this.#groups.has(group.groupKey)) return "conflict";
    this.#groups.set(group.groupKey, { ...group, creatorKey: new Uint8Array(group.creatorKey) });
    return "done";
  }

  #removeGroup(groupKey: string): Outcome {
    if (!this.#groups.delete(groupKey)) return "missing";
    for (const [person, member] of this.#members) if (member.groupKey === groupKey) this.#members.delete(person);
    for (const [number, post] of this.#posts) if (post.groupKey === groupKey) this.#posts.delete(number);
    return "done";
  }

  #touchGroup(groupKey: string, usedMs: number): Outcome {
    const group = this.#groups.get(groupKey);
    if (group === undefined) return "missing";
    this.#groups.set(groupKey, { ...group, usedMs });
    return "done";
  }

  #putMember({ groupKey, personKey }: MemberRecord): Outcome {
    if (!this.#groups.has(groupKey)) return "missing";
    this.#members.set(toHex(personKey), { groupKey, personKey: new Uint8Array(personKey) });
    return "done";
  }

  #dropOld(beforeMs: number): Outcome {
    this.#mail.dropOld(beforeMs);
    for (const post of this.#postsToEverybody().filter(({ arrivedMs }) => arrivedMs < beforeMs)) {
      this.#posts.delete(post.number);
      this.#weighPost(post, -1);
    }
    for (const [person, epochs] of this.#posted) {
      for (const [epoch, { atMs }] of epochs) if (atMs < beforeMs) epochs.delete(epoch);
      if (epochs.size === 0) this.#posted.delete(person);
    }
    for (const person of this.#marks.keys()) if (!this.#isPerson(person)) this.#marks.delete(person);
    return "done";
  }

  #weighPost({ fromKey, content }: PostRecord, sign: 1 | -1): void {
    this.#weights.add("all", sign * weightOf(content));
    this.#weights.add(toHex(fromKey), sign * weightOf(content));
  }

  #postsToEverybody(): readonly PostRecord[] {
    return [...this.#posts.values()].filter(({ groupKey }) => groupKey === undefined);
  }

  #sortedPosts(): readonly PostRecord[] {
    return [...this.#posts.values()].toSorted((a, b) => a.number - b.number);
  }

  #noteNumber(number: number): void {
    this.#lastNumber = Math.max(this.#lastNumber, number);
  }
}

function numberOf(item: KeptItem): number {
  return item.kind === "post" ? item.post.number : recordOf(item).number;
}

function contentOf(item: KeptItem): Uint8Array {
  return item.kind === "post" ? item.post.content : recordOf(item).envelope;
}
