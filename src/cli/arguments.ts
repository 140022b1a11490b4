// From the words after `udpchat` to what was asked for, or to the one line that says why not (behaviour.md, "Starting").
// Reads text only: nothing is opened or looked up. Not `util.parseArgs`, which takes `-1` for an option and cannot
// name the option that was nearly typed.

import { usableName } from "#chat";

import { Mistake, type Line } from "./line.ts";
import { nearestWord } from "./nearest-word.ts";
import { commandOptions, commands, defaultPort, generalOptions, optionAliases, shortForms } from "./options.ts";
import type { Command, Option } from "./options.ts";
import { quoted } from "./quoted.ts";
import { readSim, type SimArguments } from "./read-sim.ts";
import { readTrace, type TraceArguments } from "./read-trace.ts";
import { bareAddress, serverHost } from "./server-host.ts";

export interface ServeArguments {
  readonly kind: "serve";
  readonly port: number;
  readonly data?: string;
  readonly mailbox: boolean;
  /** Ends when nobody is there any more. */
  readonly untilEmpty: boolean;
  readonly bind?: string;
  /** The file to trace to. */
  readonly trace?: string;
}

export interface JoinArguments {
  readonly kind: "join";
  readonly name: string;
  /** A numeric address without brackets, or a host name. */
  readonly host: string;
  readonly port: number;
  /** 0 is any free port. */
  readonly clientPort: number;
  readonly plain: boolean;
  readonly stay: boolean;
  readonly ackTimeoutMs?: number;
  readonly newServer: boolean;
  readonly bind?: string;
  readonly fingerprint?: string;
  /** The file to trace to. */
  readonly trace?: string;
}

/** No words at all: join this machine's server, or start it. */
export interface AloneArguments {
  readonly kind: "alone";
  readonly port: number;
  readonly trace?: string;
}

export type Arguments =
  | ServeArguments
  | JoinArguments
  | AloneArguments
  | SimArguments
  | TraceArguments
  | { readonly kind: "help"; readonly topic?: Command }
  | { readonly kind: "version" }
  /** `message` is one line without control characters. */
  | { readonly kind: "usage"; readonly message: string };

/** What the words ask for; `usualPort`, if it is not empty, takes the place of the default port, and `usualTrace` that of
 * no trace. Never throws. */
export function readArguments(words: readonly string[], usualPort = "", usualTrace = ""): Arguments {
  try {
    return read(words, usualPort, usualTrace);
  } catch (mistake) {
    if (mistake instanceof Mistake) return { kind: "usage", message: mistake.message };
    throw mistake;
  }
}

const mostAckTimeoutMs = 60_000;
const mostTargetLength = 1024;
const joinTarget = /^(?<name>[^#]*)@(?<host>\[[^#]*\]|[^:#]*)(?::(?<port>[^:\]#]*))?(?<hash>#(?<fingerprint>.*))?$/s;
const examples = {
  serve: "udpchat -s 4000",
  shortJoin: "udpchat -c ana 127.0.0.1 4000 0",
  join: "udpchat join ana@127.0.0.1:4000",
};

function read(words: readonly string[], usualPort: string, usualTrace: string): Arguments {
  if (words.length === 0) return { kind: "alone", port: readUsualPort(usualPort), ...fileOf(usualTrace) };
  const line = sortWords(words, usualPort, usualTrace);
  const { command, isShort } = commandOf(line);
  if (line.options.has("--help")) return command === undefined ? { kind: "help" } : { kind: "help", topic: command };
  if (line.options.has("--version")) return { kind: "version" };
  if (command === undefined) throw noCommand(line.plainWords[0]);
  refuseForeignOptions(line, command, isShort);
  switch (command) {
    case "serve":
      return readServe(line, isShort);
    case "join":
      return isShort ? readShortJoin(line) : readJoin(line);
    case "sim":
      return readSim(line);
    case "trace":
      return readTrace(line);
    default:
      return command satisfies never;
  }
}

const everyOption: readonly Option[] = [...Object.values(commandOptions).flat(), ...generalOptions];

function sortWords(words: readonly string[], usualPort: string, usualTrace: string): Line {
  const line: Line = { usualPort, usualTrace, plainWords: [], options: new Map() };
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (word === "--") {
      line.plainWords.push(...words.slice(i + 1));
      break;
    }
    if (!looksLikeOption(word)) line.plainWords.push(word);
    else if (takeOption(line, word, words[i + 1])) i++;
  }
  return line;
}

/** A negative number is a bad number and not an option. */
function looksLikeOption(word: string): boolean {
  return word.startsWith("-") && word !== "-" && !/^-[0-9]/.test(word);
}

/** Notes one option; true if it took the word after it. */
function takeOption(line: Line, word: string, next: string | undefined): boolean {
  const equals = word.startsWith("--") ? word.indexOf("=") : -1;
  const typed = equals < 0 ? word : word.slice(0, equals);
  const name = optionAliases[typed] ?? typed;
  const option = everyOption.find((each) => each.name === name);
  if (option === undefined && !(name in shortForms)) throw unknownOption(typed, line);
  if (option?.value === undefined) {
    if (equals >= 0) throw new Mistake(`a value for ${name}`, `${name} alone`, `leave out everything from the "=" on`);
    line.options.set(name, "");
    return false;
  }
  if (line.options.has(name)) throw new Mistake(`${name} twice`, "it once", "leave one of them out");
  const value = equals < 0 ? next : word.slice(equals + 1);
  if (value === undefined || value === "" || (equals < 0 && looksLikeOption(value))) {
    throw new Mistake(`${name} without a value`, `${name} ${option.value}`, `write the ${option.value} after it`);
  }
  line.options.set(name, value);
  return equals < 0;
}

function unknownOption(typed: string, line: Line): Mistake {
  const names = [...Object.keys(shortForms), ...new Set(everyOption.map((option) => option.name))];
  const nearest = nearestWord(typed, names) as string;
  const command =
    commands.find((each) => each === line.plainWords[0]) ?? (line.options.has("-s") ? "serve" : undefined);
  const help = command === undefined || command === "join" ? "udpchat --help" : `udpchat ${command} --help`;
  return new Mistake(`the unknown option ${quoted(typed)}`, `an option such as ${nearest}`, `see ${help}`);
}

function commandOf(line: Line): { readonly command: Command | undefined; readonly isShort: boolean } {
  const isServe = line.options.has("-s");
  const isJoin = line.options.has("-c");
  if (isServe && isJoin) throw new Mistake("both -s and -c", "one of them", "start server and client as two processes");
  if (isServe || isJoin) return { command: isServe ? shortForms["-s"] : shortForms["-c"], isShort: true };
  const command = commands.find((each) => each === line.plainWords[0]);
  if (command !== undefined) line.plainWords.shift();
  return { command, isShort: false };
}

function noCommand(first: string | undefined): Mistake {
  if (first === undefined) {
    return new Mistake("no command", "-s, -c, serve or join", `try: ${examples.serve}, or udpchat --help`);
  }
  const nearest = nearestWord(first, commands) as string;
  return new Mistake(`the unknown command ${quoted(first)}`, `one such as ${nearest}`, "see udpchat --help");
}

function refuseForeignOptions(line: Line, command: Command, isShort: boolean): void {
  const own = new Set([...commandOptions[command], ...generalOptions].map((option) => option.name));
  for (const name of line.options.keys()) {
    if (name in shortForms) continue;
    if (!own.has(name)) throw new Mistake(name, `only options of ${command}`, `see udpchat ${command} --help`);
    if (isShort && name === "--port") {
      const short = command === "serve" ? "-s" : "-c";
      throw new Mistake(`--port together with ${short}`, "the port as an argument", `leave out --port and its value`);
    }
  }
}

function readServe(line: Line, isShort: boolean): ServeArguments {
  const data = line.options.get("--data");
  return {
    kind: "serve",
    port: isShort ? readShortPort(line) : readServePort(line),
    ...(data === undefined ? {} : { data }),
    mailbox: !line.options.has("--no-mailbox"),
    untilEmpty: line.options.has("--until-empty"),
    ...fileOf(line.options.get("--trace") ?? line.usualTrace),
    ...readBind(line),
  };
}

function readShortPort(line: Line): number {
  const [port, extra] = line.plainWords;
  const form = "-s <port>";
  const remedy = `try: ${examples.serve}`;
  if (port === undefined) throw new Mistake("no port", form, remedy);
  if (extra !== undefined) throw new Mistake(`the extra argument ${quoted(extra)}`, form, "leave it out");
  return readPort(port, "port", 1, remedy);
}

function readServePort(line: Line): number {
  const [extra] = line.plainWords;
  const remedy = "leave it out, or write --port before a port";
  if (extra !== undefined) throw new Mistake(`the extra argument ${quoted(extra)}`, "serve [--port <port>]", remedy);
  const port = line.options.get("--port");
  return port === undefined
    ? readUsualPort(line.usualPort)
    : readPort(port, "port", 1, "try: udpchat serve --port 4000");
}

function readShortJoin(line: Line): JoinArguments {
  const form = "-c <name> <server-ip> <server-port> <client-port>";
  const remedy = `try: ${examples.shortJoin}`;
  const words = line.plainWords;
  if (words.length !== 4) throw new Mistake(`${words.length} arguments after -c`, `4: ${form}`, remedy);
  const [name, host, port, clientPort] = words as [string, string, string, string];
  return {
    kind: "join",
    name: readName(name),
    host: readHost(host, remedy),
    port: readPort(port, "server port", 1, remedy),
    clientPort: readPort(clientPort, "client port", 0, remedy),
    ...readJoinOptions(line),
    plain: true,
  };
}

function readJoin(line: Line): JoinArguments {
  const form = "join <name>@<host>[:<port>]";
  const remedy = `try: ${examples.join}`;
  const [target, extra] = line.plainWords;
  if (target === undefined) throw new Mistake("nothing after join", form, remedy);
  if (extra !== undefined) throw new Mistake(`the extra argument ${quoted(extra)}`, form, "leave it out");
  const parts = target.length > mostTargetLength ? undefined : joinTarget.exec(target)?.groups;
  if (parts === undefined) throw new Mistake(quoted(target), `${form}, IPv6 as [::1]`, remedy);
  const typed = parts["port"];
  const port = typed === undefined ? readUsualPort(line.usualPort) : readPort(typed, "server port", 1, remedy);
  const clientPort = readPort(line.options.get("--port") ?? "0", "client port", 0, "leave out --port for any free one");
  return {
    kind: "join",
    name: readName(parts["name"] ?? ""),
    host: readHost(parts["host"] ?? "", remedy),
    port,
    clientPort,
    ...readJoinOptions(line),
    ...(parts["hash"] === undefined ? {} : { fingerprint: readFingerprint(parts["fingerprint"] ?? "") }),
  };
}

function readJoinOptions(
  line: Line,
): Pick<JoinArguments, "plain" | "stay" | "newServer" | "ackTimeoutMs" | "bind" | "trace"> {
  const timeout = line.options.get("--ack-timeout");
  return {
    plain: line.options.has("--plain"),
    stay: line.options.has("--stay"),
    newServer: line.options.has("--new-server"),
    ...fileOf(line.options.get("--trace") ?? line.usualTrace),
    ...(timeout === undefined ? {} : { ackTimeoutMs: readTimeout(timeout) }),
    ...readBind(line),
  };
}

function readName(typed: string): string {
  const name = usableName(typed);
  if (name !== undefined) return name.shown;
  const expected = 'up to 32 letters, digits, ".", "_" or "-", the first a letter or digit';
  throw new Mistake(`the name ${quoted(typed)}`, expected, "choose another name");
}

function readHost(typed: string, remedy: string): string {
  const host = serverHost(typed);
  if (host !== undefined) return host;
  throw new Mistake(`the server address ${quoted(typed)}`, "an IPv4 or IPv6 address or a host name", remedy);
}

function readPort(typed: string, what: string, lowest: 0 | 1, remedy: string): number {
  const port = readWhole(typed);
  if (port !== undefined && port >= lowest && port <= 65_535) return port;
  const zero = lowest === 0 ? " (0 is any free one)" : "";
  throw new Mistake(`the ${what} ${quoted(typed)}`, `a number from ${lowest} to 65535${zero}`, remedy);
}

function readUsualPort(typed: string): number {
  if (typed === "") return defaultPort;
  return readPort(typed, "port in UDPCHAT_PORT", 1, `leave it empty for ${defaultPort}`);
}

function readTimeout(typed: string): number {
  const timeout = readWhole(typed);
  if (timeout !== undefined && timeout >= 1 && timeout <= mostAckTimeoutMs) return timeout;
  const expected = `milliseconds from 1 to ${mostAckTimeoutMs}`;
  throw new Mistake(`--ack-timeout ${quoted(typed)}`, expected, "leave it out for 500");
}

function readBind(line: Line): { readonly bind?: string } {
  const typed = line.options.get("--bind");
  if (typed === undefined) return {};
  const bind = bareAddress(typed);
  if (bind !== undefined) return { bind };
  throw new Mistake(
    `--bind ${quoted(typed)}`,
    "an IPv4 or IPv6 address of this machine",
    "leave it out for all addresses",
  );
}

function fileOf(trace: string): { readonly trace?: string } {
  return trace === "" ? {} : { trace };
}

function readFingerprint(typed: string): string {
  if (/^[\x21-\x7e]{1,128}$/.test(typed)) return typed;
  throw new Mistake(
    `the fingerprint ${quoted(typed)}`,
    "the server's, as its owner told it",
    'leave out everything from "#" on',
  );
}

function readWhole(typed: string): number | undefined {
  return /^(?:0|[1-9][0-9]{0,5})$/.test(typed) ? Number(typed) : undefined;
}
