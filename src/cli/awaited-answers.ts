// What the session was asked about groups and has not answered. Pure. Each is answered once, in `groupEntered` and its
// like or in a refusal, which does not say what was refused: so who asks to enter or leave waits for the others first.

import type { ClientEvent } from "#client";

import type { ClientWord } from "./prompt-commands.ts";

export class AwaitedAnswers {
  #count = 0;
  #decidesMode = false;

  /** Questions without an answer. */
  get count(): number {
    return this.#count;
  }

  /** Whether we are about to enter a group or to leave one: what a line says shows only afterwards. */
  get decidesMode(): boolean {
    return this.#decidesMode;
  }

  /** The session was told to do this; words that are no questions do not count. */
  ask(word: ClientWord): void {
    if (word === "create_group" || word === "list_groups" || word === "list_members") this.#count++;
    else if (word === "join_group" || word === "leave_group") {
      this.#count++;
      this.#decidesMode = true;
    }
  }

  /** Something happened; most of it is no answer. */
  receive(event: ClientEvent): void {
    if (lastAnswers.has(event.kind)) this.#settle(this.#count);
    else if (modeAnswers.has(event.kind)) this.#settle(this.#decidesMode ? 1 : 0);
    else if (answers.has(event.kind)) this.#settle(this.#decidesMode ? 0 : 1);
    else if (event.kind === "requestRefused" && event.messageId === undefined) this.#settle(1);
  }

  #settle(many: number): void {
    this.#count = Math.max(0, this.#count - many);
    if (this.#count === 0) this.#decidesMode = false;
  }
}

const answers: ReadonlySet<string> = new Set([
  "groupCreated",
  "groupExists",
  "groupsListed",
  "membersListed",
] satisfies ClientEvent["kind"][]);

const modeAnswers: ReadonlySet<string> = new Set([
  "groupEntered",
  "groupMissing",
  "groupLeft",
] satisfies ClientEvent["kind"][]);

/** After these nothing more is sure to be answered. */
const lastAnswers: ReadonlySet<string> = new Set([
  "removedFromGroup",
  "serverSilent",
  "deregistered",
] satisfies ClientEvent["kind"][]);
