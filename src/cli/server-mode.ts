// The prompt of a server: told what was typed, it commands a RunningServer and says what to print. No I/O (behaviour.md,
// "Lines a server prints").

import { usableName } from "#chat";
import type { RunningServer } from "#library";

import { helpLines, readCommand, serverCommands, usageOf } from "./prompt-commands.ts";
import type { ServerWord } from "./prompt-commands.ts";
import { shownText } from "./shown-text.ts";
import { tableLine } from "./table-line.ts";
import type { TypedLine } from "./typed-line.ts";

export interface ServerAnswer {
  /** Lines without the prompt. */
  readonly lines: readonly string[];
  readonly ends: boolean;
}

/** What one typed line makes a server do. */
export function answerServerLine(line: TypedLine, server: Pick<RunningServer, "clients" | "release">): ServerAnswer {
  const typed = readCommand(line.text, serverCommands, "outside");
  if (typed.kind === "nothing") return say();
  if (typed.kind === "invalid") return say("[Invalid command]");
  if (typed.kind === "usage") return say(`[Usage: ${usageOf(typed.command)}]`);
  const word: ServerWord = typed.command.word;
  switch (word) {
    case "clients":
      return say(...server.clients().map(tableLine));
    case "release":
      return say(release(typed.name, server));
    case "help":
      return say(...helpLines(serverCommands));
    case "quit":
      return { lines: [], ends: true };
    default:
      return unreachable(word);
  }
}

function release(name: string, server: Pick<RunningServer, "release">): string {
  if (usableName(name) === undefined) return `[Not a usable name: ${shownText(name)}]`;
  return server.release(name) ? `[Name ${shownText(name)} is free.]` : `[No such client: ${shownText(name)}]`;
}

function say(...lines: readonly string[]): ServerAnswer {
  return { lines, ends: false };
}

function unreachable(value: never): never {
  throw new TypeError(`not expected: ${String(value)}`);
}
