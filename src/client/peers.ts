// Sessions with other people's clients: one in use a person, called when there is something to say. Pure. PROTOCOL §9.4.

import { equalBytes, toHex } from "#bytes";
import { type ClientHello, type NoticeBody, TOKEN_BYTES } from "#chat";
import { type Dice } from "#crypto";
import { CloseCode, type Endpoint, Purpose, type TransportEvent } from "#transport";
import { type Address, addressKey, type LocalSessionId, scopeOf } from "#wire";

/** A call goes on for so long: longer than any verdict. */
const CALL_MS = 4000;
/** A call that the other side asked for through the server: three padded datagrams, under 4 KB. */
const INVITED_CALL_MS = 200;
/** An address gets one such call in so long, whoever names it how often … */
const INVITED_PAUSE_MS = 10_000;
/** … and so many addresses do. */
const MOST_INVITED = 64;
/** Calls to one person at once: where the table says, where the server sees it, and its own claims. */
const MOST_CALLS = 6;
/** After so long without an answer the server is asked to introduce. */
const INTRODUCE_AFTER_MS = 150;
/** Whoever was heard within so long needs no introduction. */
const RECENT_MS = 1000;
/** A conversation keeps its path open for so long after its last message. */
const CONVERSATION_MS = 10 * 60_000;
/** NAT mappings live 30 s before the first answer. */
const KEEP_ALIVE_MS = 15_000;
const PROBE_EVERY_MS = 100;
const MOST_PROBES = 3;
const TOKEN_MS = 10_000;
/** Claimed addresses that are probed at once. */
const MOST_PROBED = 256;

/** Where somebody can be reached, and who must answer there. */
export interface Whereabouts {
  readonly personKey: Uint8Array;
  readonly staticKey: Uint8Array;
  readonly address: Address;
}

interface PeerCall {
  readonly id: LocalSessionId;
  readonly peer: Peer;
  readonly whereabouts: Whereabouts;
  readonly startedAt: number;
}

interface Peer {
  readonly personKey: Uint8Array;
  /** Open sessions with the instance behind each, the one in use last. */
  readonly sessions: Map<LocalSessionId, Uint8Array>;
  inUse: LocalSessionId | undefined;
  readonly calls: Map<LocalSessionId, PeerCall>;
  /** The name that its server vouched for, where the table has none. */
  name: string | undefined;
  quietAt: number;
}

interface Probing {
  readonly whereabouts: Whereabouts;
  readonly token: Uint8Array;
  left: number;
  nextAt: number;
}

type Opened = Extract<TransportEvent, { readonly kind: "sessionOpened" }>;
type Introduction = Extract<NoticeBody, { readonly kind: "introduction" }>;

/** What a transport event meant for peers. */
export type PeerOutcome =
  | { readonly kind: "none" }
  /** A session is in use now: what has no receipt goes over it. */
  | { readonly kind: "opened" | "closed" | "unanswered"; readonly personKey: Uint8Array };

const none: PeerOutcome = { kind: "none" };

type PeersEndpoint = Pick<
  Endpoint,
  "connect" | "abandon" | "close" | "view" | "keepAlive" | "ping" | "expectProbe" | "sendProbe"
>;

export interface PeersOptions {
  readonly endpoint: PeersEndpoint;
  readonly dice: Dice;
  /** Whether the server is on this host, and loopback addresses it tells mean something. */
  readonly isOnLoopback: boolean;
  readonly introduce: (personKey: Uint8Array, token: Uint8Array, now: number) => void;
}

/** Times in monotonic ms. A person is remembered while there is a session or a call: those are bounded. */
export class Peers {
  readonly #options: PeersOptions;
  readonly #endpoint: PeersEndpoint;
  readonly #peers = new Map<string, Peer>();
  readonly #bySession = new Map<LocalSessionId, Peer>();
  readonly #calls = new Map<LocalSessionId, PeerCall>();
  /** Calls about which the server was not asked, the oldest first. */
  readonly #unasked = new Set<PeerCall>();
  /** Addresses called on introductions, and when, the oldest first. */
  readonly #invited = new Map<string, number>();
  readonly #probings = new Map<string, Probing>();
  /** Sessions that the transport found silent. */
  readonly #silent = new Set<LocalSessionId>();
  /** No conversation goes quiet before. */
  #quietAt = Number.POSITIVE_INFINITY;

  constructor(options: PeersOptions) {
    this.#options = options;
    this.#endpoint = options.endpoint;
  }

  get deadline(): number {
    const [unasked] = this.#unasked;
    const askAt = unasked === undefined ? Number.POSITIVE_INFINITY : unasked.startedAt + INTRODUCE_AFTER_MS;
    let deadline = Math.min(askAt, this.#quietAt);
    for (const probing of this.#probings.values()) deadline = Math.min(deadline, probing.nextAt);
    return deadline;
  }

  /** Sizes that must stay bounded, for checkers. */
  get sizes(): { readonly peers: number; readonly calls: number; readonly probings: number; readonly invited: number } {
    const { size: invited } = this.#invited;
    return { peers: this.#peers.size, calls: this.#calls.size, probings: this.#probings.size, invited };
  }

  /** The session in use with a person. */
  sessionWith(personKey: Uint8Array): LocalSessionId | undefined {
    return this.#peers.get(toHex(personKey))?.inUse;
  }

  /** Whether nothing was answered on a session since the transport found it silent: it tells of each silence once only. */
  isSilent(session: LocalSessionId): boolean {
    return this.#silent.has(session);
  }

  /** Whose session that is, and the name that came with it. */
  personOf(session: LocalSessionId): { readonly personKey: Uint8Array; readonly name: string | undefined } | undefined {
    return this.#bySession.get(session);
  }

  /** Whether that person is being called and must answer with that key. */
  isCalled(personKey: Uint8Array, staticKey: Uint8Array): boolean {
    const calls = this.#peers.get(toHex(personKey))?.calls.values() ?? [];
    return [...calls].some(({ whereabouts }) => equalBytes(whereabouts.staticKey, staticKey));
  }

  /** The sessions in use, one a person. */
  get inUse(): readonly { readonly personKey: Uint8Array; readonly session: LocalSessionId }[] {
    return [...this.#peers.values()].flatMap(({ inUse, personKey }) =>
      inUse === undefined ? [] : [{ personKey, session: inUse }],
    );
  }

  /** Calls somebody, unless that is being done; the server is asked to introduce if it takes long. */
  call(whereabouts: Whereabouts, now: number): void {
    const call = this.#call(whereabouts, CALL_MS, now);
    if (call !== undefined) this.#unasked.add(call);
  }

  /** Something was said in the conversation: its path is kept open from now on for a while. */
  talk(session: LocalSessionId, now: number): void {
    const peer = this.#bySession.get(session);
    if (peer === undefined) return;
    if (peer.quietAt === Number.POSITIVE_INFINITY) this.#endpoint.keepAlive(session, KEEP_ALIVE_MS);
    peer.quietAt = now + CONVERSATION_MS;
    this.#quietAt = Math.min(this.#quietAt, peer.quietAt);
  }

  /** Gives up the sessions with a person: what was under way is dropped with them. Calls go on, or whoever is given up
   * again and again would never be reached again. */
  abandon(personKey: Uint8Array): void {
    const peer = this.#peers.get(toHex(personKey));
    if (peer === undefined) return;
    for (const id of peer.sessions.keys()) {
      this.#drop(peer, id);
      this.#endpoint.abandon(id);
    }
    this.#forgetIfIdle(peer);
  }

  /** Says goodbye to everybody. */
  closeAll(): void {
    for (const id of this.#bySession.keys()) this.#endpoint.close(id, CloseCode.goodbye, "");
    for (const id of this.#calls.keys()) this.#endpoint.abandon(id);
    for (const map of [this.#peers, this.#bySession, this.#silent, this.#calls, this.#unasked, this.#probings])
      map.clear();
    this.#quietAt = Number.POSITIVE_INFINITY;
  }

  /** The machine slept, or the network changed: asks those whom we talk with whether they are there. */
  resume(): void {
    for (const [id, { quietAt }] of this.#bySession) if (quietAt < Number.POSITIVE_INFINITY) this.#endpoint.ping(id);
  }

  /** A session with somebody whose device was proven. */
  opened(event: Opened, { device: { personKey } }: ClientHello, name: string | undefined, now: number): PeerOutcome {
    const peer = this.#peer(personKey);
    peer.name = name;
    for (const [id, instance] of peer.sessions) {
      // The person's client was started anew: the session with the one before it leads nowhere.
      if (equalBytes(instance, event.instance)) continue;
      this.#drop(peer, id);
      this.#endpoint.abandon(id);
    }
    peer.sessions.set(event.session, event.instance.slice());
    peer.inUse = event.session;
    this.#bySession.set(event.session, peer);
    this.#endCalls(peer, event.session);
    this.talk(event.session, now);
    this.#endpoint.keepAlive(event.session, KEEP_ALIVE_MS);
    return { kind: "opened", personKey: peer.personKey };
  }

  receive(event: TransportEvent, now: number): PeerOutcome {
    switch (event.kind) {
      case "connectFailed": {
        const call = this.#calls.get(event.session);
        if (call === undefined) return none;
        this.#endCall(call);
        this.#forgetIfIdle(call.peer);
        return { kind: "closed", personKey: call.peer.personKey };
      }
      case "sessionUnanswered": {
        const peer = this.#bySession.get(event.session);
        if (peer === undefined) return none;
        this.#silent.add(event.session);
        return { kind: "unanswered", personKey: peer.personKey };
      }
      case "sessionAnswered": {
        // It goes on as it was: another one would know nothing of the path.
        const peer = this.#bySession.get(event.session);
        if (this.#silent.delete(event.session) && peer?.inUse === event.session) this.#endCalls(peer);
        return none;
      }
      case "sessionEnded": {
        const peer = this.#bySession.get(event.session);
        if (peer === undefined) return none;
        this.#drop(peer, event.session);
        this.#forgetIfIdle(peer);
        // Superseded: what has no receipt moves over to the session that took its place.
        return { kind: peer.inUse === undefined ? "closed" : "opened", personKey: peer.personKey };
      }
      case "probeAnswered":
        this.#probeAnswered(event.token, event.from, now);
        return none;
      case "sessionOpened":
      case "messageReceived":
      case "sessionMoved":
      case "addressObserved":
        return none;
      default:
        return event satisfies never;
    }
  }

  /** The server says where somebody is who wants to talk with us, or we with them. */
  introduced({ personKey, staticKey, token, observed, claimed }: Introduction, now: number): void {
    if (this.#isNear(personKey, now)) return;
    this.#endpoint.expectProbe(token, now + TOKEN_MS);
    if (observed !== undefined && this.#mayInvite(observed, now)) {
      this.#call({ personKey, staticKey, address: observed }, INVITED_CALL_MS, now);
    }
    for (const [i, address] of claimed.entries()) {
      if (this.#probings.size >= MOST_PROBED) return;
      if (!this.#isPlace(address)) continue;
      const whereabouts = { personKey, staticKey, address };
      this.#probings.set(`${toHex(token)}${i}`, { whereabouts, token: token.slice(), left: MOST_PROBES, nextAt: now });
    }
  }

  wake(now: number): void {
    for (const call of this.#unasked) {
      if (now < call.startedAt + INTRODUCE_AFTER_MS) break;
      this.#unasked.delete(call);
      const token = this.#options.dice(TOKEN_BYTES);
      this.#endpoint.expectProbe(token, now + TOKEN_MS);
      this.#options.introduce(call.peer.personKey, token, now);
    }
    if (now >= this.#quietAt) this.#quieten(now);
    for (const [key, probing] of this.#probings) this.#probe(key, probing, now);
  }

  #quieten(now: number): void {
    this.#quietAt = Number.POSITIVE_INFINITY;
    for (const [id, peer] of this.#bySession) {
      if (now < peer.quietAt) {
        this.#quietAt = Math.min(this.#quietAt, peer.quietAt);
        continue;
      }
      this.#endpoint.keepAlive(id, Number.POSITIVE_INFINITY);
      peer.quietAt = Number.POSITIVE_INFINITY;
    }
  }

  #probe(key: string, probing: Probing, now: number): void {
    if (now < probing.nextAt) return;
    if (probing.left-- === 0) {
      this.#probings.delete(key);
      return;
    }
    probing.nextAt = now + PROBE_EVERY_MS;
    this.#endpoint.sendProbe(probing.whereabouts.address, probing.token);
  }

  #probeAnswered(token: Uint8Array, from: Address, now: number): void {
    for (const [key, { whereabouts, token: asked }] of this.#probings) {
      if (!equalBytes(asked, token)) continue;
      this.#probings.delete(key);
      if (!this.#isNear(whereabouts.personKey, now)) this.#call({ ...whereabouts, address: from }, CALL_MS, now);
    }
  }

  /** Whether there is a session that works, as far as one can know. */
  #isNear(personKey: Uint8Array, now: number): boolean {
    const session = this.sessionWith(personKey);
    const heardAt = session === undefined ? undefined : this.#endpoint.view(session)?.heardAt;
    return heardAt !== undefined && heardAt > now - RECENT_MS;
  }

  /** Whether an address that a server or a peer tells may be sent to at all. */
  #isPlace(address: Address): boolean {
    const scope = scopeOf(address);
    return scope !== "none" && (scope !== "loopback" || this.#options.isOnLoopback);
  }

  /** Padded datagrams leave on the server's word; a few to each address, whatever it says. */
  #mayInvite(address: Address, now: number): boolean {
    if (!this.#isPlace(address)) return false;
    for (const [oldest, at] of this.#invited) {
      if (now < at + INVITED_PAUSE_MS) break;
      this.#invited.delete(oldest);
    }
    const key = addressKey(address);
    if (this.#invited.has(key) || this.#invited.size >= MOST_INVITED) return false;
    this.#invited.set(key, now);
    return true;
  }

  #call(whereabouts: Whereabouts, forMs: number, now: number): PeerCall | undefined {
    const { address, staticKey, personKey } = whereabouts;
    const peer = this.#peer(personKey);
    const isBeingDone = [...peer.calls.values()].some(({ whereabouts: other }) => isSamePlace(other, whereabouts));
    if (isBeingDone || peer.calls.size >= MOST_CALLS) return undefined;
    const replaces = peer.inUse;
    const id = this.#endpoint.connect(
      { to: address, purpose: Purpose.peer, expectedKey: staticKey, forMs, replaces },
      now,
    );
    const call: PeerCall = { id, peer, whereabouts, startedAt: now };
    peer.calls.set(id, call);
    this.#calls.set(id, call);
    return call;
  }

  #peer(personKey: Uint8Array): Peer {
    const key = toHex(personKey);
    let peer = this.#peers.get(key);
    if (peer === undefined) {
      const quietAt = Number.POSITIVE_INFINITY;
      peer = {
        personKey: personKey.slice(),
        sessions: new Map(),
        inUse: undefined,
        calls: new Map(),
        name: undefined,
        quietAt,
      };
      this.#peers.set(key, peer);
    }
    return peer;
  }

  #drop(peer: Peer, id: LocalSessionId): void {
    peer.sessions.delete(id);
    this.#bySession.delete(id);
    this.#silent.delete(id);
    peer.inUse = [...peer.sessions.keys()].at(-1);
  }

  /** All calls to a person come to nothing, but the one that became a session. */
  #endCalls(peer: Peer, opened?: LocalSessionId): void {
    for (const call of peer.calls.values()) {
      if (call.id !== opened) this.#endpoint.abandon(call.id);
      this.#endCall(call);
    }
  }

  #endCall(call: PeerCall): void {
    call.peer.calls.delete(call.id);
    this.#calls.delete(call.id);
    this.#unasked.delete(call);
  }

  #forgetIfIdle(peer: Peer): void {
    if (peer.sessions.size === 0 && peer.calls.size === 0) this.#peers.delete(toHex(peer.personKey));
  }
}

function isSamePlace(a: Whereabouts, b: Whereabouts): boolean {
  return addressKey(a.address) === addressKey(b.address) && equalBytes(a.staticKey, b.staticKey);
}
