// The commands that hand something to a ChatSession and leave line mode as it is until the session tells what came of
// it. No I/O (behaviour.md, "Line mode").

import { utf8 } from "#bytes";
import type { ChatSession } from "#library";

import type { ClientWord } from "./prompt-commands.ts";
import { nothingToAccept, refusal, unknownName } from "./shown-event.ts";
import { pathLines } from "./path-lines.ts";
import { tableLine } from "./table-line.ts";
import type { TypedLine } from "./typed-line.ts";
import { whyLines } from "./why-lines.ts";

type SessionWord = Exclude<ClientWord, "dereg" | "reg" | "quit" | "exit" | "ctrl + c" | "help">;

/** A command as it was typed: a name that can be one where it has a name, and all of the message that was kept. */
interface SessionCommand {
  readonly word: SessionWord;
  readonly name: string;
  readonly message: string;
  readonly line: TypedLine;
}

/** The answer to a command that needs us registered. */
export const offlineLine = "[You are offline.]";

/** The answer to what is no command here. */
export const invalidLine = "[Invalid command]";

const mostMessageBytes = 65_536;

/** Commands the session; gives the lines to print at once, without their prompt. */
export function commandSession(session: ChatSession, command: SessionCommand): readonly string[] {
  const { word, name, message } = command;
  switch (word) {
    case "send":
      return say(command, (message) => session.send(name, message));
    case "send_all":
      return say(command, (message) => session.sendAll(message));
    case "send_group":
      return say(command, (message) => session.sendGroup(message));
    case "create_group":
      session.createGroup(name);
      return [];
    case "list_groups":
      session.listGroups();
      return [];
    case "join_group":
      session.joinGroup(name);
      return [];
    case "list_members":
      session.listMembers();
      return [];
    case "leave_group":
      session.leaveGroup();
      return [];
    case "clients":
      return session.table().map(tableLine);
    case "net":
      return pathLines(session);
    case "why":
      return whyLines(session, message);
    case "trust":
      return trust(session, name);
    default:
      return unreachable(word);
  }
}

type Outcome = ReturnType<ChatSession["send"] | ChatSession["sendGroup"]>;

function say({ name, message, line }: SessionCommand, send: (message: string) => Outcome): readonly string[] {
  if (!line.isWhole) {
    const before = line.text.slice(0, line.text.length - message.length);
    return [tooLong(line.bytes - utf8(before).length)];
  }
  const outcome = send(message);
  switch (outcome.kind) {
    case "accepted":
      return [];
    case "noSuchClient":
      return [unknownName(name)];
    case "tooLong":
      return [tooLong(outcome.bytes)];
    case "tooMany":
      return [tooManyNames];
    case "notInGroup":
      return [invalidLine];
    case "offline":
      return [offlineLine];
    default:
      return unreachable(outcome);
  }
}

function trust(session: ChatSession, name: string): readonly string[] {
  const outcome = session.trust(name);
  switch (outcome) {
    case "accepted":
    case "asked":
      return [];
    case "nothingToAccept":
      return [nothingToAccept(name)];
    case "noSuchClient":
      return [unknownName(name)];
    case "tooMany":
      return [tooManyNames];
    case "offline":
      return [offlineLine];
    default:
      return unreachable(outcome);
  }
}

const tooManyNames = refusal("too many names are being looked up");

function tooLong(bytes: number): string {
  return `[Message too long: ${bytes} of ${mostMessageBytes} bytes.]`;
}

function unreachable(value: never): never {
  throw new TypeError(`not expected: ${String(value)}`);
}
