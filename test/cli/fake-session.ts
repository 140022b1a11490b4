// A ChatSession that notes what it is told, for tests that play its events by hand.

import { usableName } from "../../src/chat/name.ts";
import type { ChatSession, PostOutcome, SendOutcome, TrustOutcome } from "../../src/library/chat-session.ts";

type TableEntry = ReturnType<ChatSession["table"]>[number];
type Paths = ReturnType<ChatSession["paths"]>;
type SentMessage = NonNullable<ReturnType<ChatSession["sentMessage"]>>;

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
  postOutcome: PostOutcome | undefined;
  group: string | undefined;
  serverAddress = "10.0.0.1:4119";
  inUse: Paths = { server: undefined, people: [] };
  /** By number, from 1 on; what is missing is forgotten. */
  messages: readonly (SentMessage | undefined)[] = [];
  #sent = 0;

  constructor(name: string) {
    this.name = name;
  }

  send(to: string, text: string): SendOutcome {
    this.calls.push(`send ${to}|${brief(text)}`);
    if (this.outcome !== undefined) return this.outcome;
    if (!this.knows(to)) return { kind: "noSuchClient" };
    this.pending++;
    return { kind: "accepted", messageId: messageId(this.#sent++) };
  }

  table(): readonly TableEntry[] {
    return this.entries;
  }

  paths(): Paths {
    return this.inUse;
  }

  get sentCount(): number {
    return this.messages.length;
  }

  sentMessage(number = this.messages.length): SentMessage | undefined {
    return this.messages[number - 1];
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

  createGroup(group: string): void {
    this.#ask(`createGroup ${group}`, group);
  }

  listGroups(): void {
    this.#ask("listGroups");
  }

  joinGroup(group: string): void {
    this.#ask(`joinGroup ${group}`, group);
  }

  leaveGroup(): void {
    this.#ask("leaveGroup");
  }

  listMembers(): void {
    this.#ask("listMembers");
  }

  sendGroup(text: string): PostOutcome {
    return this.#post("sendGroup", text);
  }

  sendAll(text: string): PostOutcome {
    return this.#post("sendAll", text);
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

  #ask(call: string, group = "any"): void {
    if (usableName(group) === undefined) throw new RangeError("no name of a group");
    this.calls.push(call);
  }

  #post(call: string, text: string): PostOutcome {
    this.calls.push(`${call}|${brief(text)}`);
    if (this.postOutcome !== undefined) return this.postOutcome;
    this.pending++;
    return { kind: "accepted", messageId: messageId(this.#sent++) };
  }
}

function brief(text: string): string {
  return text.length > 100 ? `${text.length} units` : text;
}

/** The id that the session gives its message of that number, counted from 0. */
export function messageId(number: number): Uint8Array {
  return Uint8Array.of(number >> 8, number & 0xff);
}
