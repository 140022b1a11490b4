// What clients ask about groups: making, listing, entering, leaving. Pure. PROTOCOL §8.8.

import { type RequestBody, usableName } from "#chat";

import { type Leaving } from "./attendance.ts";
import { type Person } from "./directory.ts";
import { type FanOut } from "./fan-out.ts";
import { type Groups, type Member } from "./groups.ts";
import { type ServerEvent } from "./server-event.ts";
import { type Asker, type Speaker } from "./speaker.ts";
import { type Visitor } from "./visitor.ts";

type BodyOf<K extends RequestBody["kind"]> = Extract<RequestBody, { readonly kind: K }>;

export interface GroupRequestsOptions {
  readonly groups: Groups;
  readonly fanOut: FanOut;
  readonly speaker: Speaker;
  readonly events: ServerEvent[];
  /** The asker's later requests have their turn. */
  readonly goOn: (visitor: Visitor, now: number) => void;
}

/** Times in monotonic ms. */
export class GroupRequests {
  readonly #options: GroupRequestsOptions;

  constructor(options: GroupRequestsOptions) {
    this.#options = options;
  }

  create(asker: Asker, person: Person, { group }: BodyOf<"createGroup">, now: number): void {
    const { events, groups, speaker } = this.#options;
    const usable = usableName(group);
    if (usable === undefined) return speaker.refuse(asker, "unusableName", now);
    const { name } = person.record;
    asker.visitor.isBusy = true;
    groups.create(usable, person, now, (outcome, at) => {
      if (outcome === "created") {
        events.push({ kind: "groupCreated", name, group: usable.shown });
        speaker.reply(asker, { kind: "done" }, at);
      } else if (outcome === "exists") {
        const made = groups.find(usable.key)?.name ?? usable.shown;
        events.push({ kind: "groupNotCreated", name, group: usable.shown });
        speaker.reply(asker, { kind: "groupExists", group: made }, at);
      } else speaker.refuse(asker, outcome === "tooMany" ? "tooManyGroups" : "storeFailed", at);
      this.#goOn(asker, at);
    });
  }

  list(asker: Asker, person: Person, { after }: BodyOf<"listGroups">, now: number): void {
    const { events, groups, speaker } = this.#options;
    if (after === undefined) events.push({ kind: "groupsListed", name: person.record.name, groups: groups.names });
    speaker.reply(asker, { kind: "names", ...groups.page(after) }, now);
  }

  join(asker: Asker, person: Person, { group: typed }: BodyOf<"joinGroup">, now: number): void {
    const { events, fanOut, groups, speaker } = this.#options;
    const usable = usableName(typed);
    if (usable === undefined) return speaker.refuse(asker, "unusableName", now);
    const { name } = person.record;
    const group = groups.find(usable.key);
    if (group === undefined) {
      events.push({ kind: "groupNotJoined", name, group: usable.shown });
      return speaker.refuse(asker, "noSuchGroup", now);
    }
    const before = groups.memberOf(person);
    if (before?.group === group) return speaker.reply(asker, { kind: "entered", group: group.name }, now);
    const { visitor } = asker;
    visitor.isBusy = true;
    groups.join(person, group, now, (outcome, at) => {
      if (outcome !== "full" && before !== undefined) this.#tellLeft(before);
      if (outcome === "missing") events.push({ kind: "groupNotJoined", name, group: group.name });
      if (outcome === "entered") {
        const member = groups.memberOf(person);
        // Unless the person went away meanwhile.
        if (member?.group === group) events.push({ kind: "groupJoined", name, group: group.name });
        speaker.reply(asker, { kind: "entered", group: group.name }, at);
        if (member?.group === group && person.visitor === visitor) fanOut.begin(member, visitor, at);
      } else speaker.refuse(asker, refusals[outcome], at);
      this.#goOn(asker, at);
    });
  }

  leave(asker: Asker, person: Person, now: number): void {
    const member = this.#options.groups.leave(person, now);
    if (member !== undefined) this.#tellLeft(member);
    this.#options.speaker.reply(asker, { kind: "done" }, now);
  }

  listMembers(asker: Asker, person: Person, { after }: BodyOf<"listMembers">, now: number): void {
    const { events, groups, speaker } = this.#options;
    const group = groups.memberOf(person)?.group;
    if (group === undefined) return speaker.refuse(asker, "notInGroup", now);
    if (after === undefined) {
      const members = groups.memberNames(group);
      events.push({ kind: "membersListed", name: person.record.name, group: group.name, members });
    }
    speaker.reply(asker, { kind: "names", ...groups.memberPage(group, after) }, now);
  }

  /** Somebody has registered, and believes to be in that group: who is in another, or says nothing of it, leaves. Not
   * where it entered on this very session: then the registration left before the answer came. */
  confirm(visitor: Visitor, person: Person, believed: string | undefined, now: number): Member | undefined {
    const { fanOut, groups } = this.#options;
    const member = groups.memberOf(person);
    if (member === undefined || fanOut.serves(member, visitor)) return member;
    if (member.group.key === usableName(believed ?? "")?.key) return member;
    groups.leave(person, now);
    this.#tellLeft(member);
    return undefined;
  }

  /** Somebody is away, and so in no group. */
  away(person: Person, how: Leaving, now: number): void {
    const member = this.#options.groups.leave(person, now);
    if (member === undefined) return;
    if (how === "deregistered") return this.#tellLeft(member);
    const { group } = member;
    this.#options.events.push({ kind: "memberRemoved", name: person.record.name, group: group.name });
  }

  #tellLeft({ person, group }: Member): void {
    this.#options.events.push({ kind: "groupLeft", name: person.record.name, group: group.name });
  }

  #goOn({ visitor }: Asker, now: number): void {
    visitor.isBusy = false;
    this.#options.goOn(visitor, now);
  }
}

const refusals = { full: "groupFull", missing: "noSuchGroup", failed: "storeFailed" } as const;
