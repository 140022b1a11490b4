// What is answered to each request of clients. Pure. PROTOCOL §8.2.

import { toHex } from "#bytes";
import { certifyRegistration, type Registration, type Request, usableName } from "#chat";
import { type SigningKey } from "#crypto";

import { type Attendance } from "./attendance.ts";
import { type Directory, isOnline, type Person } from "./directory.ts";
import { type Introductions } from "./introductions.ts";
import { type Limits } from "./limits.ts";
import { type Presence } from "./presence.ts";
import { type Admission, type Registrar } from "./registrar.ts";
import { type Returns } from "./returns.ts";
import { type Speaker } from "./speaker.ts";
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
}

/** One answer a request. Times in monotonic ms. */
export class Answers {
  readonly #options: AnswersOptions;

  constructor(options: AnswersOptions) {
    this.#options = options;
  }

  answer(visitor: Visitor, { id, body }: Request, now: number): void {
    const { introductions, registrar, speaker } = this.#options;
    if (body.kind === "register") return registrar.apply(visitor, id, body, now);
    if (visitor.person === undefined) return speaker.refuse(visitor, id, "notRegistered", now);
    switch (body.kind) {
      case "deregister":
        return this.#deregister(visitor, id, now);
      case "introduce":
        return introductions.introduce(visitor, id, body, now);
      case "reportSilent":
        return this.#reportSilent(visitor, id, body.personKey, now);
      case "resync":
        this.#options.feed.resync(visitor);
        return speaker.reply(visitor, id, { kind: "done" }, now);
      case "lookUp":
        return this.#lookUp(visitor, id, body.name, now);
      default:
        body satisfies never;
    }
  }

  /** A registration has been decided; the table follows `registered`. */
  answerRegister(visitor: Visitor, id: number, admission: Admission, now: number): void {
    const { feed, hasMailbox, speaker } = this.#options;
    if (admission.kind === "refused") return speaker.refuse(visitor, id, admission.refusal, now);
    const { person, table } = admission;
    speaker.reply(visitor, id, { kind: "registered", registration: this.#certificate(person, now), hasMailbox }, now);
    feed.subscribe(visitor, person.number, table);
  }

  #certificate({ personKey, record }: Person, now: number): Registration {
    const { identity, limits, wall } = this.#options;
    const { name, firstSeenMs } = record;
    return certifyRegistration(identity, { name, personKey, firstSeenMs, expiresMs: wall.at(now) + limits.leaseMs });
  }

  #deregister(visitor: Visitor, id: number, now: number): void {
    const { attendance, speaker } = this.#options;
    attendance.leave(visitor, "deregistered", now);
    speaker.reply(visitor, id, { kind: "done" }, now);
  }

  #reportSilent(visitor: Visitor, id: number, personKey: Uint8Array, now: number): void {
    const { directory, presence, returns, speaker } = this.#options;
    const suspect = directory.byKey(toHex(personKey));
    if (suspect?.isExpected === true) {
      return returns.ask(suspect, (at) =>
        speaker.reply(visitor, id, { kind: "presence", isPresent: isOnline(suspect) }, at),
      );
    }
    if (suspect?.visitor === undefined) return speaker.reply(visitor, id, { kind: "presence", isPresent: false }, now);
    presence.ask(suspect.visitor, false, now, (_isPresent, at) => {
      // Whoever came back on another session in the meantime is here, whatever came of the old one.
      speaker.reply(visitor, id, { kind: "presence", isPresent: suspect.visitor !== undefined }, at);
    });
  }

  #lookUp(visitor: Visitor, id: number, name: string, now: number): void {
    const { directory, feed, speaker } = this.#options;
    const found = directory.byName(usableName(name)?.key ?? "");
    if (found !== undefined) feed.addInterest(visitor, found.number);
    speaker.reply(visitor, id, { kind: "found", row: found && directory.rowOf(found.number) }, now);
  }
}
