// The parts of a server that keep things for others: mail, groups, posts. Pure. PROTOCOL §8.7, §8.8.

import { type Endpoint } from "#transport";

import { type Directory } from "./directory.ts";
import { FanOut } from "./fan-out.ts";
import { GroupLog } from "./group-log.ts";
import { GroupRequests } from "./group-requests.ts";
import { Groups } from "./groups.ts";
import { type Limits } from "./limits.ts";
import { MailBell } from "./mail-bell.ts";
import { Mailbox } from "./mailbox.ts";
import { MailPages } from "./mail-pages.ts";
import { Numbers } from "./numbers.ts";
import { PostedNumbers } from "./posted-numbers.ts";
import { Posts } from "./posts.ts";
import { type Presence } from "./presence.ts";
import { type Returns } from "./returns.ts";
import { type ServerEvent } from "./server-event.ts";
import { type Speaker } from "./speaker.ts";
import { type StoreQueue } from "./store-queue.ts";
import { type Books } from "./store.ts";
import { type TableFeed } from "./table-feed.ts";
import { type Visitor } from "./visitor.ts";
import { type WallClock } from "./wall-clock.ts";

export interface KeptPartsOptions {
  readonly books: Books;
  readonly hasMailbox: boolean;
  readonly limits: Limits;
  readonly wall: WallClock;
  readonly events: ServerEvent[];
  readonly endpoint: Endpoint;
  readonly store: StoreQueue;
  /** Knows already who is expected. */
  readonly directory: Directory;
  readonly feed: TableFeed<Visitor>;
  readonly speaker: Speaker;
  readonly presence: Presence;
  readonly returns: Returns;
  readonly dismiss: (visitor: Visitor, code: number, reason: string, now: number) => void;
  /** The requests of a session that waited for one of it have their turn. */
  readonly goOn: (visitor: Visitor, now: number) => void;
}

export interface KeptParts {
  readonly numbers: Numbers;
  readonly groups: Groups;
  readonly log: GroupLog;
  readonly fanOut: FanOut;
  readonly posted: PostedNumbers;
  readonly posts: Posts;
  readonly bell: MailBell;
  readonly pages: MailPages;
  readonly mailbox: Mailbox;
  readonly groupRequests: GroupRequests;
}

/** What keeps things, with what the books hold. */
export function keptParts(options: KeptPartsOptions, now: number): KeptParts {
  const { books, directory, endpoint, events, goOn, limits, presence, speaker, store, wall } = options;
  const numbers = new Numbers(books.lastNumber);
  const log = new GroupLog((number, at) => store.add([{ kind: "removePost", number }], at));
  const groups = new Groups({
    directory,
    store,
    numbers,
    wall,
    limits,
    onLeft: (member, at) => {
      fanOut.forget(member);
      log.forget(member.person.key, at);
    },
  });
  const fanOut = new FanOut({ endpoint, presence, speaker, log, limits, dismiss: options.dismiss });
  const posted = new PostedNumbers(limits.persons, books.posted);
  const bell = new MailBell({ directory, speaker });
  const pages = new MailPages({ store, speaker, limits, goOn });
  const mailbox = new Mailbox({ ...options, numbers, fanOut, bell, pages });
  const posts = new Posts({
    directory,
    store,
    numbers,
    wall,
    speaker,
    events,
    groups,
    log,
    fanOut,
    bell,
    posted,
    limits,
  });
  const groupRequests = new GroupRequests({ groups, fanOut, speaker, events, goOn });
  groups.load(books.groups, books.members, now);
  posts.load(books.posts, now);
  return { numbers, groups, log, fanOut, posted, posts, bell, pages, mailbox, groupRequests };
}
