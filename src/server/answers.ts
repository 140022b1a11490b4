// What is answered to each request of clients. Pure. PROTOCOL §8.2.

import { toHex } from "#bytes";
import { certifyRegistration, type Registration, type Request, usableName } from "#chat";
import { type SigningKey } from "#crypto";
import { Lane } from "#transport";

import { type Attendance } from "./attendance.ts";
import { type Directory, isOnline, type Person } from "./directory.ts";
import { type FanOut } from "./fan-out.ts";
import { type GroupRequests } from "./group-requests.ts";
import { type Introductions } from "./introductions.ts";
import { type Limits } from "./limits.ts";
import { type Mailbox } from "./mailbox.ts";
import { type MailPages } from "./mail-pages.ts";
import { type Posts } from "./posts.ts";
import { type Presence } from "./presence.ts";
import { type Admission, type Registrar } from "./registrar.ts";
import { type Returns } from "./returns.ts";
import { type Asker, type Speaker } from "./speaker.ts";
import { type TableFeed } from "./table-feed.ts";
import { type Visitor } from "./visitor.ts";
import { type WallClock } from "./wall-clock.ts";

export interface AnswersOptions {
  readonly identity: SigningKey;
  readonly hasMailbox: boolean;
  readonly limits: Limits;
  readonly wall: WallClock;
  readonly directory: Directory;
  readonly feed: TableFeed<Visitor>;
  readonly speaker: Speaker;
  readonly attendance: Attendance;
  readonly presence: Presence;
  readonly registrar: Registrar;
  readonly returns: Returns;
  readonly introductions: Introductions;
  readonly mailbox: Mailbox;
  readonly pages: MailPages;
  readonly groupRequests: GroupRequests;
  readonly fanOut: FanOut;
  readonly posts: Posts;
}

/** One answer a request, but for `collect`. Times in monotonic ms. */
export class Answers {
  readonly #options: AnswersOptions;

  constructor(options: AnswersOptions) {
    this.#options = options;
  }

  answer(visitor: Visitor, { id, body }: Request, lane: number, now: number): void {
    const { groupRequests, introductions, mailbox, pages, posts, registrar, speaker } = this.#options;
    if (body.kind === "register") return registrar.apply(visitor, id, body, now);
    const asker = { visitor, id, lane };
    const { person } = visitor;
    if (person === undefined) return speaker.refuse(asker, "notRegistered", now);
    switch (body.kind) {
      case "deregister":
        return this.#deregister(asker, now);
      case "introduce":
        return introductions.introduce(asker, body, now);
      case "reportSilent":
        return this.#reportSilent(asker, body.personKey, now);
      case "resync":
        this.#options.feed.resync(visitor);
        return speaker.reply(asker, { kind: "done" }, now);
      case "lookUp":
        return this.#lookUp(asker, body.name, now);
      case "certificate":
        return mailbox.certificate(asker, body, now);
      case "save":
        return mailbox.save(asker, body, now);
      case "fetch":
        return pages.fetch(asker, person, body, now);
      case "collect":
        return mailbox.collect(asker, body, now);
      case "createGroup":
        return groupRequests.create(asker, person, body, now);
      case "listGroups":
        return groupRequests.list(asker, person, body, now);
      case "joinGroup":
        return groupRequests.join(asker, person, body, now);
      case "leaveGroup":
        return groupRequests.leave(asker, person, now);
      case "listMembers":
        return groupRequests.listMembers(asker, person, body, now);
      case "post":
        return posts.post(asker, person, body, now);
      default:
        body satisfies never;
    }
  }

  /** A registration has been decided; after `registered` come the table, and the posts that are owed. */
  answerRegister(visitor: Visitor, id: number, admission: Admission, now: number): void {
    const { fanOut, feed, groupRequests, hasMailbox, speaker } = this.#options;
    const asker = { visitor, id, lane: Lane.control };
    if (admission.kind === "refused") return speaker.refuse(asker, admission.refusal, now);
    const { person, table } = admission;
    const member = groupRequests.confirm(visitor, person, admission.group, now);
    const registration = this.#certificate(person, now);
    speaker.reply(asker, { kind: "registered", registration, hasMailbox, group: member?.group.name }, now);
    feed.subscribe(visitor, person.number, table);
    if (member !== undefined) fanOut.begin(member, visitor, now);
  }

  #certificate({ personKey, record }: Person, now: number): Registration {
    const { identity, limits, wall } = this.#options;
    const { name, firstSeenMs } = record;
    return certifyRegistration(identity, { name, personKey, firstSeenMs, expiresMs: wall.at(now) + limits.leaseMs });
  }

  /** Answered when it is durable: otherwise a server that dies now expects back whoever was told that it has left. */
  #deregister(asker: Asker, now: number): void {
    const { attendance, speaker } = this.#options;
    attendance.leave(asker.visitor, "deregistered", now, (at) => speaker.reply(asker, { kind: "done" }, at));
  }

  #reportSilent(asker: Asker, personKey: Uint8Array, now: number): void {
    const { directory, presence, returns, speaker } = this.#options;
    const suspect = directory.byKey(toHex(personKey));
    if (suspect?.isExpected === true) {
      return returns.ask(suspect, (at) => speaker.reply(asker, { kind: "presence", isPresent: isOnline(suspect) }, at));
    }
    if (suspect?.visitor === undefined) return speaker.reply(asker, { kind: "presence", isPresent: false }, now);
    presence.ask(suspect.visitor, false, now, (_isPresent, at) => {
      // Whoever came back on another session in the meantime is here, whatever came of the old one.
      speaker.reply(asker, { kind: "presence", isPresent: suspect.visitor !== undefined }, at);
    });
  }

  #lookUp(asker: Asker, name: string, now: number): void {
    const { directory, feed, speaker } = this.#options;
    const found = directory.byName(usableName(name)?.key ?? "");
    if (found !== undefined) feed.addInterest(asker.visitor, found.number);
    speaker.reply(asker, { kind: "found", row: found && directory.rowOf(found.number) }, now);
  }
}
