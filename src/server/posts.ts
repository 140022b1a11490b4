// Posts, to a group or to everybody: taken once, durable before they are answered, and then passed on. Pure.
// PROTOCOL §8.8. Their content is not looked into; its scheme is its readers' business.

import { encode, toHex } from "#bytes";
import { fromServerCodec, nameKey, type RequestBody } from "#chat";

import { type Directory, type Person } from "./directory.ts";
import { type FanOut } from "./fan-out.ts";
import { GroupLog } from "./group-log.ts";
import { type Group, type Groups, type Member } from "./groups.ts";
import { type PostRecord } from "./kept-records.ts";
import { type Limits } from "./limits.ts";
import { type MailBell } from "./mail-bell.ts";
import { type Numbers } from "./numbers.ts";
import { awaitAnswer, decide, type PostedEpoch, type PostedNumbers, stateOf } from "./posted-numbers.ts";
import { type ServerEvent } from "./server-event.ts";
import { type Asker, type Refusal, type Speaker } from "./speaker.ts";
import { type StoreOutcome, type StoreQueue } from "./store-queue.ts";
import { type StoreOperation } from "./store.ts";
import { type WallClock } from "./wall-clock.ts";

type PostBody = Extract<RequestBody, { readonly kind: "post" }>;

export interface PostsOptions {
  readonly directory: Directory;
  readonly store: StoreQueue;
  readonly numbers: Numbers;
  readonly wall: WallClock;
  readonly speaker: Speaker;
  readonly events: ServerEvent[];
  readonly groups: Groups;
  readonly log: GroupLog;
  readonly fanOut: FanOut;
  readonly bell: MailBell;
  readonly posted: PostedNumbers;
  readonly limits: Pick<Limits, "everybodyBytes" | "everybodySenderBytes">;
}

/** Times in monotonic ms. */
export class Posts {
  readonly #options: PostsOptions;
  /** The highest number that a post to everybody can have that is durable. */
  #lastToEverybody: number;

  constructor(options: PostsOptions) {
    this.#options = options;
    this.#lastToEverybody = options.numbers.last;
  }

  /** Posts to everybody up to that number are from before whoever comes now. */
  get newcomersMark(): number {
    return this.#lastToEverybody;
  }

  /** Takes what the books hold: what is owed by those who are members still is owed anew, as a whole. */
  load(posts: readonly PostRecord[], now: number): void {
    const { groups, log, store } = this.#options;
    for (const record of posts) {
      const group = groups.find(record.groupKey ?? "");
      const keys = new Set(record.owedBy.map(toHex));
      const owers = group === undefined ? [] : [...group.members.keys()].filter((key) => keys.has(key));
      if (group === undefined || owers.length === 0) store.add([{ kind: "removePost", number: record.number }], now);
      else log.add(record.number, group.key, noticeOf(record, group), owers);
    }
  }

  /** Takes a post; one that was taken, turned away or is being written is not passed on again. */
  post(asker: Asker, person: Person, body: PostBody, now: number): void {
    const { posted: numbers, speaker, wall } = this.#options;
    const posted = numbers.epoch(person.key, body.epoch, wall.at(now));
    const state = stateOf(posted, body.number);
    if (state === "taken") return speaker.reply(asker, { kind: "taken", number: body.number }, now);
    if (typeof state === "object") return speaker.refuse(asker, state.refusal, now);
    if (!awaitAnswer(posted, body.number, asker)) return speaker.refuse(asker, "tooMany", now);
    if (state === "coming") return;
    if (body.to === undefined) this.#postToEverybody(person, body, posted, now);
    else this.#postToGroup(person, body.to, body, posted, now);
  }

  #postToGroup(person: Person, to: string, body: PostBody, posted: PostedEpoch, now: number): void {
    const { events, fanOut, groups, log } = this.#options;
    const group = groups.memberOf(person)?.group;
    // Its sender may not know yet that it is in another group by now, or in none.
    if (group === undefined || group.key !== nameKey(to)) return this.#answer(posted, body, "notInGroup", now);
    const owers = listenersOf(group, person);
    const record = this.#recordOf(person, body, group, owers, now);
    const notice = noticeOf(record, group);
    const weight = owers.length === 0 ? 0 : GroupLog.weightOf(notice, owers.length);
    if (!fanOut.makeRoom(group.key, weight, now)) return this.#answer(posted, body, "tooMuchWaits", now);
    // Room may have been made by putting out the sender.
    if (groups.memberOf(person) === undefined) return this.#answer(posted, body, "notInGroup", now);
    log.hold(group.key, weight);
    this.#keep(record, owers.length === 0, now, (outcome, at) => {
      log.hold(group.key, -weight);
      if (outcome !== "done") return this.#answer(posted, body, refusalOf(outcome), at);
      this.#answer(posted, body, undefined, at);
      events.push({ kind: "groupPostTaken", name: record.fromName });
      if (owers.length === 0) return;
      // Who came meanwhile is not among those who owe it, and who left owes nothing.
      const listeners = listenersOf(group, person).filter(({ since }) => since < record.number);
      if (listeners.length === 0) return this.#options.store.add([{ kind: "removePost", number: record.number }], at);
      const keys = listeners.map((member) => member.person.key);
      fanOut.send(log.add(record.number, group.key, notice, keys), listeners, at);
    });
  }

  #postToEverybody(person: Person, body: PostBody, posted: PostedEpoch, now: number): void {
    const record = this.#recordOf(person, body, undefined, [], now);
    this.#keep(record, false, now, (outcome, at) => {
      if (outcome !== "done") return this.#answer(posted, body, refusalOf(outcome), at);
      this.#lastToEverybody = record.number;
      this.#answer(posted, body, undefined, at);
      this.#options.bell.ringAll(person, at);
    });
  }

  #answer(posted: PostedEpoch, { number }: PostBody, refusal: Refusal | undefined, now: number): void {
    const { speaker } = this.#options;
    for (const asker of decide(posted, number, refusal)) {
      if (refusal === undefined) speaker.reply(asker, { kind: "taken", number }, now);
      else speaker.refuse(asker, refusal, now);
    }
  }

  /** `isForNobody`: only that it was posted is remembered. */
  #keep(
    post: PostRecord,
    isForNobody: boolean,
    now: number,
    settle: (outcome: StoreOutcome, now: number) => void,
  ): void {
    const { limits, store } = this.#options;
    const bounds = { everybodyBytes: limits.everybodyBytes, senderBytes: limits.everybodySenderBytes };
    const operations: StoreOperation[] = [{ kind: "putPost", post, bounds }];
    if (isForNobody) operations.push({ kind: "removePost", number: post.number });
    store.add(operations, now, settle);
  }

  #recordOf(
    person: Person,
    body: PostBody,
    group: Group | undefined,
    owers: readonly Member[],
    now: number,
  ): PostRecord {
    const { numbers, wall } = this.#options;
    const { messageId, epoch, number: ownNumber, sentAtMs, scheme, keyEpoch, content } = body;
    return {
      number: numbers.take(),
      groupKey: group?.key,
      fromKey: person.personKey,
      fromName: person.record.name,
      messageId,
      epoch,
      ownNumber,
      sentAtMs,
      arrivedMs: wall.at(now),
      scheme,
      keyEpoch,
      content,
      owedBy: owers.map((member) => member.person.personKey),
    };
  }
}

function listenersOf({ members }: Group, sender: Person): readonly Member[] {
  return [...members.values()].filter(({ person }) => person.key !== sender.key);
}

function refusalOf(outcome: StoreOutcome): Refusal {
  return outcome === "full" ? "tooMuchWaits" : "storeFailed";
}

/** What members are sent. A post to a group goes to those who were there. */
function noticeOf(record: PostRecord, { name }: Group): Uint8Array {
  const { number, arrivedMs, fromKey, fromName, messageId, sentAtMs, scheme, keyEpoch, content } = record;
  const post = { number, isLive: true, arrivedMs, fromKey, fromName, messageId, sentAtMs, scheme, keyEpoch, content };
  return encode(fromServerCodec, { kind: "notice", body: { kind: "groupPost", group: name, ...post } });
}
