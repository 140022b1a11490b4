// The client's way to its server: calling, registering, asking, and finding it again for as long as it takes. Pure.
// PROTOCOL §9.3. A request fails by silence only; while the server says anything at all, it is waited for.

import { decode, encode } from "#bytes";
import {
  ANSWER_TIMEOUT_MS,
  type FromServer,
  fromServerCodec,
  type NoticeBody,
  RefusalCode,
  type ReplyBody,
  type Request,
  REQUEST_TIMEOUT_MS,
  requestCodec,
  requestLane,
  type RequestBody,
} from "#chat";
import {
  CloseCode,
  type ConnectFailure,
  type Endpoint,
  Lane,
  PROBES_PER_VERDICT,
  Purpose,
  type TransportEvent,
} from "#transport";
import { type Address, type LocalSessionId } from "#wire";

/** A call to a lost server lasts so long before the next one begins, however long it takes. */
const CALL_MS = 2000;
/** Silence after which a ping leaves, give or take a tenth, so that a crowd does not ping in step. */
const KEEP_ALIVE_MS = 4000;
/** A refused registration on coming back is tried again after so long. */
const REFUSED_PAUSE_MS = 2000;
/** Requests that wait for an answer; one more fails at once. */
const MOST_REQUESTS = 1024;

/** What the link tells the client; everything else it does by itself. */
export interface ServerLinkOwner {
  /** The request that registers us on a session with that handshake hash. */
  registration(handshakeHash: Uint8Array): RequestBody;
  /** The server has registered us: as was asked, or on coming back. */
  registered(reply: Extract<ReplyBody, { readonly kind: "registered" }>, now: number): void;
  notice(notice: NoticeBody, now: number): void;
  /** Registration was refused for good. */
  refused(reply: Extract<ReplyBody, { readonly kind: "refused" }>, now: number): void;
  /** Whoever answers is not our server, or speaks no version of ours. */
  unusable(why: Exclude<ConnectFailure, { readonly kind: "silence" }>): void;
  /** The server was silent for the whole time of a request, or of the registration that was asked for. */
  silent(now: number): void;
}

interface Pending {
  readonly id: number;
  readonly body: RequestBody;
  readonly askedAt: number;
  readonly answer: (reply: ReplyBody, now: number) => void;
  /** What follows where nobody answers and that is no news. */
  readonly lapsed: (() => void) | undefined;
  /** Was turned away as the server did not know us. */
  wasTurnedAway: boolean;
  sentOn: LocalSessionId | undefined;
}

interface ServerSession {
  readonly id: LocalSessionId;
  /** What a registration on it is bound to. */
  readonly handshakeHash: Uint8Array;
}

type Opened = Extract<TransportEvent, { readonly kind: "sessionOpened" }>;

type LinkEndpoint = Pick<
  Endpoint,
  "connect" | "abandon" | "close" | "view" | "send" | "keepAlive" | "ping" | "probeEvenly"
>;

export class ServerLink {
  readonly #endpoint: LinkEndpoint;
  readonly #address: Address;
  readonly #owner: ServerLinkOwner;
  readonly #keepAliveMs: number;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  /** The newest session, and whether we are registered on it. */
  #session: ServerSession | undefined;
  #isRegistered = false;
  #registerId: number | undefined;
  #call: LocalSessionId | undefined;
  #registerAgainAt = Number.POSITIVE_INFINITY;
  #isWanted = false;
  /** When the application asked to be registered, or the table last went on, until we are and have one. */
  #askedAt: number | undefined;
  /** Whether requests were given up since the session was opened. */
  #hasGivenUp = false;
  /** When anything authentic last came from the server, on whatever session. */
  #heardAt = Number.NEGATIVE_INFINITY;

  constructor(endpoint: LinkEndpoint, address: Address, keepAliveSpread: number, owner: ServerLinkOwner) {
    this.#endpoint = endpoint;
    this.#address = address;
    this.#keepAliveMs = KEEP_ALIVE_MS * (0.9 + 0.2 * keepAliveSpread);
    this.#owner = owner;
  }

  get isRegistered(): boolean {
    return this.#isRegistered;
  }

  /** The probe timeout of the path to the server, ms; undefined without a session. */
  get probeTimeoutMs(): number | undefined {
    return this.#view?.probeTimeoutMs;
  }

  /** The session with the server. */
  get session(): LocalSessionId | undefined {
    return this.#session?.id;
  }

  get deadline(): number {
    // The first is the oldest, and fails first.
    const [oldest] = this.#pending.values();
    return Math.min(this.#registerAgainAt, this.#failAt(oldest?.askedAt), this.#failAt(this.#askedAt));
  }

  /** Asks to be registered; ends in `registered`, `refused`, `unusable` or `silent`. */
  start(now: number): void {
    this.#isWanted = true;
    this.#askedAt = now;
    if (this.#session !== undefined) this.#register(this.#session);
    else this.#callNow(now);
  }

  /** Wants the server no more; says goodbye if there is a session. */
  stop(): void {
    this.#isWanted = false;
    this.#askedAt = undefined;
    this.#pending.clear();
    this.#registerAgainAt = Number.POSITIVE_INFINITY;
    if (this.#call !== undefined) this.#endpoint.abandon(this.#call);
    if (this.#session !== undefined) this.#endpoint.close(this.#session.id, CloseCode.goodbye, "");
    this.#call = undefined;
    this.#session = undefined;
    this.#isRegistered = false;
  }

  /** Gives up what is being asked, and goes on looking for the server. */
  forgetRequests(): void {
    for (const { lapsed } of this.#pending.values()) lapsed?.();
    this.#pending.clear();
    this.#askedAt = undefined;
    this.#hasGivenUp = true;
    this.#probe();
  }

  /** Asks something; `answer` is called with the reply. Failure is told by `silent`, once for all. */
  request(body: RequestBody, now: number, answer: Pending["answer"], lapsed?: () => void): void {
    if (this.#pending.size >= MOST_REQUESTS) {
      answer({ kind: "refused", code: RefusalCode.tooMany, text: "too many requests at once" }, now);
      return;
    }
    const pending: Pending = {
      id: this.#nextId++,
      body,
      askedAt: now,
      answer,
      lapsed,
      wasTurnedAway: false,
      sentOn: undefined,
    };
    this.#pending.set(pending.id, pending);
    if (this.#isRegistered) this.#send(pending);
    this.#probe();
  }

  /** Asks something that our user did not ask for: no answer is no failure. `ended` is called either way, unless the link
   * is stopped. */
  mention(body: RequestBody, now: number, ended = (): void => {}): void {
    this.request(body, now, ended, ended);
  }

  /** Says something that is not answered; false where nobody would hear it. */
  tell(body: RequestBody): boolean {
    if (this.#session === undefined || !this.#isRegistered) return false;
    return this.#put(this.#session, { id: this.#nextId++, body });
  }

  /** What we say of ourselves has changed: tells the server, if we are registered. */
  registerAnew(): void {
    if (this.#session !== undefined && this.#isRegistered) this.#register(this.#session);
  }

  /** Part of the first table has come: the rest is waited for anew. */
  tableWentOn(now: number): void {
    if (this.#askedAt !== undefined) this.#askedAt = now;
  }

  /** We are registered and have a table: nothing of what `start` asked for is waited for any more. */
  started(): void {
    this.#askedAt = undefined;
    this.#probe();
  }

  /** Whether an event is about this link; then it has been dealt with. */
  receive(event: TransportEvent, now: number): boolean {
    switch (event.kind) {
      case "sessionOpened":
        if (event.session !== this.#call) return false;
        this.#opened(event);
        return true;
      case "connectFailed":
        if (event.session !== this.#call) return false;
        this.#call = undefined;
        if (event.why.kind !== "silence") this.#owner.unusable(event.why);
        if (this.#isWanted) this.#callNow(now);
        return true;
      case "messageReceived":
        if (event.session !== this.#session?.id) return false;
        this.#receiveMessage(event.bytes, now);
        return true;
      case "sessionUnanswered":
        if (event.session !== this.#session?.id) return false;
        if (this.#isWanted && this.#call === undefined) this.#callNow(now);
        return true;
      case "sessionAnswered":
        if (event.session !== this.#session?.id) return false;
        // Where requests were given up, a registration tells their askers that the server is back.
        if (this.#call === undefined || this.#hasGivenUp) return true;
        this.#endpoint.abandon(this.#call);
        this.#call = undefined;
        return true;
      case "sessionEnded":
        if (event.session !== this.#session?.id) return false;
        this.#session = undefined;
        this.#isRegistered = false;
        if (this.#isWanted && this.#call === undefined) this.#callNow(now);
        return true;
      case "addressObserved":
      case "sessionMoved":
      case "probeAnswered":
        return false;
      default:
        return event satisfies never;
    }
  }

  wake(now: number): void {
    if (now >= this.#registerAgainAt) {
      this.#registerAgainAt = Number.POSITIVE_INFINITY;
      if (this.#isWanted && this.#session !== undefined) this.#register(this.#session);
    }
    let isSilent = now >= this.#failAt(this.#askedAt);
    let hasFailed = false;
    for (const { id, askedAt, lapsed } of this.#pending.values()) {
      if (now < this.#failAt(askedAt)) break;
      this.#pending.delete(id);
      hasFailed = true;
      if (lapsed === undefined) isSilent = true;
      else lapsed();
    }
    if (!isSilent) {
      if (hasFailed) this.#probe();
      return;
    }
    this.forgetRequests();
    this.#owner.silent(now);
  }

  /** The machine slept, or the network changed: asks at once who is there. */
  resume(now: number): void {
    if (this.#session !== undefined) this.#endpoint.ping(this.#session.id);
    if (this.#isWanted && this.#call === undefined) this.#callNow(now);
  }

  get #view(): ReturnType<Endpoint["view"]> {
    return this.#session === undefined ? undefined : this.#endpoint.view(this.#session.id);
  }

  /** Silence for REQUEST_TIMEOUT_MS, or no answer for ANSWER_TIMEOUT_MS. */
  #failAt(askedAt: number | undefined): number {
    if (askedAt === undefined) return Number.POSITIVE_INFINITY;
    this.#heardAt = Math.max(this.#heardAt, this.#view?.heardAt ?? Number.NEGATIVE_INFINITY);
    return Math.min(Math.max(askedAt, this.#heardAt) + REQUEST_TIMEOUT_MS, askedAt + ANSWER_TIMEOUT_MS);
  }

  #callNow(now: number): void {
    this.#call = this.#endpoint.connect(
      { to: this.#address, purpose: Purpose.directory, forMs: CALL_MS, replaces: this.#session?.id },
      now,
    );
  }

  #opened(event: Opened): void {
    this.#call = undefined;
    const before = this.#session?.id;
    // Still open, so not superseded: the server of that session is not the process that answered now.
    if (before !== undefined && this.#endpoint.view(before) !== undefined) this.#endpoint.abandon(before);
    this.#session = { id: event.session, handshakeHash: event.handshakeHash };
    this.#hasGivenUp = false;
    this.#isRegistered = false;
    this.#endpoint.keepAlive(event.session, this.#keepAliveMs);
    this.#register(this.#session);
  }

  #register(session: ServerSession): void {
    this.#registerId = this.#nextId++;
    this.#isRegistered = false;
    this.#put(session, { id: this.#registerId, body: this.#owner.registration(session.handshakeHash) });
    this.#probe();
  }

  #send(pending: Pending): void {
    if (this.#session === undefined || pending.sentOn === this.#session.id) return;
    pending.sentOn = this.#session.id;
    this.#put(this.#session, pending);
  }

  #put({ id: session }: ServerSession, { id, body }: Request): boolean {
    return this.#endpoint.send(session, Lane[requestLane(body)], encode(requestCodec, { id, body }));
  }

  #receiveMessage(bytes: Uint8Array, now: number): void {
    const message: FromServer | undefined = decode(fromServerCodec, bytes);
    if (message === undefined) return this.#refuseMessage();
    if (message.kind === "notice") return this.#owner.notice(message.body, now);
    if (message.id === this.#registerId) return this.#receiveRegistration(message.body, now);
    const pending = this.#pending.get(message.id);
    if (pending === undefined || this.#registersAnew(pending, message.body)) return;
    this.#pending.delete(message.id);
    this.#probe();
    pending.answer(message.body, now);
  }

  #receiveRegistration(reply: ReplyBody, now: number): void {
    this.#registerId = undefined;
    if (reply.kind === "registered") {
      this.#isRegistered = true;
      this.#owner.registered(reply, now);
      for (const pending of this.#pending.values()) this.#send(pending);
      this.#probe();
      return;
    }
    if (reply.kind !== "refused") return this.#refuseMessage();
    const isFinal = this.#askedAt !== undefined || reply.code === RefusalCode.nameTaken;
    if (!isFinal) {
      this.#registerAgainAt = now + REFUSED_PAUSE_MS;
      return;
    }
    this.#owner.refused(reply, now);
  }

  /** The server has put us out, or heard a goodbye whose answer was lost: once we are back, it is asked again, once. */
  #registersAnew(pending: Pending, reply: ReplyBody): boolean {
    if (reply.kind !== "refused" || reply.code !== RefusalCode.notRegistered || this.#session === undefined)
      return false;
    if (pending.wasTurnedAway || pending.body.kind === "deregister") return false;
    pending.wasTurnedAway = true;
    pending.sentOn = undefined;
    if (this.#registerId === undefined) this.#register(this.#session);
    return true;
  }

  #refuseMessage(): void {
    if (this.#session !== undefined) this.#endpoint.close(this.#session.id, CloseCode.malformed, "malformed message");
  }

  /** While anything is asked, silence must not be an accident: even probes. */
  #probe(): void {
    if (this.#session === undefined) return;
    const isAsking = this.#pending.size > 0 || this.#registerId !== undefined || this.#askedAt !== undefined;
    this.#endpoint.probeEvenly(this.#session.id, isAsking ? REQUEST_TIMEOUT_MS / PROBES_PER_VERDICT : undefined);
  }
}
