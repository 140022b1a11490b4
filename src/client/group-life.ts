// Groups: which there are, who is in ours, and our coming and going. Pure. PROTOCOL §8.8, §9.10.
// While we are in a group, texts to us alone are kept, and shown when we leave it, whichever way.

import { nameKey, RefusalCode, type ReplyBody, type RequestBody, usableName } from "#chat";

import { type ClientEvent } from "./events.ts";
import { type Inbox } from "./inbox.ts";
import { type Errand, type RequestLine } from "./request-line.ts";

/** Pages of one list that are asked for, whatever the server has. */
export const MOST_PAGES = 64;

export interface GroupLifeParts {
  readonly line: Pick<RequestLine, "ask" | "forget" | "refuse" | "stop" | "tell">;
  readonly inbox: Pick<Inbox, "setKeeping">;
}

type Asked = "createGroup" | "listGroups" | "joinGroup" | "leaveGroup" | "listMembers";

/** Times in monotonic ms. Names that no group can have are RangeErrors. */
export class GroupLife {
  readonly #parts: GroupLifeParts;
  #group: string | undefined;
  /** The server was asked to take us out of our group, or into another one. */
  #isMoving = false;
  /** Meanwhile it has said that we are not in our group. */
  #isOut = false;

  constructor(parts: GroupLifeParts) {
    this.#parts = parts;
  }

  /** The group we are in, as it was made. */
  get group(): string | undefined {
    return this.#group;
  }

  create(typed: string, now: number): void {
    const group = shownName(typed);
    this.#ask({ kind: "createGroup", group }, now, (reply, at) => {
      if (reply.kind === "done") return this.#tell({ kind: "groupCreated", group }, at);
      if (reply.kind !== "groupExists") return this.#parts.line.refuse(reply, undefined, at);
      this.#tell({ kind: "groupExists", group: asMade(reply.group, group) ?? group }, at);
    });
  }

  list(now: number): void {
    this.#askNames("listGroups", now, (groups, at) => this.#tell({ kind: "groupsListed", groups }, at));
  }

  /** Members of the group we are in; nothing outside of groups. */
  listMembers(now: number): void {
    const group = this.#group;
    if (group === undefined) return;
    this.#askNames("listMembers", now, (members, at) => this.#tell({ kind: "membersListed", group, members }, at));
  }

  /** Enters a group, which leaves the one we are in. */
  join(typed: string, now: number): void {
    const group = shownName(typed);
    this.#move({ kind: "joinGroup", group }, now, (reply, at) => {
      const entered = reply.kind === "entered" ? asMade(reply.group, group) : undefined;
      if (entered !== undefined) this.#enter(entered, at);
      else if (reply.kind === "refused" && reply.code === RefusalCode.noSuchGroup)
        this.#tell({ kind: "groupMissing", group: typed }, at);
      else this.#parts.line.refuse(reply, undefined, at);
    });
  }

  /** Leaves the group we are in; nothing outside of groups. */
  leave(now: number): void {
    if (this.#group === undefined) return;
    this.#move({ kind: "leaveGroup" }, now, (reply, at) => {
      if (reply.kind === "done") this.#out("groupLeft", at);
      else this.#parts.line.refuse(reply, undefined, at);
    });
  }

  /** The server has registered us, and says which group we are in; one that it was asked to take us out of is left when
   * it answers that. */
  registered(group: string | undefined, now: number): void {
    this.#isOut = group !== this.#group;
    if (!this.#isMoving) this.#settle(now);
  }

  /** The server is silent: nothing that was asked for comes, and what was kept is shown, as it may be our last word. */
  silent(now: number): void {
    const { inbox, line } = this.#parts;
    line.forget();
    this.#settle(now);
    if (this.#group === undefined) return;
    inbox.setKeeping(false, now);
    inbox.setKeeping(true, now);
  }

  /** We are offline, and so in no group. */
  stop(now: number): void {
    const { inbox, line } = this.#parts;
    line.stop(now);
    this.#isMoving = false;
    this.#isOut = false;
    this.#group = undefined;
    inbox.setKeeping(false, now);
  }

  /** For good: what was kept is shown at the next start, as nobody reads on. */
  end(): void {
    this.#parts.line.forget();
    this.#group = undefined;
  }

  #enter(group: string, now: number): void {
    this.#isOut = false;
    if (group === this.#group) return this.#tell({ kind: "groupEntered", group }, now);
    this.#out("groupLeft", now);
    this.#group = group;
    this.#tell({ kind: "groupEntered", group }, now);
    this.#parts.inbox.setKeeping(true, now);
  }

  /** Nothing that moves us is asked any more: if the server put us out meanwhile, and we did not leave, it is told. */
  #settle(now: number): void {
    this.#isMoving = false;
    if (this.#isOut) this.#out("removedFromGroup", now);
  }

  /** First it is told that we are out of the group, then what was kept meanwhile. */
  #out(kind: "groupLeft" | "removedFromGroup", now: number): void {
    const group = this.#group;
    this.#isOut = false;
    if (group === undefined) return;
    this.#group = undefined;
    this.#tell({ kind, group }, now);
    this.#parts.inbox.setKeeping(false, now);
  }

  #tell(event: ClientEvent, now: number): void {
    this.#parts.line.tell(event, now);
  }

  #ask(
    body: RequestBody & { readonly kind: Asked },
    now: number,
    answered: (reply: ReplyBody, now: number) => void,
  ): void {
    this.#parts.line.ask(
      {
        ...errandOf(body.kind),
        body: () => body,
        answered: (reply, at) => {
          answered(reply, at);
          return undefined;
        },
      },
      now,
    );
  }

  /** Asks for something that changes which group we are in. */
  #move(
    body: RequestBody & { readonly kind: "joinGroup" | "leaveGroup" },
    now: number,
    answered: (reply: ReplyBody, now: number) => void,
  ): void {
    this.#parts.line.ask(
      {
        ...errandOf(body.kind),
        body: () => {
          this.#isMoving = body.kind === "leaveGroup" || !this.#isIn(body.group);
          return body;
        },
        answered: (reply, at) => {
          answered(reply, at);
          this.#settle(at);
          return undefined;
        },
      },
      now,
    );
  }

  #isIn(group: string): boolean {
    return this.#group !== undefined && nameKey(this.#group) === nameKey(group);
  }

  /** Asks for names page by page, each after the last one of the page before. */
  #askNames(
    kind: "listGroups" | "listMembers",
    now: number,
    told: (names: readonly string[], now: number) => void,
  ): void {
    const group = this.#group;
    const names: string[] = [];
    let pages = 0;
    this.#parts.line.ask(
      {
        ...errandOf(kind),
        body: () => {
          const isOther = kind === "listMembers" && group !== this.#group;
          return isOther ? { kind: "useless", reason: notIn(group) } : { kind, after: undefined };
        },
        answered: (reply, at) => {
          if (reply.kind !== "names") {
            this.#parts.line.refuse(reply, undefined, at);
            return undefined;
          }
          names.push(...reply.names.filter((name) => usableName(name)?.shown === name));
          const after = reply.names.at(-1);
          if (!reply.isLast && after !== undefined && ++pages < MOST_PAGES) return { kind, after };
          told(names, at);
          return undefined;
        },
      },
      now,
    );
  }
}

function errandOf(kind: Asked): Pick<Errand, "isAlone" | "bytes" | "messageId"> {
  return { isAlone: kind === "joinGroup" || kind === "leaveGroup", bytes: 0, messageId: undefined };
}

/** Why something that was meant for a group comes to nothing. */
export function notIn(group: string | undefined): string {
  return `you are not in group ${group}`;
}

/** The name as it is registered. */
function shownName(typed: string): string {
  const name = usableName(typed);
  if (name === undefined) throw new RangeError(`not a usable name: ${typed}`);
  return name.shown;
}

/** The name that the server has for the group that was asked for; undefined where that is another name, or none. */
function asMade(group: string, asked: string): string | undefined {
  return usableName(group)?.shown === group && nameKey(group) === nameKey(asked) ? group : undefined;
}
