// What the server says unasked: how the table goes on, and where to knock. Pure. PROTOCOL §8.3, §8.4.

import { type NoticeBody } from "#chat";

import { type ClientTable } from "./client-table.ts";
import { type Credentials } from "./credentials.ts";
import { type EventQueue } from "./event-queue.ts";
import { type Fetcher } from "./fetcher.ts";
import { type Mailer } from "./mailer.ts";
import { type Membership } from "./membership.ts";
import { type Outbox } from "./outbox.ts";
import { type Peers } from "./peers.ts";
import { type Posts } from "./posts.ts";
import { type ServerLink } from "./server-link.ts";
import { type TableNews } from "./table-news.ts";

export interface ServerNoticesParts {
  readonly credentials: Credentials;
  readonly events: EventQueue;
  readonly fetcher: Fetcher;
  readonly mailer: Mailer;
  readonly link: ServerLink;
  readonly membership: Membership;
  readonly news: TableNews;
  readonly outbox: Outbox;
  readonly peers: Peers;
  readonly posts: Pick<Posts, "receive">;
  readonly table: ClientTable;
}

/** Times in monotonic ms. */
export class ServerNotices {
  readonly #parts: ServerNoticesParts;
  #isResyncing = false;
  /** No table has come since we were registered. */
  #isFirst = true;

  constructor(parts: ServerNoticesParts) {
    this.#parts = parts;
  }

  receive(notice: NoticeBody, now: number): void {
    const { credentials, link, membership, news, outbox, peers, table } = this.#parts;
    if (!membership.isHere) return;
    if (notice.kind === "introduction") {
      if (!credentials.isSelf(notice.personKey)) peers.introduced(notice, now);
      return;
    }
    if (notice.kind === "mailWaiting") return this.#parts.fetcher.waiting(notice.box, now);
    if (notice.kind === "groupPost") return this.#parts.posts.receive(notice, notice.group, now);
    if (notice.kind !== "table") return;
    const outcome = table.apply(notice);
    if (outcome === "mismatch") this.#resync(now);
    if (outcome === "partial") link.tableWentOn(now);
    if (outcome !== "updated") return;
    news.change();
    membership.greet(now);
    outbox.transmitAll(now);
    if (this.#isFirst) this.#beginMail(now);
  }

  /** Parts of what was under way, and the answer to a resync, will not come any more. */
  beginAnew(): void {
    this.#parts.table.forgetUpdate();
    this.#isResyncing = false;
    this.#isFirst = true;
  }

  /** Nothing that was asked is waited for any more. */
  forgetResync(): void {
    this.#isResyncing = false;
  }

  tellTable(now: number): void {
    if (this.#parts.membership.isOnline) this.#parts.news.tell(now);
  }

  /** The server knows us, and we know who is who. */
  #beginMail(now: number): void {
    const { events, fetcher, mailer } = this.#parts;
    this.#isFirst = false;
    events.beginMail();
    mailer.resume(now);
    fetcher.begin(now);
  }

  /** One at a time, however many parts do not fit. Nobody asked for it, unless it is the first table. */
  #resync(now: number): void {
    if (this.#isResyncing) return;
    this.#isResyncing = true;
    const { link, membership } = this.#parts;
    const ended = (): void => this.forgetResync();
    if (membership.isStarting) link.request({ kind: "resync" }, now, ended);
    else link.mention({ kind: "resync" }, now, ended);
  }
}
