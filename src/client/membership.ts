// Where we are with the server, from registering to leaving, and what the application is told of it. Pure.
// PROTOCOL §9.3.

import { RefusalCode, type ReplyBody } from "#chat";
import { type ConnectFailure } from "#transport";

import { type Collector } from "./collector.ts";
import { type Credentials } from "./credentials.ts";
import { type EventQueue } from "./event-queue.ts";
import { type ClientEvent } from "./events.ts";
import { type Fetcher } from "./fetcher.ts";
import { type GroupLife } from "./group-life.ts";
import { type Journal } from "./journal.ts";
import { type LookUps } from "./look-ups.ts";
import { type Mailer } from "./mailer.ts";
import { type Outbox } from "./outbox.ts";
import { type Peers } from "./peers.ts";
import { type ServerLink } from "./server-link.ts";
import { type TableNews } from "./table-news.ts";
import { type Trust } from "./trust.ts";

export interface MembershipParts {
  readonly name: string;
  readonly collector: Pick<Collector, "stop">;
  readonly credentials: Credentials;
  readonly events: EventQueue;
  readonly fetcher: Pick<Fetcher, "stop">;
  readonly groupLife: Pick<GroupLife, "end" | "silent" | "stop">;
  readonly journal: Pick<Journal, "afterwards">;
  readonly link: ServerLink;
  readonly lookUps: LookUps;
  readonly mailer: Pick<Mailer, "pause" | "stop">;
  readonly news: TableNews;
  readonly outbox: Outbox;
  readonly peers: Peers;
  readonly trust: Trust;
}

type Phase = "starting" | "online" | "leaving" | "offline" | "ended";
type Reply<Kind extends ReplyBody["kind"]> = Extract<ReplyBody, { readonly kind: Kind }>;

/** Times in monotonic ms. */
export class Membership {
  readonly #parts: MembershipParts;
  #phase: Phase = "starting";
  /** The event that tells of our registration, until the table is here, too. */
  #welcome: ClientEvent | undefined;
  #isUnusableTold = false;
  #hasMailbox = false;

  constructor(parts: MembershipParts) {
    this.#parts = parts;
  }

  get isStarting(): boolean {
    return this.#phase === "starting";
  }

  get isOnline(): boolean {
    return this.#phase === "online";
  }

  /** Whether we want to be with the server, and take peers in. */
  get isHere(): boolean {
    return this.#phase !== "offline" && this.#phase !== "ended";
  }

  /** Whether the server keeps messages for those who are away. */
  get hasMailbox(): boolean {
    return this.#hasMailbox;
  }

  /** Comes back after `deregister`; ends in `registered`, `nameTaken`, `refused` or `serverSilent`. */
  register(now: number): void {
    if (this.#phase !== "offline") return;
    this.#phase = "starting";
    this.#isUnusableTold = false;
    this.#parts.link.start(now);
  }

  /** Goes offline with the server's word for it; ends in `deregistered` or `serverSilent`, after which we are still
   * registered as far as anybody knows. */
  deregister(now: number): void {
    if (this.#phase !== "online") return;
    this.#phase = "leaving";
    this.#parts.link.request({ kind: "deregister" }, now, (_, at) => {
      this.#leave("offline", at);
      this.#tell({ kind: "deregistered" }, at);
    });
  }

  /** Says goodbye to server and peers, for good. */
  end(now: number): void {
    if (this.#phase !== "ended") this.#leave("ended", now);
  }

  /** The server has registered us; the table follows. */
  registered(reply: Reply<"registered">): void {
    this.#parts.credentials.registered(reply.registration);
    this.#hasMailbox = reply.hasMailbox;
    if (this.#phase === "starting") this.#welcome = { kind: "registered", hasMailbox: reply.hasMailbox };
  }

  /** We are online once we are registered and the table that follows is here: before, nobody could be sent anything. */
  greet(now: number): void {
    if (this.#welcome === undefined) return;
    const { events, link, news, outbox, trust } = this.#parts;
    this.#phase = "online";
    link.started();
    events.push(this.#welcome);
    this.#welcome = undefined;
    news.begin(now);
    trust.tellHeld();
    outbox.setActive(true, now);
  }

  refused(reply: Reply<"refused">, now: number): void {
    const { name } = this.#parts;
    this.#leave("offline", now);
    const isName = reply.code === RefusalCode.nameTaken;
    this.#tell(isName ? { kind: "nameTaken", name } : { kind: "refused", reason: reply.text }, now);
  }

  /** Whoever asked to leave and was not heard has not left: the link goes on, and so do we. */
  silent(now: number): void {
    const { groupLife, lookUps, mailer, outbox } = this.#parts;
    if (this.#phase === "leaving") this.#phase = "online";
    lookUps.giveUp(now);
    mailer.pause();
    groupLife.silent(now);
    this.#tell({ kind: "serverSilent", kept: outbox.open }, now);
  }

  /** Whoever answers is not our server, or speaks no version of ours: told once. */
  unusable(why: Exclude<ConnectFailure, { readonly kind: "silence" }>): void {
    if (this.#phase !== "starting" || this.#isUnusableTold) return;
    const event: ClientEvent | undefined =
      why.kind === "versions"
        ? { kind: "versionUnknown", theirs: why.theirs }
        : this.#parts.credentials.unexpectedServer(why.application, why.remoteKey);
    if (event === undefined) return;
    this.#isUnusableTold = true;
    this.#parts.events.push(event);
  }

  /** Tells of something after all that is being written, texts that were kept among it. */
  #tell(event: ClientEvent, now: number): void {
    this.#parts.journal.afterwards(() => this.#parts.events.push(event), now);
  }

  #leave(phase: "offline" | "ended", now: number): void {
    const { collector, fetcher, groupLife, link, lookUps, mailer, outbox, peers } = this.#parts;
    this.#phase = phase;
    this.#welcome = undefined;
    outbox.setActive(false, now);
    mailer.stop();
    collector.stop();
    fetcher.stop(now);
    peers.closeAll();
    link.stop();
    lookUps.giveUp(now);
    if (phase === "offline") groupLife.stop(now);
    else groupLife.end();
  }
}
