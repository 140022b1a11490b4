// What the server is asked to keep for people who do not answer: sealed to each recipient's mail key, in the order of the
// sends to each, and asked for again until there is an answer. Pure. PROTOCOL §8.7, §9.9.

import { toHex } from "#bytes";
import { RefusalCode, type ReplyBody, type RequestBody } from "#chat";
import { type Dice } from "#crypto";
import { sealEnvelope, type Sealer, type TextMessage } from "#envelope";

import { type Certificate, Certificates } from "./certificates.ts";

/** Letters that the server was asked to keep and has not answered. */
export const MOST_UNANSWERED = 32;

/** What became of a letter; `reason` says why it was refused. */
export interface LetterEnd {
  readonly end: "saved" | "exists" | "refused" | "notDelivered";
  readonly reason: string | undefined;
}

/** A message to be kept. */
export interface Letter {
  readonly toKey: Uint8Array;
  readonly messageId: Uint8Array;
  /** What goes into the envelope, at the moment when it is sealed; undefined where that is not wanted any more. */
  text(): TextMessage | undefined;
  /** Told once, unless `stop` comes before. */
  ended(end: LetterEnd, now: number): void;
}

export interface MailerOwner {
  request(body: RequestBody, now: number, answer: (reply: ReplyBody, now: number) => void): void;
  sealer(): Sealer;
}

interface Recipient {
  readonly toKey: Uint8Array;
  /** What was not asked for, in the order of the sends. */
  letters: Letter[];
}

/** Times in monotonic ms. What waits here waits in the outbox, too. */
export class Mailer {
  readonly #owner: MailerOwner;
  readonly #dice: Dice;
  readonly #certificates = new Certificates();
  /** Those for whom letters wait. */
  readonly #recipients = new Map<string, Recipient>();
  /** What was asked for and is not answered, in the order asked: recipients by person, letters by message id. */
  #asked = new Set<string>();
  #unanswered = new Map<string, Letter>();
  /** The server is lost: until it has registered us, or something else is wanted, nothing is asked. */
  #isPaused = false;

  constructor(owner: MailerOwner, dice: Dice) {
    this.#owner = owner;
    this.#dice = dice;
  }

  /** Asks the server to keep a letter, behind those to the same person before it. */
  save(letter: Letter, now: number): void {
    this.#recipient(letter.toKey).letters.push(letter);
    this.resume(now);
  }

  /** The server has registered us, or is wanted: asks for what waits. */
  resume(now: number): void {
    this.#isPaused = false;
    this.#ask(now);
  }

  /** Nobody will answer what was asked: it waits. */
  pause(): void {
    this.#isPaused = true;
    const unanswered = [...this.#unanswered.values()];
    this.#forgetAsked();
    for (const letter of unanswered.toReversed()) this.#recipient(letter.toKey).letters.unshift(letter);
  }

  /** Forgets everything: the outbox begins anew. */
  stop(): void {
    this.#forgetAsked();
    this.#recipients.clear();
  }

  #forgetAsked(): void {
    this.#asked = new Set();
    this.#unanswered = new Map();
  }

  get #mayAsk(): boolean {
    return !this.#isPaused && this.#asked.size + this.#unanswered.size < MOST_UNANSWERED;
  }

  #ask(now: number): void {
    for (const [key, recipient] of this.#recipients) {
      if (!this.#mayAsk) return;
      if (this.#asked.has(key)) continue;
      const certificate = this.#certificates.of(recipient.toKey, now);
      if (certificate === undefined) this.#askWho(key, recipient, now);
      else this.#write(key, recipient, certificate, now);
    }
  }

  #askWho(key: string, recipient: Recipient, now: number): void {
    const asked = this.#asked;
    asked.add(key);
    const { toKey } = recipient;
    this.#owner.request({ kind: "certificate", personKey: toKey }, now, (reply, at) => {
      if (asked !== this.#asked || !asked.delete(key)) return;
      this.#write(key, recipient, this.#certificates.heard(toKey, reply, at), at);
      this.#ask(at);
    });
  }

  /** Seals as many letters to a person as the server may be asked for; all of them come to nothing without a key. */
  #write(key: string, recipient: Recipient, certificate: Certificate, now: number): void {
    if (certificate.kind === "none") {
      this.#recipients.delete(key);
      return this.#refuse(recipient.letters, certificate.reason, now);
    }
    while (this.#mayAsk) {
      const letter = recipient.letters.shift();
      if (letter === undefined) break;
      const text = letter.text();
      if (text === undefined) continue;
      const envelope = sealEnvelope(this.#owner.sealer(), certificate.device, text, this.#dice);
      if (envelope === undefined) this.#refuse([letter], "nothing can be sealed to that person's mail key", now);
      else this.#save(letter, envelope, now);
    }
    if (recipient.letters.length === 0) this.#recipients.delete(key);
  }

  #refuse(letters: readonly Letter[], reason: string, now: number): void {
    for (const letter of letters) letter.ended({ end: "refused", reason }, now);
  }

  #save(letter: Letter, envelope: Uint8Array, now: number): void {
    const { toKey, messageId } = letter;
    const id = toHex(messageId);
    this.#unanswered.set(id, letter);
    this.#owner.request({ kind: "save", toKey, messageId, envelope }, now, (reply, at) => {
      if (this.#unanswered.get(id) !== letter) return;
      this.#unanswered.delete(id);
      letter.ended(endOf(reply), at);
      this.#ask(at);
    });
  }

  #recipient(toKey: Uint8Array): Recipient {
    const key = toHex(toKey);
    const recipient = this.#recipients.get(key) ?? { toKey, letters: [] };
    this.#recipients.set(key, recipient);
    return recipient;
  }
}

function endOf(reply: ReplyBody): LetterEnd {
  if (reply.kind === "saved" || reply.kind === "exists") return { end: reply.kind, reason: undefined };
  if (reply.kind !== "refused") return { end: "refused", reason: "the server gave no answer that is one" };
  // The server keeps no mail any more: as if it never had.
  if (reply.code === RefusalCode.noMailbox) return { end: "notDelivered", reason: undefined };
  return { end: "refused", reason: reply.text };
}
