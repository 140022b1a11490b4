// Line mode over a session played by hand: what was typed, what happened, what was printed.

import { LineMode } from "../../src/cli/line-mode.ts";
import type { ClientEvent } from "../../src/client/events.ts";

import { FakeSession, messageId } from "./fake-session.ts";

/** Wall-clock time of every event. */
export const now = new Date(2026, 2, 4, 5, 6, 7).getTime();

export class Typist {
  readonly session = new FakeSession("yb");
  readonly mode: LineMode;

  constructor(options: { readonly stay: boolean }) {
    this.mode = new LineMode(this.session, options);
  }

  /** Registered, with nothing printed. */
  static online(options = { stay: false }): Typist {
    const typist = new Typist(options);
    typist.happen({ kind: "registered", hasMailbox: true }, { kind: "tableUpdated" });
    typist.printed();
    return typist;
  }

  /** In the group `lab`, with nothing printed and no calls. */
  static inGroup(options = { stay: false }): Typist {
    const typist = Typist.online(options);
    typist.type("join_group lab");
    typist.enter("lab");
    typist.printed();
    typist.session.calls.length = 0;
    return typist;
  }

  get calls(): readonly string[] {
    return this.session.calls;
  }

  type(...texts: readonly string[]): void {
    for (const text of texts) this.mode.type({ text, bytes: Buffer.byteLength(text), isWhole: true });
  }

  happen(...events: readonly ClientEvent[]): void {
    for (const event of events) this.mode.receive(event, now);
  }

  enter(group: string): void {
    this.session.group = group;
    this.happen({ kind: "groupEntered", group });
  }

  leave(group: string): void {
    this.session.group = undefined;
    this.happen({ kind: "groupLeft", group });
  }

  /** The server has the oldest post. */
  take(): void {
    this.session.pending--;
    this.happen({ kind: "postTaken", group: this.session.group, messageId: messageId(0) });
  }

  /** What was printed since it was last asked; lines for standard error begin with `! `. */
  printed(): string[] {
    return this.mode.takePrinted().map(({ to, text }) => (to === "output" ? text : `! ${text}`));
  }
}
