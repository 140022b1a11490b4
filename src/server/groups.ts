// Which groups there are, and who is in them: at most one each. Pure. PROTOCOL §8.8.
// What changes is written down in the same order; who asked is told when it is durable. Nobody is told anything here.

import { toHex } from "#bytes";
import { MOST_NAMES, type UsableName } from "#chat";
import { networkOf } from "#wire";

import { type Directory, type Person } from "./directory.ts";
import { type GroupRecord, type MemberRecord } from "./kept-records.ts";
import { type Limits } from "./limits.ts";
import { type Numbers } from "./numbers.ts";
import { type StoreOutcome, type StoreQueue } from "./store-queue.ts";
import { type WallClock } from "./wall-clock.ts";

export interface Group {
  /** What all ways to write its name have in common. */
  readonly key: string;
  readonly name: string;
  /** Who made it, as a key of maps. */
  readonly creator: string;
  /** Wall-clock ms. */
  usedMs: number;
  /** By person key. */
  readonly members: Map<string, Member>;
}

export interface Member {
  readonly person: Person;
  readonly group: Group;
  /** Posts with a higher number are for this member. */
  readonly since: number;
}

/** Names in their order, from somewhere on. */
export interface NamesPage {
  readonly names: readonly string[];
  readonly isLast: boolean;
}

export interface GroupsOptions {
  readonly directory: Directory;
  readonly store: StoreQueue;
  readonly numbers: Numbers;
  readonly wall: WallClock;
  readonly limits: Pick<Limits, "groups" | "groupsPerPerson" | "groupMembers" | "groupAgeMs" | "networkShare">;
  /** Somebody is a member no more, whatever the reason. */
  readonly onLeft: (member: Member, now: number) => void;
}

type Tell<T> = (outcome: T, now: number) => void;

/** Times in monotonic ms. */
export class Groups {
  readonly #options: GroupsOptions;
  readonly #groups = new Map<string, Group>();
  /** By person key. */
  readonly #members = new Map<string, Member>();
  /** Groups on their way to the store, by creator. */
  readonly #coming = new Map<string, number>();
  #names: readonly string[] | undefined;

  constructor(options: GroupsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#groups.size;
  }

  /** Members of all groups. */
  get members(): number {
    return this.#members.size;
  }

  /** Takes what the books hold. Only who is expected is still a member: everybody else went away while there was nobody
   * to notice. */
  load(groups: readonly GroupRecord[], members: readonly MemberRecord[], now: number): void {
    const { directory, numbers, store } = this.#options;
    for (const record of groups) this.#put(record);
    for (const { groupKey, personKey } of members) {
      const person = directory.byKey(toHex(personKey));
      const group = this.#groups.get(groupKey);
      if (person?.isExpected === true && group !== undefined) this.#enter(person, group, numbers.last);
      else store.add([{ kind: "removeMember", personKey }], now);
    }
  }

  find(key: string): Group | undefined {
    return this.#groups.get(key);
  }

  memberOf(person: Person): Member | undefined {
    return this.#members.get(person.key);
  }

  /** Makes a group, without entering it. */
  create(
    { shown: name, key }: UsableName,
    { key: creator, personKey }: Person,
    now: number,
    tell: Tell<"created" | "exists" | "tooMany" | "failed">,
  ): void {
    const { store, wall } = this.#options;
    if (this.#groups.has(key)) return tell("exists", now);
    if (!this.#hasRoomFor(creator)) return tell("tooMany", now);
    const record = { groupKey: key, name, creatorKey: personKey, usedMs: wall.at(now) };
    this.#count(creator, 1);
    store.add([{ kind: "putGroup", group: record }], now, (outcome, at) => {
      this.#count(creator, -1);
      if (outcome === "done") this.#put(record);
      tell(outcome === "done" ? "created" : outcome === "conflict" ? "exists" : "failed", at);
    });
  }

  /** Enters a group, and leaves the one before. The person is in it at once, and out of it if that cannot be kept. */
  join(person: Person, group: Group, now: number, tell: Tell<"entered" | "full" | "missing" | "failed">): void {
    const { limits, numbers, store, wall } = this.#options;
    if (group.members.size >= limits.groupMembers) return tell("full", now);
    this.#forget(person, now);
    const member = this.#enter(person, group, numbers.last);
    const { key: groupKey } = group;
    group.usedMs = wall.at(now);
    store.add(
      [
        { kind: "touchGroup", groupKey, usedMs: group.usedMs },
        { kind: "putMember", member: { groupKey, personKey: person.personKey } },
      ],
      now,
      (outcome, at) => {
        if (outcome !== "done" && this.#members.get(person.key) === member) this.leave(person, at);
        tell(joined(outcome), at);
      },
    );
  }

  /** The member that the person was. */
  leave(person: Person, now: number): Member | undefined {
    const { store, wall } = this.#options;
    const member = this.#forget(person, now);
    if (member === undefined) return undefined;
    const { group } = member;
    group.usedMs = wall.at(now);
    const { personKey } = person;
    store.add(
      [
        { kind: "touchGroup", groupKey: group.key, usedMs: group.usedMs },
        { kind: "removeMember", personKey },
      ],
      now,
    );
    return member;
  }

  /** All names of groups, in their order. */
  get names(): readonly string[] {
    this.#names ??= inOrder(Array.from(this.#groups.values(), ({ name }) => name));
    return this.#names;
  }

  /** Names of groups after that one. */
  page(after: string | undefined): NamesPage {
    return pageOf(this.names, after);
  }

  /** All names of the members of a group, in their order. */
  memberNames({ members }: Group): readonly string[] {
    return inOrder(Array.from(members.values(), ({ person }) => person.record.name));
  }

  /** Names of members of a group after that one. */
  memberPage(group: Group, after: string | undefined): NamesPage {
    return pageOf(this.memberNames(group), after);
  }

  /** Forgets groups that nobody is in, and nobody used for `groupAgeMs`. */
  dropUnused(now: number): void {
    const { limits, store, wall } = this.#options;
    const before = wall.at(now) - limits.groupAgeMs;
    for (const [groupKey, { members, usedMs }] of this.#groups) {
      if (members.size > 0 || usedMs >= before) continue;
      store.add([{ kind: "removeGroup", groupKey }], now, (outcome) => {
        if (outcome === "failed") return;
        this.#groups.delete(groupKey);
        this.#names = undefined;
      });
    }
  }

  #put({ groupKey: key, name, creatorKey, usedMs }: GroupRecord): void {
    this.#groups.set(key, { key, name, creator: toHex(creatorKey), usedMs, members: new Map() });
    this.#names = undefined;
  }

  #enter(person: Person, group: Group, since: number): Member {
    const member = { person, group, since };
    group.members.set(person.key, member);
    this.#members.set(person.key, member);
    return member;
  }

  #forget(person: Person, now: number): Member | undefined {
    const member = this.#members.get(person.key);
    if (member === undefined) return undefined;
    this.#members.delete(person.key);
    member.group.members.delete(person.key);
    this.#options.onLeft(member, now);
    return member;
  }

  /** Of all groups there is a share for each network where people who made them were last, as accounts cost nothing. */
  #hasRoomFor(creator: string): boolean {
    const { groups, groupsPerPerson, networkShare } = this.#options.limits;
    const network = this.#networkOf(creator);
    let [all, own, near] = [0, 0, 0];
    const count = (maker: string, made: number): void => {
      all += made;
      if (maker === creator) own += made;
      if (network !== undefined && this.#networkOf(maker) === network) near += made;
    };
    for (const [maker, made] of this.#coming) count(maker, made);
    for (const group of this.#groups.values()) count(group.creator, 1);
    return all < groups && own < groupsPerPerson && near < groups * networkShare;
  }

  #networkOf(creator: string): string | undefined {
    const address = this.#options.directory.byKey(creator)?.address;
    return address && networkOf(address);
  }

  #count(creator: string, change: number): void {
    const count = (this.#coming.get(creator) ?? 0) + change;
    if (count === 0) this.#coming.delete(creator);
    else this.#coming.set(creator, count);
  }
}

function joined(outcome: StoreOutcome): "entered" | "missing" | "failed" {
  if (outcome === "done") return "entered";
  return outcome === "missing" ? "missing" : "failed";
}

function inOrder(names: readonly string[]): readonly string[] {
  return names.toSorted((a, b) => (a < b ? -1 : 1));
}

function pageOf(names: readonly string[], after: string | undefined): NamesPage {
  const found = after === undefined ? 0 : names.findIndex((name) => name > after);
  const start = found < 0 ? names.length : found;
  return { names: names.slice(start, start + MOST_NAMES), isLast: start + MOST_NAMES >= names.length };
}
