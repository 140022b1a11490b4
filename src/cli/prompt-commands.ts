// What can be typed at a prompt, as tables from which parsing, usage lines and `help` derive. Pure (behaviour.md, "Line
// mode" and "Lines a server prints"). Words are lower case.

/** What follows a command's word. */
type ArgumentShape = "none" | "number" | "name" | "ownName" | "group" | "message" | "nameAndMessage";

export interface PromptCommand<Word extends string = string> {
  readonly word: Word;
  readonly shape: ArgumentShape;
  /** Whether it works outside groups, inside one, or both. */
  readonly where: "outside" | "group" | "both";
  /** Whether it needs us registered, needs us not to be, or does not care. */
  readonly when: "online" | "offline" | "always";
  readonly help: string;
}

export type ClientWord =
  | "send"
  | "send_all"
  | "create_group"
  | "list_groups"
  | "join_group"
  | "send_group"
  | "list_members"
  | "leave_group"
  | "clients"
  | "net"
  | "why"
  | "trust"
  | "dereg"
  | "reg"
  | "quit"
  | "exit"
  | "ctrl + c"
  | "help";

export const clientCommands: readonly PromptCommand<ClientWord>[] = [
  command("send", "nameAndMessage", "outside", "online", "send a message straight to that client"),
  command("send_all", "message", "outside", "online", "send a message to everybody else, kept for who is away"),
  command("create_group", "group", "outside", "online", "make a group, without entering it"),
  command("list_groups", "none", "outside", "online", "list all groups"),
  command("join_group", "group", "outside", "online", "enter a group"),
  command("send_group", "message", "group", "online", "send a message to everybody in the group"),
  command("list_members", "none", "group", "online", "list who is in the group"),
  command("leave_group", "none", "group", "online", "leave the group, and see what was kept meanwhile"),
  command("clients", "none", "both", "always", "list who is known and whether they are online"),
  command("net", "none", "both", "always", "list the paths in use: round trip, packets lost, parts resent, mtu"),
  command("why", "number", "both", "always", "tell what became of the message of that number, or of the last"),
  command("trust", "name", "outside", "online", "accept the changed key of that name"),
  command("dereg", "ownName", "both", "online", "go offline; without --stay this ends the program"),
  command("reg", "ownName", "both", "offline", "come back after dereg"),
  command("quit", "none", "both", "always", "go offline and end the program"),
  command("exit", "none", "both", "always", "the same as quit"),
  command("ctrl + c", "none", "both", "always", "typed out, the same as quit"),
  command("help", "none", "both", "always", "list the commands that work here and now"),
];

/** What `help` says besides: scheme 0 of PROTOCOL §8.8. */
export const openToServer = "The server could read groups and send_all, not direct messages and mail.";

export type ServerWord = "clients" | "release" | "quit" | "help";

export const serverCommands: readonly PromptCommand<ServerWord>[] = [
  command("clients", "none", "both", "always", "list the client table"),
  command("release", "name", "both", "always", "free a name whose owner lost the key"),
  command("quit", "none", "both", "always", "end the server"),
  command("help", "none", "both", "always", "list the commands"),
];

/** What a typed line says. `name` and `message` are empty where the command has none; `message` is the end of the line, or
 * a number. */
export type TypedCommand<Word extends string> =
  | { readonly kind: "nothing" }
  | { readonly kind: "invalid" }
  | { readonly kind: "usage"; readonly command: PromptCommand<Word> }
  | {
      readonly kind: "command";
      readonly command: PromptCommand<Word>;
      readonly name: string;
      readonly message: string;
    };

/**
 * Reads one typed line; commands of another place than `where` are invalid. Spaces and tabs separate; before a message
 * stands one of them, and all that follows is the message.
 */
export function readCommand<Word extends string>(
  line: string,
  commands: readonly PromptCommand<Word>[],
  where: "outside" | "group" | "anywhere",
): TypedCommand<Word> {
  const start = line.replace(/^[ \t]+/, "");
  if (start === "") return { kind: "nothing" };
  const found = commands.find(({ word }) => start.startsWith(word) && /^(?:[ \t]|$)/.test(start.slice(word.length)));
  if (found === undefined || !isOf(found, where)) return { kind: "invalid" };
  const given = readShape(found.shape, start.slice(found.word.length));
  return given === undefined ? { kind: "usage", command: found } : { kind: "command", command: found, ...given };
}

function isOf(command: PromptCommand, where: "outside" | "group" | "anywhere"): boolean {
  return where === "anywhere" || command.where === "both" || command.where === where;
}

const placeholders: Readonly<Record<ArgumentShape, string>> = {
  none: "",
  number: " [<n>]",
  name: " <name>",
  ownName: " <own name>",
  group: " <group>",
  message: " <message>",
  nameAndMessage: " <name> <message>",
};

/** The command with its arguments, as usage lines and help show it. */
export function usageOf(command: PromptCommand): string {
  return command.word + placeholders[command.shape];
}

/** The lines of `help` for those commands. */
export function helpLines(commands: readonly PromptCommand[]): string[] {
  const width = Math.max(...commands.map((each) => usageOf(each).length));
  return commands.map((each) => `${usageOf(each).padEnd(width)}  ${each.help}`);
}

function command<Word extends string>(
  word: Word,
  shape: ArgumentShape,
  where: PromptCommand["where"],
  when: PromptCommand["when"],
  help: string,
): PromptCommand<Word> {
  return { word, shape, where, when, help };
}

/** What was given after the word, which starts with its separator; undefined where it does not have that shape. */
function readShape(
  shape: ArgumentShape,
  rest: string,
): { readonly name: string; readonly message: string } | undefined {
  if (shape === "message") return rest.length > 1 ? { name: "", message: rest.slice(1) } : undefined;
  const [, name, tail] = /^[ \t]*([^ \t]*)([^]*)$/.exec(rest) as unknown as [string, string, string];
  if (shape === "nameAndMessage") return name !== "" && tail.length > 1 ? { name, message: tail.slice(1) } : undefined;
  const isBlank = /^[ \t]*$/.test(tail);
  if (shape === "none") return name === "" ? { name, message: "" } : undefined;
  if (shape === "number") return isBlank && /^(?:[1-9]\d{0,8})?$/.test(name) ? { name: "", message: name } : undefined;
  if (shape === "ownName") return isBlank ? { name, message: "" } : undefined;
  return name !== "" && isBlank ? { name, message: "" } : undefined;
}
