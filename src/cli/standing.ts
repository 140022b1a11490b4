// Where a client in line mode stands with its server, as far as it was told: the session may be ahead of its events.
// Decides what a typed command has to wait for. Pure (behaviour.md, "Line mode").

import type { ClientEvent } from "#client";
import type { ChatSession } from "#library";

import { AwaitedAnswers } from "./awaited-answers.ts";
import { exitCodes } from "./exit-codes.ts";
import { failureOf } from "./failure.ts";
import type { Failure } from "./failure.ts";
import type { ClientWord } from "./prompt-commands.ts";

/** Messages and questions without an answer from which on what is typed waits. */
export const mostPending = 256;

/**
 * `joining` until the first table after a welcome, `leaving` until the server has answered a deregistration, `offline`
 * after it under `--stay`.
 */
type Phase = "joining" | "online" | "leaving" | "offline";

export class Standing {
  readonly #session: Pick<ChatSession, "group" | "pending">;
  readonly #staysAfterDereg: boolean;
  readonly #answers = new AwaitedAnswers();
  #phase: Phase = "joining";
  #isWelcome = false;
  /** The server was silent for a request, and nothing was heard of it since. */
  #isServerLost = false;
  /** Whether leaving, once done, ends the process. */
  #endsProcess = false;
  #group: string | undefined;
  #failure: Failure | undefined;
  #exitCode: number | undefined;

  constructor(session: Pick<ChatSession, "group" | "pending">, staysAfterDereg: boolean) {
    this.#session = session;
    this.#staysAfterDereg = staysAfterDereg;
  }

  get isOffline(): boolean {
    return this.#phase === "offline";
  }

  /** The group we are in. */
  get group(): string | undefined {
    return this.#group;
  }

  /** What ended it for good. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** The code to exit with; undefined while it goes on. */
  get exitCode(): number | undefined {
    return this.#failure?.exitCode ?? this.#exitCode;
  }

  /** Whether what a line says may be read: the answer that is awaited could change which commands there are. */
  get isSettled(): boolean {
    return this.exitCode === undefined && this.#phase !== "leaving" && !this.#answers.decidesMode;
  }

  /** Something happened. */
  receive(event: ClientEvent): void {
    this.#answers.receive(event);
    switch (event.kind) {
      case "registered":
        this.#isServerLost = false;
        this.#isWelcome = true;
        return;
      case "tableUpdated":
        this.#isServerLost = false;
        if (this.#phase === "joining" && this.#isWelcome) this.#phase = "online";
        return;
      case "groupEntered":
        this.#group = event.group;
        return;
      case "groupLeft":
      case "removedFromGroup":
        this.#group = undefined;
        return;
      case "serverSilent":
        return this.#loseServer();
      case "deregistered":
        this.#group = undefined;
        this.#phase = "offline";
        if (this.#endsProcess || !this.#staysAfterDereg) this.#exitCode = exitCodes.fine;
        return;
      case "refused":
        return this.#bearRefusal();
      case "nameTaken":
      case "serverChanged":
      case "versionUnknown":
      case "profileFailed":
        this.#failure = failureOf(event);
        return;
      case "messageReceived":
      case "mailBegan":
      case "privateKept":
      case "messageMailed":
      case "messageEnded":
      case "mailCollected":
      case "postTaken":
      case "postReceived":
      case "groupCreated":
      case "groupExists":
      case "groupMissing":
      case "groupsListed":
      case "membersListed":
      case "requestRefused":
      case "keyChanged":
      case "unknownName":
      case "nothingToAccept":
        return;
      default:
        unreachable(event);
    }
  }

  /** The session was told to do this. */
  ask(word: ClientWord): void {
    this.#answers.ask(word);
  }

  /** Whether this command may run now. */
  canRun(word?: ClientWord): boolean {
    if (this.#phase === "joining") return false;
    const unanswered = this.#session.pending + this.#answers.count;
    if (word === "leave_group" && !this.isOffline) return this.#isServerLost || unanswered === 0;
    if (word === "join_group" && this.#answers.count > 0) return false;
    return unanswered < mostPending;
  }

  /** Whether we may go offline now: what was asked before has its answers, or none is to be expected. */
  canLeave(): boolean {
    if (this.#isServerLost || this.isOffline) return true;
    return this.#phase !== "joining" && this.#session.pending + this.#answers.count === 0;
  }

  /** Leaves, for good or to come back; says whether the session has something to do for it, or has nothing to leave. */
  leave(endsProcess: boolean): "deregister" | "nothingToLeave" | "ended" {
    this.#endsProcess ||= endsProcess;
    if (this.#phase === "joining" && !endsProcess) return "nothingToLeave";
    if (this.#phase === "joining" || this.#phase === "offline") {
      this.#exitCode = this.isOffline ? exitCodes.fine : exitCodes.serverUnreachable;
      return "ended";
    }
    this.#phase = "leaving";
    return "deregister";
  }

  /** Comes back after leaving. */
  comeBack(): void {
    this.#phase = "joining";
    this.#isWelcome = false;
  }

  #loseServer(): void {
    this.#isServerLost = true;
    if (!this.#staysAfterDereg || this.#endsProcess) {
      this.#exitCode = exitCodes.serverUnreachable;
      return;
    }
    this.#group = this.#session.group;
    if (this.#phase === "leaving") this.#phase = "online";
  }

  #bearRefusal(): void {
    if (this.#phase === "leaving") this.#phase = "online";
    if (this.#phase !== "joining" || this.#isWelcome) return;
    if (this.#staysAfterDereg) this.#phase = "offline";
    else this.#exitCode = exitCodes.refused;
  }
}

function unreachable(value: never): never {
  throw new TypeError(`not expected: ${String(value)}`);
}
