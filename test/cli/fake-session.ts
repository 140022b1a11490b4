// A ChatSession that notes what it is told, for tests that play its events by hand.

import type { ChatSession, SendOutcome, TrustOutcome } from "../../src/library/chat-session.ts";

type TableEntry = ReturnType<ChatSession["table"]>[number];

export class FakeSession implements ChatSession {
  readonly name: string;
  readonly calls: string[] = [];
  pending = 0;
  entries: readonly TableEntry[] = [];
  known: readonly string[] = ["bob"];
  changed: readonly string[] = [];
  /** What comes of the next wishes, whatever they are. */
  outcome: SendOutcome | undefined;
  trustOutcome: TrustOutcome | undefined;
  #sent = 0;

  constructor(name: string) {
    this.name = name;
  }

  send(to: string, text: string): SendOutcome {
    this.calls.push(`send ${to}|${text.length > 100 ? `${text.length} units` : text}`);
    if (this.outcome !== undefined) return this.outcome;
    if (!this.knows(to)) return { kind: "noSuchClient" };
    this.pending++;
    return { kind: "accepted", messageId: messageId(this.#sent++) };
  }

  table(): readonly TableEntry[] {
    return this.entries;
  }

  knows(name: string): boolean {
    return this.known.includes(name);
  }

  trust(name: string): TrustOutcome {
    this.calls.push(`trust ${name}`);
    if (this.trustOutcome !== undefined) return this.trustOutcome;
    if (this.changed.includes(name)) return "accepted";
    return this.knows(name) ? "nothingToAccept" : "noSuchClient";
  }

  deregister(): void {
    this.calls.push("deregister");
  }

  register(): void {
    this.calls.push("register");
  }

  async close(): Promise<void> {
    this.calls.push("close");
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<never> {}
}

/** The id that the session gives its message of that number, counted from 0. */
export function messageId(number: number): Uint8Array {
  return Uint8Array.of(number >> 8, number & 0xff);
}
