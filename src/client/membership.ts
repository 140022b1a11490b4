// Where we are with the server, from registering to leaving, and what the application is told of it. Pure.
// PROTOCOL §9.3.

import { RefusalCode, type ReplyBody } from "#chat";
import { type ConnectFailure } from "#transport";

import { type Credentials } from "./credentials.ts";
import { type EventQueue } from "./event-queue.ts";
import { type ClientEvent } from "./events.ts";
import { type LookUps } from "./look-ups.ts";
import { type Outbox } from "./outbox.ts";
import { type Peers } from "./peers.ts";
import { type ServerLink } from "./server-link.ts";
import { type TableNews } from "./table-news.ts";
import { type Trust } from "./trust.ts";

export interface MembershipParts {
  readonly name: string;
  readonly credentials: Credentials;
  readonly events: EventQueue;
  readonly link: ServerLink;
  readonly lookUps: LookUps;
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
      this.#parts.events.push({ kind: "deregistered" });
    });
  }

  /** Says goodbye to server and peers, for good. */
  end(now: number): void {
    if (this.#phase !== "ended") this.#leave("ended", now);
  }

  /** The server has registered us; the table follows. */
  registered(reply: Reply<"registered">): void {
    this.#parts.credentials.registered(reply.registration);
    if (this.#phase === "starting") this.#welcome = { kind: "registered", hasMailbox: reply.hasMailbox };
  }

  /** We are online once we are registered and the table that follows is here: before, nobody could be sent anything. */
  greet(now: number): void {
    if (this.#welcome === undefined) return;
    const { events, news, outbox, trust } = this.#parts;
    this.#phase = "online";
    events.push(this.#welcome);
    this.#welcome = undefined;
    news.begin();
    news.tell(now);
    trust.tellHeld();
    outbox.setActive(true, now);
  }

  refused(reply: Reply<"refused">, now: number): void {
    const { events, name } = this.#parts;
    this.#leave("offline", now);
    const isName = reply.code === RefusalCode.nameTaken;
    events.push(isName ? { kind: "nameTaken", name } : { kind: "refused", reason: reply.text });
  }

  /** Whoever asked to leave and was not heard has not left: the link goes on, and so do we. */
  silent(now: number): void {
    const { events, lookUps, outbox } = this.#parts;
    if (this.#phase === "leaving") this.#phase = "online";
    lookUps.giveUp(now);
    events.push({ kind: "serverSilent", kept: outbox.kept });
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

  #leave(phase: "offline" | "ended", now: number): void {
    const { link, lookUps, outbox, peers } = this.#parts;
    this.#phase = phase;
    this.#welcome = undefined;
    outbox.setActive(false, now);
    peers.closeAll();
    link.stop();
    lookUps.giveUp(now);
  }
}
