// Line mode of a client: told what was typed and what happened, it commands a ChatSession and says what to print.
// No I/O, no clock (behaviour.md, "Line mode"). Commands run in the order typed; leaving is a command like the others.

import { utf8 } from "#bytes";
import { nameKey, usableName } from "#chat";
import type { ClientEvent } from "#client";
import type { ChatSession } from "#library";

import { exitCodes } from "./exit-codes.ts";
import { clientCommands, helpLines, usageOf } from "./prompt-commands.ts";
import type { ClientWord, PromptCommand, TypedCommand } from "./prompt-commands.ts";
import { quoted } from "./quoted.ts";
import { shownText } from "./shown-text.ts";
import { shownTime } from "./shown-time.ts";
import { tableLine } from "./table-line.ts";
import type { TypedLine } from "./typed-line.ts";
import { TypedQueue } from "./typed-queue.ts";
import type { Typed } from "./typed-queue.ts";

/** Messages without a verdict from which on what is typed waits. */
export const mostPending = 256;

const mostMessageBytes = 65_536;

/** A line for standard output, prompt included, or for standard error, without the program's name. */
export interface Printed {
  readonly to: "output" | "error";
  readonly text: string;
}

/**
 * Where we are with the server: `joining` until the first table after a welcome, `leaving` until the server has answered
 * a deregistration, `offline` after it under `--stay`.
 */
type Phase = "joining" | "online" | "leaving" | "offline";

export class LineMode {
  readonly #session: ChatSession;
  readonly #staysAfterDereg: boolean;
  #phase: Phase = "joining";
  #isWelcome = false;
  /** The server was silent for a request, and nothing was heard of it since. */
  #isServerLost = false;
  /** Whether leaving, once done, ends the process. */
  #endsProcess = false;
  readonly #typed = new TypedQueue();
  #printed: Printed[] = [];
  #exitCode: number | undefined;

  constructor(session: ChatSession, options: { readonly stay: boolean }) {
    this.#session = session;
    this.#staysAfterDereg = options.stay;
  }

  /** What begins a line now. */
  get prompt(): string {
    return ">>> ";
  }

  /** Memory held, about, by lines that wait; who brings them should stop at a bound of its own. */
  get waitingBytes(): number {
    return this.#typed.waitingBytes;
  }

  /** The code to exit with, once everything taken is printed and the session closed; undefined while it goes on. */
  get exitCode(): number | undefined {
    return this.#exitCode;
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
    if (this.#exitCode !== undefined) return;
    this.#show(event, now);
    this.#run();
  }

  #show(event: ClientEvent, now: number): void {
    switch (event.kind) {
      case "registered":
        return this.#welcome();
      case "tableUpdated":
        return this.#updateTable();
      case "messageReceived": {
        const time = event.isLate ? `${shownTime(event.sentAtMs, now)} ` : "";
        return this.#print(`${shownText(event.from)}: ${time}${shownText(event.text)}`);
      }
      case "messageEnded":
        return this.#print(verdict(shownText(event.to), event.end));
      case "keyChanged":
        return this.#print(
          `[Key of ${shownText(event.name)} changed: message held. trust ${shownText(event.name)} to accept.]`,
        );
      case "unknownName":
        return this.#printUnknown(event.name);
      case "nothingToAccept":
        return this.#printNothingToAccept(event.name);
      case "serverSilent":
        return this.#loseServer(event.kept);
      case "deregistered":
        return this.#goOffline();
      case "nameTaken":
        this.#print(`[Name ${shownText(event.name)} is taken.]`);
        return this.#fail(
          exitCodes.refused,
          `got the name ${quoted(event.name)}, expected one that is free; choose another, or type release and the name at the server`,
        );
      case "refused":
        return this.#refuse(event.reason);
      case "serverChanged":
        return this.#fail(
          exitCodes.refused,
          `got the server fingerprint ${quoted(event.shown)}, expected ${quoted(event.pinned)}; if that is right, start with --new-server`,
        );
      case "versionUnknown":
        return this.#fail(
          exitCodes.protocolVersion,
          `got a server of protocol versions ${event.theirs.join(", ")}, expected one that this udpchat speaks; update the older of the two`,
        );
      case "profileFailed":
        return this.#fail(
          exitCodes.cannotUse,
          `got ${quoted(event.reason)} from the disk, expected to write the profile; make room or mend its folder, then start again`,
        );
      default:
        return unreachable(event);
    }
  }

  #welcome(): void {
    this.#isServerLost = false;
    this.#isWelcome = true;
    this.#print("[Welcome, You are registered.]");
  }

  #updateTable(): void {
    this.#isServerLost = false;
    this.#print("[Client table updated.]");
    if (this.#phase === "joining" && this.#isWelcome) this.#phase = "online";
  }

  #loseServer(kept: number): void {
    if (kept > 0) this.#print(`[${kept} messages kept, sent when you are back.]`);
    this.#print("[Server not responding]");
    this.#isServerLost = true;
    if (this.#staysAfterDereg && !this.#endsProcess) {
      if (this.#phase === "leaving") this.#phase = "online";
      return;
    }
    this.#exitUnreachable();
  }

  #goOffline(): void {
    this.#print("[You are Offline. Bye.]");
    this.#phase = "offline";
    if (this.#endsProcess || !this.#staysAfterDereg) this.#exitCode = exitCodes.fine;
  }

  #refuse(reason: string): void {
    this.#print(`[Refused: ${shownText(reason)}]`);
    if (this.#phase === "leaving") this.#phase = "online";
    if (this.#phase !== "joining" || this.#isWelcome) return;
    if (this.#staysAfterDereg) this.#phase = "offline";
    else this.#exitCode = exitCodes.refused;
  }

  /** Runs what was typed, as far as it can go now. */
  #run(): void {
    for (let next = this.#typed.first; next !== undefined; next = this.#typed.first) {
      if (this.#exitCode !== undefined || !this.#canRun(next)) return;
      this.#typed.shift();
      if (next.kind === "end") this.#leave(true);
      else this.#runLine(next.says, next.line);
    }
  }

  #canRun(next: Typed): boolean {
    if (this.#phase === "leaving") return false;
    const leaves = next.kind === "end" || this.#leaves(next.says);
    if (leaves && (this.#isServerLost || this.#phase === "offline")) return true;
    if (this.#phase === "joining") return false;
    return leaves ? this.#session.pending === 0 : this.#session.pending < mostPending;
  }

  #leaves(says: TypedCommand<ClientWord>): boolean {
    return says.kind === "command" && leavingWords.has(says.command.word) && this.#isOurs(says.name);
  }

  #isOurs(name: string): boolean {
    return name === "" || nameKey(name) === nameKey(this.#session.name);
  }

  #runLine(says: TypedCommand<ClientWord>, line: TypedLine): void {
    if (says.kind === "nothing") return;
    if (says.kind === "invalid") return this.#print("[Invalid command]");
    if (says.kind === "usage") return this.#print(`[Usage: ${usageOf(says.command)}]`);
    const { command, name, message } = says;
    if (command.shape === "ownName" && !this.#isOurs(name)) {
      return this.#print(`[You can only ${command.word === "dereg" ? "deregister" : "register"} yourself.]`);
    }
    if (command.when === "online" && this.#phase === "offline") return this.#print("[You are offline.]");
    if (command.when === "offline" && this.#phase !== "offline") return this.#print("[You are already registered.]");
    this.#obey(command.word, name, message, line);
  }

  #obey(word: ClientWord, name: string, message: string, line: TypedLine): void {
    switch (word) {
      case "send":
        return this.#send(name, message, line);
      case "clients":
        for (const entry of this.#session.table()) this.#print(tableLine(entry));
        return;
      case "trust":
        return this.#trust(name);
      case "dereg":
        return this.#leave(!this.#staysAfterDereg);
      case "reg":
        this.#phase = "joining";
        this.#isWelcome = false;
        return this.#session.register();
      case "quit":
      case "exit":
      case "ctrl + c":
        return this.#leave(true);
      case "help":
        for (const each of helpLines(this.#commandsNow())) this.#print(each);
        return;
      default:
        return unreachable(word);
    }
  }

  #send(name: string, message: string, line: TypedLine): void {
    if (usableName(name) === undefined) return this.#print(`[Not a usable name: ${shownText(name)}]`);
    if (!line.isWhole) {
      const before = line.text.slice(0, line.text.length - message.length);
      return this.#printTooLong(line.bytes - utf8(before).length);
    }
    const outcome = this.#session.send(name, message);
    switch (outcome.kind) {
      case "accepted":
        return;
      case "noSuchClient":
        return this.#printUnknown(name);
      case "tooLong":
        return this.#printTooLong(outcome.bytes);
      case "tooMany":
        return this.#printTooMany();
      case "offline":
        return this.#print("[You are offline.]");
      default:
        return unreachable(outcome);
    }
  }

  #printTooLong(bytes: number): void {
    this.#print(`[Message too long: ${bytes} of ${mostMessageBytes} bytes.]`);
  }

  #trust(name: string): void {
    if (usableName(name) === undefined) return this.#print(`[Not a usable name: ${shownText(name)}]`);
    const outcome = this.#session.trust(name);
    switch (outcome) {
      case "accepted":
      case "asked":
        return;
      case "nothingToAccept":
        return this.#printNothingToAccept(name);
      case "noSuchClient":
        return this.#printUnknown(name);
      case "tooMany":
        return this.#printTooMany();
      case "offline":
        return this.#print("[You are offline.]");
      default:
        return unreachable(outcome);
    }
  }

  #printUnknown(name: string): void {
    this.#print(`[No such client: ${shownText(name)}]`);
  }

  #printNothingToAccept(name: string): void {
    this.#print(`[Nothing to accept from ${shownText(name)}.]`);
  }

  #printTooMany(): void {
    this.#print("[Refused: too many names are being looked up]");
  }

  #leave(endsProcess: boolean): void {
    this.#endsProcess ||= endsProcess;
    if (this.#phase === "offline") {
      this.#exitCode = exitCodes.fine;
    } else if (this.#phase === "joining") {
      if (endsProcess) this.#exitUnreachable();
      else this.#print("[You are offline.]");
    } else {
      this.#phase = "leaving";
      this.#session.deregister();
    }
  }

  #commandsNow(): readonly PromptCommand[] {
    const isOnline = this.#phase !== "offline";
    return clientCommands.filter(({ when }) => when === "always" || (when === "online") === isOnline);
  }

  #exitUnreachable(): void {
    this.#print("[Exiting]");
    this.#exitCode = exitCodes.serverUnreachable;
  }

  #fail(code: number, message: string): void {
    this.#printed.push({ to: "error", text: message });
    this.#exitCode = code;
  }

  #print(text: string): void {
    this.#printed.push({ to: "output", text: this.prompt + text });
  }
}

const leavingWords: ReadonlySet<string> = new Set(["dereg", "quit", "exit", "ctrl + c"] satisfies ClientWord[]);

function verdict(name: string, end: "received" | "notDelivered"): string {
  return end === "received" ? `[Message received by ${name}.]` : `[No ACK from ${name}, message not delivered]`;
}

function unreachable(value: never): never {
  throw new TypeError(`not expected: ${String(value)}`);
}
