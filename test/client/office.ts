// A server that keeps mail, for tests of clients: simple enough to be read, and it can be told to misbehave.

import { toHex } from "#bytes";
import {
  Box,
  certifyDevice,
  type DeviceCertificate,
  type MailItem,
  type ReplyBody,
  type RequestBody,
  type TableRow,
} from "#chat";
import { type KeyPair, signingKey, x25519KeyPair } from "#crypto";
import type { Network, Random } from "#sim";

import { Liar, type Person, rowOf, WALL_MS } from "./stage.ts";

type Kept = MailItem & { readonly toKey: string };
type Request<Kind extends RequestBody["kind"]> = Extract<RequestBody, { readonly kind: Kind }>;

export class Office {
  readonly server: Liar;
  /** Everything kept, in the order of numbers. */
  kept: Kept[] = [];
  /** Items of one page. */
  pageItems = 64;
  /** What is answered instead, where it gives something. */
  instead: (body: RequestBody) => ReplyBody | "nothing" | undefined = () => undefined;
  readonly collects: Request<"collect">[] = [];
  readonly #network: Network;
  readonly #people: readonly Person[];
  /** Names of those who do not answer the server. */
  readonly #away = new Set<string>();
  #lastNumber = 0;

  constructor(network: Network, random: Random, people: readonly Person[]) {
    this.#network = network;
    this.#people = people;
    this.server = new Liar(network, random);
    this.server.hasMailbox = true;
    this.server.answer = (body, session) => {
      const instead = this.instead(body);
      return instead === "nothing" ? undefined : (instead ?? this.#answer(body, session));
    };
    for (const { name } of people) this.#away.add(name);
    this.server.rows = this.rows();
  }

  get letters(): number {
    return this.kept.filter(({ kind }) => kind === "letter").length;
  }

  rows(changes: Partial<TableRow> = {}): readonly TableRow[] {
    return this.#people.map((person, i) =>
      rowOf(person, i + 1, { isOnline: !this.#away.has(person.name), ...changes }),
    );
  }

  /** Finds out that somebody is away, and tells nobody yet. */
  lose(name: string): void {
    this.#away.add(name);
    this.server.rows = this.rows();
  }

  /** Notes who is here, and tells everybody. */
  setHere(name: string, isHere: boolean): void {
    if (isHere) this.#away.delete(name);
    else this.#away.add(name);
    this.server.tell(this.rows());
  }

  /** Somebody whom the server has never seen. */
  stranger(random: Random): {
    readonly personKey: Uint8Array;
    readonly staticKey: KeyPair;
    readonly device: DeviceCertificate;
  } {
    const person = signingKey(random.dice(32));
    const staticKey = x25519KeyPair(random.dice(32));
    const { publicKey } = staticKey;
    const device = certifyDevice(person, {
      deviceId: new Uint8Array(16),
      staticKey: publicKey,
      mailKey: publicKey,
      issuedMs: 1,
    });
    return { personKey: person.publicKey, staticKey, device };
  }

  /** Keeps something, and tells whom it is for. */
  keep(
    toKey: Uint8Array,
    item: { readonly fromKey: Uint8Array; readonly envelope: Uint8Array },
    box: number,
    arrivedMs = Math.floor(WALL_MS + this.#network.now),
  ): boolean {
    const isLive = this.#isHere(toKey);
    const fields = { ...item, number: ++this.#lastNumber, toKey: toHex(toKey) };
    this.kept.push(
      box === Box.letters ? { kind: "letter", ...fields, isLive, arrivedMs } : { kind: "receipt", ...fields },
    );
    const session = this.#sessionOf(toKey);
    if (isLive && session !== undefined) this.server.notify({ kind: "mailWaiting", box }, session);
    return isLive;
  }

  #isHere(key: Uint8Array): boolean {
    const person = this.#people.find(({ personKey }) => toHex(personKey) === toHex(key));
    return person !== undefined && !this.#away.has(person.name);
  }

  #sessionOf(key: Uint8Array): number | undefined {
    const all = [...this.server.registered].filter(([, { device }]) => toHex(device.personKey) === toHex(key));
    return all.at(-1)?.[0];
  }

  #answer(body: RequestBody, session: number): ReplyBody | undefined {
    const asker = this.server.registered.get(session)?.device.personKey ?? new Uint8Array(32);
    switch (body.kind) {
      case "certificate": {
        const theirs = this.#sessionOf(body.personKey);
        return { kind: "certificate", device: this.server.registered.get(theirs ?? -1)?.device };
      }
      case "save":
        return {
          kind: this.keep(body.toKey, { fromKey: asker, envelope: body.envelope }, Box.letters) ? "exists" : "saved",
        };
      case "fetch":
        return this.#page(toHex(asker), body);
      case "collect":
        this.#collect(toHex(asker), asker, body);
        return undefined;
      default:
        return { kind: "done" };
    }
  }

  #page(key: string, { box, after }: Request<"fetch">): ReplyBody {
    const kinds = box === Box.letters ? ["letter", "post"] : ["receipt"];
    const all = this.kept.filter(({ kind, toKey, number }) => toKey === key && number > after && kinds.includes(kind));
    const items = all.slice(0, this.pageItems);
    return { kind: "mail", items, isLast: items.length === all.length };
  }

  #collect(key: string, fromKey: Uint8Array, body: Request<"collect">): void {
    this.collects.push(body);
    this.kept = this.kept.filter(({ toKey, number }) => toKey !== key || !body.numbers.includes(number));
    for (const { toKey, envelope } of body.receipts) this.keep(toKey, { fromKey, envelope }, Box.receipts);
  }
}
