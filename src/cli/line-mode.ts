// Line mode of a client: told what was typed and what happened, it commands a ChatSession and says what to print.
// No I/O, no clock (behaviour.md, "Line mode"). Commands run in the order typed; leaving is a command like the others.

import { nameKey, usableName } from "#chat";
import type { ClientEvent } from "#client";
import type { ChatSession } from "#library";

import { exitCodes } from "./exit-codes.ts";
import { clientCommands, helpLines, openToServer, readCommand, usageOf } from "./prompt-commands.ts";
import type { ClientWord, TypedCommand } from "./prompt-commands.ts";
import { commandSession, invalidLine, offlineLine } from "./session-command.ts";
import { shownEvent } from "./shown-event.ts";
import { shownText } from "./shown-text.ts";
import { Standing } from "./standing.ts";
import type { TypedLine } from "./typed-line.ts";
import { TypedQueue } from "./typed-queue.ts";

/** What begins a line outside of groups. */
const outsidePrompt = ">>> ";

/** A line for standard output, prompt included, or for standard error, without the program's name. */
export interface Printed {
  readonly to: "output" | "error";
  readonly text: string;
}

export class LineMode {
  readonly #session: ChatSession;
  readonly #staysAfterDereg: boolean;
  readonly #standing: Standing;
  readonly #typed = new TypedQueue();
  #printed: Printed[] = [];

  constructor(session: ChatSession, options: { readonly stay: boolean }) {
    this.#session = session;
    this.#staysAfterDereg = options.stay;
    this.#standing = new Standing(session, options.stay);
  }

  /** What begins a line now. */
  get prompt(): string {
    const { group } = this.#standing;
    return group === undefined ? outsidePrompt : `${outsidePrompt}(${shownText(group)}) `;
  }

  /** Memory held, about, by lines that wait; who brings them should stop at a bound of its own. */
  get waitingBytes(): number {
    return this.#typed.waitingBytes;
  }

  /** The code to exit with, once everything taken is printed and the session closed; undefined while it goes on. */
  get exitCode(): number | undefined {
    return this.#standing.exitCode;
  }

  /** What is to be printed, in order; each line is given once. */
  takePrinted(): readonly Printed[] {
    const printed = this.#printed;
    this.#printed = [];
    return printed;
  }

  /** Somebody typed a line. */
  type(line: TypedLine): void {
    this.#typed.push(line);
    this.#run();
  }

  /** Nothing will be typed any more. */
  endInput(): void {
    this.#typed.end();
    this.#run();
  }

  /** Something happened; `now` is wall-clock milliseconds. */
  receive(event: ClientEvent, now: number): void {
    if (this.exitCode !== undefined) return;
    const prompt = toldOutside.has(event.kind) ? outsidePrompt : this.prompt;
    for (const line of shownEvent(event, now)) this.#print(line, prompt);
    this.#standing.receive(event);
    const { failure } = this.#standing;
    if (failure !== undefined) this.#printed.push({ to: "error", text: failure.message });
    this.#printExiting();
    this.#run();
  }

  /** Runs what was typed, as far as it can go now. */
  #run(): void {
    for (let next = this.#typed.first; next !== undefined && this.#standing.isSettled; next = this.#typed.first) {
      const says = next.kind === "end" ? next : readCommand(next.line.text, clientCommands, this.#where);
      if (!this.#canRun(says)) return;
      this.#typed.shift();
      if (says.kind === "end") this.#leave(true);
      else if (next.kind === "line") this.#runLine(says, next.line);
    }
  }

  /** Whose commands are valid; offline those of both places, which are then refused for that. */
  get #where(): "outside" | "group" | "anywhere" {
    if (this.#standing.isOffline) return "anywhere";
    return this.#standing.group === undefined ? "outside" : "group";
  }

  #canRun(says: TypedCommand<ClientWord> | { readonly kind: "end" }): boolean {
    if (says.kind === "end") return this.#standing.canLeave();
    if (says.kind !== "command") return this.#standing.canRun();
    const { word } = says.command;
    if (leavingWords.has(word) && this.#isOurs(says.name)) return this.#standing.canLeave();
    return this.#standing.canRun(word);
  }

  #isOurs(name: string): boolean {
    return name === "" || nameKey(name) === nameKey(this.#session.name);
  }

  #runLine(says: TypedCommand<ClientWord>, line: TypedLine): void {
    if (says.kind === "nothing") return;
    if (says.kind === "invalid") return this.#print(invalidLine);
    if (says.kind === "usage") return this.#print(`[Usage: ${usageOf(says.command)}]`);
    const { command, name, message } = says;
    const { isOffline } = this.#standing;
    if (command.shape === "ownName" && !this.#isOurs(name)) {
      return this.#print(`[You can only ${command.word === "dereg" ? "deregister" : "register"} yourself.]`);
    }
    if (command.when === "online" && isOffline) return this.#print(offlineLine);
    if (command.when === "offline" && !isOffline) return this.#print("[You are already registered.]");
    if (name !== "" && usableName(name) === undefined) return this.#print(`[Not a usable name: ${shownText(name)}]`);
    this.#obey(command.word, name, message, line);
  }

  #obey(word: ClientWord, name: string, message: string, line: TypedLine): void {
    switch (word) {
      case "dereg":
        return this.#leave(!this.#staysAfterDereg);
      case "reg":
        this.#standing.comeBack();
        return this.#session.register();
      case "quit":
      case "exit":
      case "ctrl + c":
        return this.#leave(true);
      case "help":
        return this.#help();
      case "send":
      case "send_all":
      case "create_group":
      case "list_groups":
      case "join_group":
      case "send_group":
      case "list_members":
      case "leave_group":
      case "clients":
      case "net":
      case "why":
      case "trust":
        this.#standing.ask(word);
        for (const each of commandSession(this.#session, { word, name, message, line })) this.#print(each);
        return;
      default:
        return unreachable(word);
    }
  }

  #leave(endsProcess: boolean): void {
    const next = this.#standing.leave(endsProcess);
    if (next === "deregister") this.#session.deregister();
    else if (next === "nothingToLeave") this.#print(offlineLine);
    else this.#printExiting();
  }

  #help(): void {
    const { isOffline, group } = this.#standing;
    const place = group === undefined ? "outside" : "group";
    const here = clientCommands.filter(({ where }) => where === "both" || where === place);
    const now = here.filter(({ when }) => when === "always" || (when === "offline") === isOffline);
    for (const each of helpLines(now)) this.#print(each);
    if (!isOffline) this.#print(openToServer);
  }

  #printExiting(): void {
    if (this.exitCode === exitCodes.serverUnreachable) this.#print("[Exiting]");
  }

  #print(text: string, prompt = this.prompt): void {
    this.#printed.push({ to: "output", text: prompt + text });
  }
}

/** Leaving a group is told outside of it, and so is a text that was kept in it. */
const toldOutside: ReadonlySet<string> = new Set([
  "groupLeft",
  "removedFromGroup",
  "messageReceived",
] satisfies ClientEvent["kind"][]);

const leavingWords: ReadonlySet<string> = new Set(["dereg", "quit", "exit", "ctrl + c"] satisfies ClientWord[]);

function unreachable(value: never): never {
  throw new TypeError(`not expected: ${String(value)}`);
}
