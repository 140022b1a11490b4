// What other people's clients say, whom we let in, and what we say back. Pure. PROTOCOL §9.1, §9.4.

import { decode, encode } from "#bytes";
import { type PeerMessage, peerMessageCodec, type TextMessage } from "#envelope";
import { CloseCode, type Endpoint, Lane, type Remote, type TransportEvent } from "#transport";
import { type LocalSessionId } from "#wire";

import { type ClientTable } from "./client-table.ts";
import { type Clock } from "./clock.ts";
import { type Credentials } from "./credentials.ts";
import { type Inbox } from "./inbox.ts";
import { type Membership } from "./membership.ts";
import { type Outbox } from "./outbox.ts";
import { type Peers } from "./peers.ts";
import { type Pins } from "./pins.ts";
import { type Trust } from "./trust.ts";

/** Bytes in a session beyond which receipts are dropped: who sends again what has none gets it again. */
const MOST_QUEUED_BYTES = 1024 * 1024;

type Opened = Extract<TransportEvent, { readonly kind: "sessionOpened" }>;

export interface PeerTalkParts {
  readonly clock: Clock;
  readonly credentials: Credentials;
  readonly endpoint: Endpoint;
  readonly inbox: Inbox;
  readonly membership: Membership;
  readonly outbox: Outbox;
  readonly peers: Peers;
  readonly pins: Pins;
  readonly table: ClientTable;
  readonly trust: Trust;
}

/** Times in monotonic ms. */
export class PeerTalk {
  readonly #parts: PeerTalkParts;

  constructor(parts: PeerTalkParts) {
    this.#parts = parts;
  }

  /** Whether a peer may open a session. */
  accepts(remote: Remote): boolean {
    const { clock, credentials, membership, peers } = this.#parts;
    if (!membership.isHere) return false;
    const hello = credentials.peer(remote, clock.wallMs(clock.now));
    if (hello === undefined) return false;
    // Whoever answers a call must be the person who was called, not only have the key that a table says.
    return remote.opener === "them" || peers.isCalled(hello.device.personKey, remote.key);
  }

  /** Takes whatever is no news of the link to the server. */
  receive(event: TransportEvent, now: number): void {
    if (event.kind === "sessionOpened") return this.#opened(event, now);
    if (event.kind === "messageReceived") return this.#said(event.session, event.bytes, now);
    const { outbox, peers } = this.#parts;
    const outcome = peers.receive(event, now);
    if (outcome.kind === "unanswered") outbox.unanswered(outcome.personKey, now);
    if (outcome.kind === "opened" || outcome.kind === "closed") outbox.transmit(outcome.personKey, now);
  }

  /** Receipts and wishes to a person; without a session, or with a full one, they are dropped, as whoever has no receipt
   * sends again on its next session. */
  answer(personKey: Uint8Array, message: PeerMessage): void {
    const { endpoint, peers } = this.#parts;
    const session = peers.sessionWith(personKey);
    if (session === undefined || (endpoint.view(session)?.queuedBytes ?? 0) > MOST_QUEUED_BYTES) return;
    endpoint.send(session, Lane.receipts, encode(peerMessageCodec, message));
  }

  #opened(event: Opened, now: number): void {
    const { clock, credentials, endpoint, membership, outbox, peers } = this.#parts;
    const wallMs = clock.wallMs(now);
    const hello = credentials.peer({ application: event.application, key: event.remoteKey }, wallMs);
    if (hello === undefined || !membership.isHere) return endpoint.abandon(event.session);
    const outcome = peers.opened(event, hello, credentials.nameOf(hello, wallMs), now);
    if (outcome.kind === "opened") outbox.transmit(outcome.personKey, now);
  }

  #said(session: LocalSessionId, bytes: Uint8Array, now: number): void {
    const { endpoint, outbox, peers } = this.#parts;
    const peer = peers.personOf(session);
    if (peer === undefined) return;
    const message = decode(peerMessageCodec, bytes);
    if (message === undefined) return endpoint.close(session, CloseCode.malformed, "malformed message");
    switch (message.kind) {
      case "text":
        return this.#saidText(session, message, now);
      case "receipts":
        return outbox.received(peer.personKey, message.messageIds, now);
      case "resend":
        return outbox.resend(peer.personKey, message.epoch, message.from, now);
      default:
        message satisfies never;
    }
  }

  #saidText(session: LocalSessionId, message: TextMessage, now: number): void {
    const { clock, credentials, inbox, peers, pins, table, trust } = this.#parts;
    const peer = peers.personOf(session);
    const name = peer === undefined ? undefined : (table.byPerson(peer.personKey)?.name ?? peer.name);
    // Nobody else has our name, whatever a table says, and without a name and a pin nobody is shown.
    if (peer === undefined || name === undefined || credentials.isOwnName(name)) return;
    const { personKey } = peer;
    if (!pins.meet(name, personKey)) return;
    peers.talk(session, now);
    const from = { key: personKey, name, isHeld: trust.mustHold(name, personKey) };
    inbox.receive(from, message, { kind: "direct" }, clock.wallMs(now), now);
  }
}
