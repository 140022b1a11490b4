// Sessions with other people's clients: one in use a person, called when there is something to say. Pure. PROTOCOL §9.4.

import { equalBytes, toHex } from "#bytes";
import { type ClientHello, type NoticeBody, TOKEN_BYTES } from "#chat";
import { type Dice } from "#crypto";
import { CloseCode, type Endpoint, Purpose, type TransportEvent } from "#transport";
import { type Address, type LocalSessionId } from "#wire";

/** A call goes on for so long: longer than any verdict. */
const CALL_MS = 4000;
/** A call that the other side asked for through the server: three padded datagrams, under 4 KB. */
const INVITED_CALL_MS = 200;
/** After so long without an answer the server is asked to introduce. */
const INTRODUCE_AFTER_MS = 150;
/** A conversation keeps its path open for so long after its last message. */
const CONVERSATION_MS = 10 * 60_000;
/** NAT mappings live 30 s before the first answer. */
const KEEP_ALIVE_MS = 15_000;
const PROBE_EVERY_MS = 100;
const MOST_PROBES = 3;
const TOKEN_MS = 10_000;
/** People whose sessions are remembered; sessions are bounded by the endpoint. */
const MOST_PROBED = 256;

/** Where somebody can be reached, and who must answer there. */
export interface Whereabouts {
  readonly personKey: Uint8Array;
  readonly staticKey: Uint8Array;
  readonly address: Address;
}

interface PeerCall {
  readonly id: LocalSessionId;
  readonly startedAt: number;
  hasAskedServer: boolean;
}

interface Peer {
  readonly personKey: Uint8Array;
  /** Open sessions with the instance behind each, the one in use last. */
  readonly sessions: Map<LocalSessionId, Uint8Array>;
  call: PeerCall | undefined;
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

export class Peers {
  readonly #endpoint: Endpoint;
  readonly #dice: Dice;
  readonly #introduce: (personKey: Uint8Array, token: Uint8Array, now: number) => void;
  readonly #peers = new Map<string, Peer>();
  readonly #bySession = new Map<LocalSessionId, Peer>();
  readonly #byCall = new Map<LocalSessionId, Peer>();
  readonly #probings = new Map<string, Probing>();

  constructor(endpoint: Endpoint, dice: Dice, introduce: (personKey: Uint8Array, token: Uint8Array, now: number) => void) {
    this.#endpoint = endpoint;
    this.#dice = dice;
    this.#introduce = introduce;
  }

  get deadline(): number {
    let deadline = Number.POSITIVE_INFINITY;
    for (const peer of this.#byCall.values()) {
      if (peer.call?.hasAskedServer === false) deadline = Math.min(deadline, peer.call.startedAt + INTRODUCE_AFTER_MS);
    }
    for (const peer of this.#bySession.values()) deadline = Math.min(deadline, peer.quietAt);
    for (const probing of this.#probings.values()) deadline = Math.min(deadline, probing.nextAt);
    return deadline;
  }

  /** The session in use with a person. */
  sessionWith(personKey: Uint8Array): LocalSessionId | undefined {
    return [...(this.#peers.get(toHex(personKey))?.sessions.keys() ?? [])].at(-1);
  }

  /** Whose session that is. */
  personOf(session: LocalSessionId): Uint8Array | undefined {
    return this.#bySession.get(session)?.personKey;
  }

  /** Calls somebody, unless that is being done. */
  call(whereabouts: Whereabouts, now: number, forMs: number = CALL_MS): void {
    const peer = this.#peer(whereabouts.personKey);
    if (peer.call !== undefined) return;
    const replaces = this.sessionWith(peer.personKey);
    const { address, staticKey } = whereabouts;
    const id = this.#endpoint.connect({ to: address, purpose: Purpose.peer, expectedKey: staticKey, forMs, replaces }, now);
    peer.call = { id, startedAt: now, hasAskedServer: forMs !== CALL_MS };
    this.#byCall.set(id, peer);
  }

  /** Something was said in the conversation: its path is kept open from now on for a while. */
  talk(session: LocalSessionId, now: number): void {
    const peer = this.#bySession.get(session);
    if (peer === undefined) return;
    if (peer.quietAt === Number.POSITIVE_INFINITY || peer.quietAt < now) this.#endpoint.keepAlive(session, KEEP_ALIVE_MS);
    peer.quietAt = now + CONVERSATION_MS;
  }

  /** Gives up the path to a person: what was under way on it is dropped with it. */
  abandon(personKey: Uint8Array): void {
    const peer = this.#peers.get(toHex(personKey));
    if (peer === undefined) return;
    for (const id of peer.sessions.keys()) this.#drop(peer, id, () => this.#endpoint.abandon(id));
    if (peer.call !== undefined) this.#endpoint.abandon(peer.call.id);
    this.#endCall(peer);
    this.#forgetIfIdle(peer);
  }

  /** Says goodbye to everybody. */
  closeAll(): void {
    for (const id of this.#bySession.keys()) this.#endpoint.close(id, CloseCode.goodbye, "");
    for (const id of this.#byCall.keys()) this.#endpoint.abandon(id);
    this.#peers.clear();
    this.#bySession.clear();
    this.#byCall.clear();
    this.#probings.clear();
  }

  /** A session with somebody whose device was proven. */
  opened(event: Opened, hello: ClientHello, now: number): PeerOutcome {
    const peer = this.#peer(hello.device.personKey);
    for (const [id, instance] of peer.sessions) {
      // The person's client was started anew: the session with the one before it leads nowhere.
      if (!equalBytes(instance, event.instance)) this.#drop(peer, id, () => this.#endpoint.abandon(id));
    }
    peer.sessions.set(event.session, event.instance.slice());
    this.#bySession.set(event.session, peer);
    if (peer.call?.id === event.session) this.#endCall(peer);
    this.talk(event.session, now);
    this.#endpoint.keepAlive(event.session, KEEP_ALIVE_MS);
    return { kind: "opened", personKey: peer.personKey };
  }

  receive(event: TransportEvent, now: number): PeerOutcome {
    switch (event.kind) {
      case "connectFailed": {
        const peer = this.#byCall.get(event.session);
        if (peer === undefined) return none;
        this.#endCall(peer);
        this.#forgetIfIdle(peer);
        return { kind: "closed", personKey: peer.personKey };
      }
      case "sessionUnanswered": {
        const personKey = this.personOf(event.session);
        return personKey === undefined ? none : { kind: "unanswered", personKey };
      }
      case "sessionEnded": {
        const peer = this.#bySession.get(event.session);
        if (peer === undefined) return none;
        this.#drop(peer, event.session, () => {});
        this.#forgetIfIdle(peer);
        // Superseded: what has no receipt moves over to the session that took its place.
        return { kind: peer.sessions.size > 0 ? "opened" : "closed", personKey: peer.personKey };
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
  introduced(introduction: Introduction, now: number): void {
    const { personKey, staticKey, token, observed, claimed } = introduction;
    if (this.sessionWith(personKey) !== undefined) return;
    this.#endpoint.expectProbe(token, now + TOKEN_MS);
    if (observed !== undefined) this.call({ personKey, staticKey, address: observed }, now, INVITED_CALL_MS);
    for (const [i, address] of claimed.entries()) {
      if (this.#probings.size >= MOST_PROBED) return;
      this.#probings.set(`${toHex(token)}${i}`, { whereabouts: { personKey, staticKey, address }, token, left: MOST_PROBES, nextAt: now });
    }
  }

  wake(now: number): void {
    for (const peer of this.#byCall.values()) {
      const { call } = peer;
      if (call === undefined || call.hasAskedServer || now < call.startedAt + INTRODUCE_AFTER_MS) continue;
      call.hasAskedServer = true;
      const token = this.#dice(TOKEN_BYTES);
      this.#endpoint.expectProbe(token, now + TOKEN_MS);
      this.#introduce(peer.personKey, token, now);
    }
    for (const [id, peer] of this.#bySession) {
      if (now < peer.quietAt) continue;
      this.#endpoint.keepAlive(id, Number.POSITIVE_INFINITY);
      peer.quietAt = Number.POSITIVE_INFINITY;
    }
    for (const [key, probing] of this.#probings) this.#probe(key, probing, now);
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
      if (this.sessionWith(whereabouts.personKey) === undefined) this.call({ ...whereabouts, address: from }, now);
    }
  }

  #peer(personKey: Uint8Array): Peer {
    const key = toHex(personKey);
    let peer = this.#peers.get(key);
    if (peer === undefined) {
      peer = { personKey: personKey.slice(), sessions: new Map(), call: undefined, quietAt: Number.POSITIVE_INFINITY };
      this.#peers.set(key, peer);
    }
    return peer;
  }

  #drop(peer: Peer, id: LocalSessionId, end: () => void): void {
    peer.sessions.delete(id);
    this.#bySession.delete(id);
    end();
  }

  #endCall(peer: Peer): void {
    if (peer.call !== undefined) this.#byCall.delete(peer.call.id);
    peer.call = undefined;
  }

  #forgetIfIdle(peer: Peer): void {
    if (peer.sessions.size === 0 && peer.call === undefined) this.#peers.delete(toHex(peer.personKey));
  }
}
