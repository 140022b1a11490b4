// What was said to one person in a soak run, told and shown, and whether that is what was promised. As the simulator's
// ledger (PROTOCOL §11), but of what has settled it keeps a number only, so that it does not grow with the run.

import { toHex } from "#bytes";
import { type ClientEvent, type ProfileOperation } from "#client";

import { type Findings } from "./findings.ts";
import { readHead, writeText } from "./said-text.ts";

type EventOf<Kind extends ClientEvent["kind"]> = Extract<ClientEvent, { readonly kind: Kind }>;
type End = EventOf<"messageEnded">["end"];

/** Everything from one person to another. */
interface Pair {
  readonly from: string;
  readonly to: string;
  said: number;
  lastShown: number;
  /** By number, what has not settled. */
  readonly open: Map<number, Text>;
}

interface Text {
  readonly pair: Pair;
  readonly number: number;
  readonly id: string;
  /** It is in its sender's profile, which binds. */
  isSafe: boolean;
  isShown: boolean;
  end: End | undefined;
  hasReceipt: boolean;
}

/** Numbers of a run. */
export interface TextCounts {
  said: number;
  shown: number;
  received: number;
  saved: number;
  exists: number;
  /** Receipts of what was saved, or existed. */
  collected: number;
  /** Shown after later ones, and marked so. */
  late: number;
  /** Its sender was killed before it was on a disk: there never was such a message. */
  neverSafe: number;
  /** On its recipient's disk as shown, when that was killed before it could show it. */
  interrupted: number;
}

export class TextLedger {
  readonly counts: TextCounts = {
    said: 0,
    shown: 0,
    received: 0,
    saved: 0,
    exists: 0,
    collected: 0,
    late: 0,
    neverSafe: 0,
    interrupted: 0,
  };
  readonly #findings: Findings;
  readonly #pairs = new Map<string, Pair>();
  readonly #open = new Map<string, Text>();

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  /** Texts that have not settled. */
  get open(): number {
    return this.#open.size;
  }

  /** The text of the next message from one to another. */
  nextText(from: string, to: string, padding: number): string {
    return writeText({ from, to, number: this.#pair(from, to).said + 1 }, padding);
  }

  /** That text was accepted. */
  said(from: string, to: string, messageId: Uint8Array): void {
    const pair = this.#pair(from, to);
    const id = toHex(messageId);
    const number = ++pair.said;
    const text: Text = { pair, number, id, isSafe: false, isShown: false, end: undefined, hasReceipt: false };
    pair.open.set(number, text);
    this.#open.set(id, text);
    this.counts.said++;
  }

  /** Something about a message is safe in the profile of `name`; where it was not heard there, it is never told. */
  written(name: string, operation: ProfileOperation, isHeard: boolean): void {
    if (operation.kind === "putOutgoing") {
      const text = this.#open.get(toHex(operation.message.messageId));
      if (text !== undefined) text.isSafe = true;
      return;
    }
    if (isHeard) return;
    if (operation.kind === "endOutgoing") this.#end(toHex(operation.messageId), operation.end);
    if (operation.kind === "endKept") this.#receipt(toHex(operation.messageId));
    if (operation.kind === "markShown") this.#interrupt(name, toHex(operation.messageId));
    if (operation.kind === "putIncoming" && operation.isShown)
      this.#interrupt(name, toHex(operation.message.messageId));
  }

  shown(to: string, event: EventOf<"messageReceived">): void {
    const head = readHead(event.text);
    const what = describe(event.from, to, event.text);
    if (head?.from !== event.from || head.to !== to) return this.#findings.note("cut short, or to somebody else", what);
    const pair = this.#pair(head.from, to);
    const text = pair.open.get(head.number);
    if (text === undefined || text.isShown) return this.#findings.note("doubled", what);
    this.counts.shown++;
    this.#show(text, event.isLate);
  }

  ended({ messageId, end, to, reason }: EventOf<"messageEnded">): void {
    const id = toHex(messageId);
    if (end === "notDelivered" || end === "refused")
      this.#findings.note(end, `${describeOf(this.#open.get(id))} to ${to}, ${reason ?? ""}`);
    if (end === "received" && this.#open.get(id)?.end === "exists") this.#receipt(id);
    else this.#end(id, end);
  }

  collected({ messageId, to }: EventOf<"mailCollected">): void {
    const id = toHex(messageId);
    const end = this.#open.get(id)?.end;
    if (end !== "saved") this.#findings.note("a receipt of what was not saved", `to ${to}, ${end ?? "settled"}`);
    this.#receipt(id);
  }

  /** Somebody was killed: what it had said and not written down was never said. */
  killed(name: string): void {
    for (const text of this.#open.values()) {
      if (text.isSafe || text.pair.from !== name) continue;
      this.counts.neverSafe++;
      this.#forget(text);
    }
  }

  /** Judges what has not settled, once there was time enough. */
  judge(): void {
    for (const text of this.#open.values()) {
      const what = describeOf(text);
      if (!text.isShown) this.#findings.note("lost", `${what}, ${text.end ?? "no verdict"}`);
      if (text.end === undefined) this.#findings.note("no verdict", what);
      else if (!text.hasReceipt && isKept(text.end)) this.#findings.note("no receipt", `${what}, ${text.end}`);
    }
  }

  #pair(from: string, to: string): Pair {
    const key = `${from}>${to}`;
    const pair = this.#pairs.get(key) ?? { from, to, said: 0, lastShown: 0, open: new Map<number, Text>() };
    this.#pairs.set(key, pair);
    return pair;
  }

  #show(text: Text, isLate: boolean): void {
    const { number, pair } = text;
    text.isShown = true;
    if (isLate) this.counts.late++;
    else if (number < pair.lastShown)
      this.#findings.note("reordered", `${describeOf(text)} after number ${pair.lastShown}`);
    pair.lastShown = Math.max(number, pair.lastShown);
    this.#settle(text);
  }

  #interrupt(to: string, id: string): void {
    const text = this.#open.get(id);
    if (text === undefined || text.pair.to !== to || text.isShown) return;
    this.counts.interrupted++;
    this.#show(text, false);
  }

  #end(id: string, end: End): void {
    const text = this.#open.get(id);
    if (text === undefined || text.end !== undefined)
      return this.#findings.note("told twice", `${describeOf(text)} ${end}`);
    text.end = end;
    if (end === "received" || end === "saved" || end === "exists") this.counts[end]++;
    this.#settle(text);
  }

  #receipt(id: string): void {
    const text = this.#open.get(id);
    if (text === undefined || text.hasReceipt) return this.#findings.note("a receipt told twice", describeOf(text));
    text.hasReceipt = true;
    this.counts.collected++;
    this.#settle(text);
  }

  #settle(text: Text): void {
    if (text.isShown && text.end !== undefined && (text.hasReceipt || !isKept(text.end))) this.#forget(text);
  }

  #forget({ id, number, pair }: Text): void {
    this.#open.delete(id);
    pair.open.delete(number);
  }
}

function isKept(end: End): boolean {
  return end === "saved" || end === "exists";
}

function describe(from: string, to: string, text: string): string {
  return `${to} from ${from}: ${text.slice(0, 40)}`;
}

function describeOf(text: Text | undefined): string {
  return text === undefined ? "one that had settled" : `${text.pair.from} to ${text.pair.to}, number ${text.number}`;
}
