// One session as the server's application sees it: who opened it, and what it waits for. Pure. PROTOCOL §8.1.

import { decode, equalBytes, toHex } from "#bytes";
import { clientHelloCodec } from "#chat";
import { type TransportEvent } from "#transport";
import { type Address, type LocalSessionId } from "#wire";

import { type Person } from "./directory.ts";
import { type WaitingRequest } from "./request-desk.ts";

type Opened = Extract<TransportEvent, { readonly kind: "sessionOpened" }>;

/** A session from its opening to its end. The endpoint let it in, so its certificate is valid and its own. */
export class Visitor {
  readonly session: LocalSessionId;
  readonly personKey: Uint8Array;
  /** The person key as a key of maps. */
  readonly key: string;
  readonly staticKey: Uint8Array;
  readonly handshakeHash: Uint8Array;
  /** The client's id of the session, and the token that proves that we forgot it (PROTOCOL §3.8). */
  readonly remoteId: Uint8Array;
  readonly resetToken: Uint8Array;
  /** One person's process on one device, as a key of maps: a session hands over only to one that shows the same person. */
  readonly endpoint: string;
  /** Requests that wait for their turn, first come first. */
  readonly waiting: WaitingRequest[] = [];
  waitingBytes = 0;
  address: Address;
  claimed: readonly Address[] = [];
  /** Whom the session speaks for: from registration on. */
  person: Person | undefined;
  /** A registration is being decided; later requests wait for it. */
  isRegistering = false;
  /** Another request is under way that later ones wait for. */
  isBusy = false;
  isGone = false;

  constructor(opened: Opened, personKey: Uint8Array) {
    this.session = opened.session;
    this.personKey = personKey.slice();
    this.key = toHex(personKey);
    this.staticKey = opened.remoteKey;
    this.handshakeHash = opened.handshakeHash;
    this.remoteId = opened.remoteId;
    this.resetToken = opened.resetToken;
    this.endpoint = `${this.key} ${toHex(opened.remoteKey)} ${toHex(opened.instance)}`;
    this.address = opened.address;
  }

  /** Whether a key is that of the device on this session. */
  isStaticKey(key: Uint8Array): boolean {
    return equalBytes(this.staticKey, key);
  }
}

/** The visitor of a session that the endpoint has let in; undefined where its hello cannot be read. */
export function visitorOf(opened: Opened): Visitor | undefined {
  const hello = decode(clientHelloCodec, opened.application);
  return hello === undefined ? undefined : new Visitor(opened, hello.device.personKey);
}
