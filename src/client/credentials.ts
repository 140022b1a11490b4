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
import { type Sealer } from "#envelope";
import { Purpose, type Remote } from "#transport";
import { type Address } from "#wire";

import { type ClientTable } from "./client-table.ts";
import { type ClientEvent } from "./events.ts";
import { type Journal } from "./journal.ts";
import { type Pins } from "./pins.ts";
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
  #device: DeviceCertificate;
  readonly #table: ClientTable;
  readonly #journal: Journal;
  /** The server of this run, from its first accepted answer on. */
  #serverKey: Uint8Array | undefined;
  #registration: Registration | undefined;

  /** `mailKey` is the public half of the key that mail to us is sealed to. */
  constructor(options: CredentialsOptions, mailKey: Uint8Array, table: ClientTable, journal: Journal, wallMs: number) {
    const { personSeed, deviceSecret } = options.profile.identity;
    this.#options = options;
    this.#table = table;
    this.#journal = journal;
    this.#person = signingKey(personSeed);
    this.staticKey = x25519KeyPair(deviceSecret);
    this.#device = this.#certify(mailKey, wallMs);
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

  /** Who seals what we send by mail. */
  get sealer(): Sealer {
    return { staticKey: this.staticKey, hello: { device: this.#device, registration: this.#registration } };
  }

  /** Mail is sealed to another key from now on. */
  certify(mailKey: Uint8Array, wallMs: number): void {
    this.#device = this.#certify(mailKey, wallMs);
  }

  /** The server's word for our name, shown to peers from now on. */
  registered(registration: Registration): void {
    this.#registration = registration;
  }

  /** The request that registers us on the session with that handshake hash; `group` is the one that we are in. */
  registerRequest(handshakeHash: Uint8Array, table: TableMark | undefined, group: string | undefined): RequestBody {
    const { name, claimed } = this.#options;
    const proof = this.#person.sign(registrationProof(handshakeHash, name));
    return { kind: "register", name, device: this.#device, claimed, table, group, proof };
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

  /** The name of whoever sealed a letter when it arrived at the server: as of a peer; or, where the name has gone to
   * somebody else since, the one that we know the person by. */
  authorOf(sender: ClientHello, pins: Pick<Pins, "keyOf">, arrivedMs: number): string | undefined {
    const { device, registration } = sender;
    const name = this.nameOf(sender, arrivedMs);
    if (name !== undefined || registration === undefined || this.isOwnName(registration.name)) return name;
    const known = pins.keyOf(registration.name);
    if (known === undefined || !equalBytes(known, device.personKey)) return undefined;
    return this.#isVouched(device.personKey, registration, arrivedMs) ? registration.name : undefined;
  }

  #vouchedName(personKey: Uint8Array, word: Registration | undefined, wallMs: number): string | undefined {
    if (word === undefined || !this.#isVouched(personKey, word, wallMs)) return undefined;
    // The table is newer than anybody's certificate: a name that it gives to somebody else is nobody else's.
    return this.#table.byName(word.name) === undefined ? word.name : undefined;
  }

  #isVouched(personKey: Uint8Array, word: Registration, wallMs: number): boolean {
    if (this.#serverKey === undefined || !equalBytes(word.personKey, personKey)) return false;
    return usableName(word.name)?.shown === word.name && isValidRegistration(word, this.#serverKey, wallMs);
  }

  #certify(mailKey: Uint8Array, issuedMs: number): DeviceCertificate {
    const { deviceId } = this.#options.profile.identity;
    return certifyDevice(this.#person, { deviceId, staticKey: this.staticKey.publicKey, mailKey, issuedMs });
  }

  get #pinnedServerKey(): Uint8Array | undefined {
    const { profile, serverName } = this.#options;
    return profile.serverPins.find(({ address }) => address === serverName)?.identityKey;
  }
}
