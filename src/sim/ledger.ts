// What was said to one person, written down, told and shown in a simulated world, and whether that is what was promised.
// Pure. PROTOCOL §11. What is safe in a profile binds; only what a crash took between disk and screen is excused.

import { toHex } from "#bytes";
import { type ClientEvent, type OutgoingEnd, type ProfileOperation, type ProfileResult } from "#client";

type EventOf<Kind extends ClientEvent["kind"]> = Extract<ClientEvent, { readonly kind: Kind }>;

interface Said {
  readonly from: string;
  readonly to: string;
  /** Counts up for each (from, to). */
  readonly number: number;
  /** The epoch it is numbered in, once it is safe with its sender. */
  epoch: string | undefined;
  /** The end in its sender's profile; `isHeard` where the sender lived to tell of it. */
  end: { readonly kind: OutgoingEnd; readonly isHeard: boolean } | undefined;
  /** The receipt that came after the server's word. */
  receipt: { readonly isHeard: boolean } | undefined;
  verdictsTold: number;
  receiptsTold: number;
  stored: number;
  /** Its recipient's profile has it as shown; `isHeard` where the recipient lived to show it. */
  passed: { readonly isHeard: boolean } | undefined;
  shown: number;
}

/** Numbers of one run. */
export interface Tally {
  readonly said: number;
  readonly shown: number;
  /** Stored by somebody else than who said them. */
  readonly moved: number;
  /** Who said or was said one of these. */
  readonly talkers: number;
  /** Its sender was killed before it was on a disk: there never was such a message. */
  readonly neverSafe: number;
  /** Safe with its sender, not given up, and neither shown nor taken by a crash between disk and screen. */
  readonly lost: number;
  /** Times that something was shown again. */
  readonly doubled: number;
  /** Shown before an earlier one of its sender, and not marked late. */
  readonly reordered: number;
  readonly received: number;
  readonly notDelivered: number;
  /** Given up in time and shown all the same: the word that came too late. */
  readonly lateWord: number;
  readonly saved: number;
  readonly exists: number;
  /** Given to the server, and shown as if it had come directly. */
  readonly handedOverLive: number;
  /** Saved, collected, and its sender told. */
  readonly collected: number;
  /** Stored and not shown, as its recipient was killed in between. */
  readonly interrupted: number;
  /** Shown after later ones, and marked so. */
  readonly late: number;
}

/** Every text of a run to one person, by what stands before its first `|`. */
export class Ledger {
  readonly violations: string[] = [];
  readonly #hasMailbox: boolean;
  readonly #said = new Map<string, Said>();
  /** Texts by message id. */
  readonly #texts = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  readonly #lastShown = new Map<string, number>();
  #live = 0;
  #late = 0;
  #reordered = 0;

  constructor(hasMailbox: boolean) {
    this.#hasMailbox = hasMailbox;
  }

  /** The text of the next message from one to another, unique in the run. */
  nextText(from: string, to: string): string {
    const pair = `${from}>${to}`;
    const number = (this.#counts.get(pair) ?? 0) + 1;
    this.#counts.set(pair, number);
    return `${pair} ${number}`;
  }

  said(from: string, to: string, text: string, messageId: Uint8Array): void {
    this.#texts.set(toHex(messageId), text);
    this.#said.set(text, {
      from,
      to,
      number: Number(text.split(" ")[1]),
      epoch: undefined,
      end: undefined,
      receipt: undefined,
      verdictsTold: 0,
      receiptsTold: 0,
      stored: 0,
      passed: undefined,
      shown: 0,
    });
  }

  /** Something about a message is safe in somebody's profile. */
  written(name: string, operation: ProfileOperation, result: ProfileResult, isHeard: boolean): void {
    if (result !== "done") return;
    switch (operation.kind) {
      case "putOutgoing": {
        const message = this.#byId(operation.message.messageId);
        if (message !== undefined) message.epoch = toHex(operation.message.epoch);
        return;
      }
      case "endOutgoing": {
        const message = this.#byId(operation.messageId);
        if (message !== undefined) message.end = { kind: operation.end, isHeard };
        return;
      }
      case "endKept": {
        const message = this.#byId(operation.messageId);
        if (message !== undefined && operation.end === "received") message.receipt = { isHeard };
        return;
      }
      case "putIncoming": {
        const message = this.#byId(operation.message.messageId);
        if (message?.to !== name) return;
        message.stored++;
        if (operation.isShown) message.passed = { isHeard };
        return;
      }
      case "markShown": {
        const message = this.#byId(operation.messageId);
        if (message?.to === name) message.passed = { isHeard };
        return;
      }
      default:
    }
  }

  shown(to: string, { from, text, isLate, mailedAtMs }: EventOf<"messageReceived">): void {
    const head = text.split("|")[0] ?? text;
    const message = this.#said.get(head);
    if (message === undefined || message.from !== from || message.to !== to) {
      this.violations.push(`${to} was shown what ${from} never said to it: ${text.slice(0, 80)}`);
      return;
    }
    message.shown++;
    if (message.shown > 1) this.violations.push(`shown twice: ${head}`);
    if (message.passed === undefined) this.violations.push(`shown before it was stored: ${head}`);
    if (mailedAtMs === undefined && (message.end?.kind === "saved" || message.end?.kind === "exists")) this.#live++;
    this.#checkOrder(message, head, isLate);
  }

  ended({ messageId, end }: EventOf<"messageEnded">): void {
    const message = this.#byId(messageId);
    const text = this.#texts.get(toHex(messageId)) ?? toHex(messageId);
    if (message?.end === undefined) this.violations.push(`a verdict on what has no end: ${text} ${end}`);
    else if (end === message.end.kind) message.verdictsTold++;
    else if (end === "received" && message.end.kind === "exists") this.#toldReceipt(message, text);
    else this.violations.push(`told ${end}, and it is ${message.end.kind}: ${text}`);
    if ((message?.verdictsTold ?? 0) > 1) this.violations.push(`two verdicts: ${text}`);
  }

  collected({ messageId }: EventOf<"mailCollected">): void {
    const message = this.#byId(messageId);
    const text = this.#texts.get(toHex(messageId)) ?? toHex(messageId);
    if (message?.end?.kind === "saved") this.#toldReceipt(message, text);
    else this.violations.push(`collected, and never saved: ${text}`);
  }

  /** Judges the whole run, once everybody is back and everything has settled. */
  judge(): void {
    for (const [text, message] of this.#said) {
      for (const wrong of this.#wrongs(message)) this.violations.push(`${wrong}: ${text}`);
    }
  }

  get tally(): Tally {
    const all = [...this.#said.values()];
    const count = (is: (message: Said) => boolean): number => all.filter(is).length;
    const moved = all.filter(({ from, stored, to }) => stored > 0 && from !== to);
    return {
      said: all.length,
      shown: count(({ shown }) => shown > 0),
      moved: moved.length,
      talkers: new Set(moved.flatMap(({ from, to }) => [from, to])).size,
      neverSafe: count(({ epoch }) => epoch === undefined),
      lost: count((message) => isLost(message)),
      doubled: all.reduce((sum, { shown }) => sum + Math.max(0, shown - 1), 0),
      reordered: this.#reordered,
      received: count(({ end }) => end?.kind === "received"),
      notDelivered: count(({ end }) => end?.kind === "notDelivered"),
      lateWord: count(({ end, shown }) => end?.kind === "notDelivered" && shown > 0),
      saved: count(({ end }) => end?.kind === "saved"),
      exists: count(({ end }) => end?.kind === "exists"),
      handedOverLive: this.#live,
      collected: count(({ end, receiptsTold }) => end?.kind === "saved" && receiptsTold > 0),
      interrupted: count(({ passed, shown }) => passed?.isHeard === false && shown === 0),
      late: this.#late,
    };
  }

  #checkOrder({ from, number, to }: Said, head: string, isLate: boolean): void {
    const pair = `${from}>${to}`;
    if (isLate) this.#late++;
    else if (number < (this.#lastShown.get(pair) ?? 0)) {
      this.#reordered++;
      this.violations.push(`out of order: ${head}`);
    }
    this.#lastShown.set(pair, Math.max(number, this.#lastShown.get(pair) ?? 0));
  }

  #byId(messageId: Uint8Array): Said | undefined {
    return this.#said.get(this.#texts.get(toHex(messageId)) ?? "");
  }

  #toldReceipt(message: Said, text: string): void {
    message.receiptsTold++;
    if (message.receipt === undefined) this.violations.push(`a receipt told before it was safe: ${text}`);
    if (message.receiptsTold > 1) this.violations.push(`two receipts told: ${text}`);
  }

  #wrongs(message: Said): readonly string[] {
    const { end, epoch, passed, receipt, receiptsTold, shown, stored, verdictsTold } = message;
    // Its sender was killed before it was safe: there never was such a message.
    if (epoch === undefined)
      return shown + stored + verdictsTold > 0 ? ["never safe with its sender, and it has left"] : [];
    if (end === undefined) return ["no verdict"];
    const wrongs: string[] = [];
    if (verdictsTold === 0 && end.isHeard) wrongs.push(`${end.kind}, and never told`);
    const isLost = end.kind === "notDelivered" && !this.#hasMailbox;
    if (end.kind === "refused" || (end.kind === "notDelivered" && this.#hasMailbox)) wrongs.push(end.kind);
    if (end.kind === "saved" || end.kind === "exists") {
      if (receipt === undefined) wrongs.push(`${end.kind}, and no receipt ever came`);
      else if (receiptsTold === 0 && receipt.isHeard) wrongs.push("a receipt that was never told");
    }
    if (isLost && passed === undefined) return wrongs;
    if (stored === 0) wrongs.push(`${end.kind}, and lost`);
    else if (passed === undefined) wrongs.push(`${end.kind}, stored, and never shown`);
    else if (shown === 0 && passed.isHeard) wrongs.push(`${end.kind}, stored as shown, and never shown`);
    return wrongs;
  }
}

/** What nobody was shown, although nobody gave it up and no crash took it. */
function isLost({ end, epoch, passed, shown }: Said): boolean {
  return shown === 0 && epoch !== undefined && end?.kind !== "notDelivered" && passed?.isHeard !== false;
}
