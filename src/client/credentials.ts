// Who we say we are, and whom we let in: our certificates, the server's identity, and who a peer proves to be. Pure.
// PROTOCOL §8.1, §9.3–9.5.

import { encode, equalBytes } from "#bytes";
import {
  certifyDevice,
  type ClientHello,
  clientHelloCodec,
  type DeviceCertificate,
  fingerprint,
  isValidRegistration,
  nameKey,
  provenClient,
  provenServer,
  type Registration,
  registrationProof,
  type RequestBody,
  type TableMark,
  usableName,
} from "#chat";
import { type KeyPair, type SigningKey, signingKey, x25519KeyPair } from "#crypto";
import { Purpose, type Remote } from "#transport";
import { type Address } from "#wire";

import { type ClientTable } from "./client-table.ts";
import { type ClientEvent } from "./events.ts";
import { type Journal } from "./journal.ts";
import { type ProfileState } from "./profile.ts";

export interface CredentialsOptions {
  readonly name: string;
  /** The server as its user typed it; what its identity is pinned to. */
  readonly serverName: string;
  readonly profile: Pick<ProfileState, "identity" | "serverPins">;
  readonly acceptsNewServer: boolean;
  readonly fingerprint?: string | undefined;
  readonly claimed: readonly Address[];
}

/** `wallMs` is the wall clock throughout. */
export class Credentials {
  readonly staticKey: KeyPair;
  readonly #options: CredentialsOptions;
  readonly #person: SigningKey;
  readonly #device: DeviceCertificate;
  readonly #table: ClientTable;
  readonly #journal: Journal;
  /** The server of this run, from its first accepted answer on. */
  #serverKey: Uint8Array | undefined;
  #registration: Registration | undefined;

  constructor(options: CredentialsOptions, table: ClientTable, journal: Journal, wallMs: number) {
    const { personSeed, deviceSecret, mailSecret, deviceId } = options.profile.identity;
    this.#options = options;
    this.#table = table;
    this.#journal = journal;
    this.#person = signingKey(personSeed);
    this.staticKey = x25519KeyPair(deviceSecret);
    const { publicKey: staticKey } = this.staticKey;
    const { publicKey: mailKey } = x25519KeyPair(mailSecret);
    this.#device = certifyDevice(this.#person, { deviceId, staticKey, mailKey, issuedMs: wallMs });
  }

  get personKey(): Uint8Array {
    return this.#person.publicKey;
  }

  isSelf(personKey: Uint8Array): boolean {
    return equalBytes(personKey, this.personKey);
  }

  /** Whether a name is ours, however it is written. */
  isOwnName(name: string): boolean {
    return nameKey(name) === nameKey(this.#options.name);
  }

  /** The server's word for our name, shown to peers from now on. */
  registered(registration: Registration): void {
    this.#registration = registration;
  }

  /** The request that registers us on the session with that handshake hash. */
  registerRequest(handshakeHash: Uint8Array, table: TableMark | undefined): RequestBody {
    const { name, claimed } = this.#options;
    const proof = this.#person.sign(registrationProof(handshakeHash, name));
    return { kind: "register", name, device: this.#device, claimed, table, proof };
  }

  /** What we say in handshakes. */
  hello(purpose: Purpose): Uint8Array {
    const registration = purpose === Purpose.peer ? this.#registration : undefined;
    return encode(clientHelloCodec, { device: this.#device, registration });
  }

  /** Whether the server's identity is the one that was asked for, or pinned, or the first ever met: which is pinned. */
  acceptsServer({ application, key }: Pick<Remote, "application" | "key">): boolean {
    const shown = provenServer(application, key);
    if (shown === undefined) return false;
    const wanted = this.#options.fingerprint;
    if (wanted !== undefined && fingerprint(shown.identityKey) !== wanted) return false;
    const pinned = this.#serverKey ?? (this.#options.acceptsNewServer ? undefined : this.#pinnedServerKey);
    if (pinned !== undefined && !equalBytes(pinned, shown.identityKey)) return false;
    if (this.#serverKey !== undefined) return true;
    this.#serverKey = shown.identityKey.slice();
    const pin = {
      address: this.#options.serverName,
      identityKey: this.#serverKey,
      staticKey: shown.staticKey.slice(),
    };
    this.#journal.write({ kind: "pinServer", pin });
    return true;
  }

  /** What to tell of a server that was not accepted; undefined for an answer that proves nothing. */
  unexpectedServer(application: Uint8Array, key: Uint8Array): ClientEvent | undefined {
    const shown = provenServer(application, key);
    if (shown === undefined) return undefined;
    const known = this.#serverKey ?? this.#pinnedServerKey;
    const pinned = this.#options.fingerprint ?? (known === undefined ? "" : fingerprint(known));
    return { kind: "serverChanged", pinned, shown: fingerprint(shown.identityKey) };
  }

  /** Who a peer proves to be; undefined for nobody whom the table or our server's word knows, and for ourselves. */
  peer({ application, key }: Pick<Remote, "application" | "key">, wallMs: number): ClientHello | undefined {
    const hello = provenClient(application, key);
    if (hello === undefined || this.isSelf(hello.device.personKey)) return undefined;
    return this.nameOf(hello, wallMs) === undefined ? undefined : hello;
  }

  /** The name of a proven peer: the one in the table, or else the one that our server vouches for. */
  nameOf({ device: { personKey }, registration }: ClientHello, wallMs: number): string | undefined {
    const name = this.#table.byPerson(personKey)?.name ?? this.#vouchedName(personKey, registration, wallMs);
    return name === undefined || this.isOwnName(name) ? undefined : name;
  }

  #vouchedName(personKey: Uint8Array, word: Registration | undefined, wallMs: number): string | undefined {
    if (word === undefined || this.#serverKey === undefined || !equalBytes(word.personKey, personKey)) return undefined;
    if (usableName(word.name)?.shown !== word.name || !isValidRegistration(word, this.#serverKey, wallMs))
      return undefined;
    // The table is newer than anybody's certificate: a name that it gives to somebody else is nobody else's.
    return this.#table.byName(word.name) === undefined ? word.name : undefined;
  }

  get #pinnedServerKey(): Uint8Array | undefined {
    const { profile, serverName } = this.#options;
    return profile.serverPins.find(({ address }) => address === serverName)?.identityKey;
  }
}
