// The options of the command line as one table, from which reading them and their help derive. Pure (behaviour.md,
// "Starting").

export const commands = ["serve", "join", "sim", "trace"] as const;

export type Command = (typeof commands)[number];

/** The simulator's, which is loaded only where it runs. */
export const scenarioNames: readonly string[] = ["talk", "weather", "accidents", "groups", "storm"];

/** The server's port where none is given. */
export const defaultPort = 4119;

export interface Option {
  /** As it is typed, dashes included. */
  readonly name: string;
  /** The placeholder of its value; an option without one is a switch. */
  readonly value?: string;
  readonly help: string;
}

const trace: Option = { name: "--trace", value: "<file>", help: "note what is sent and received, for udpchat trace" };
const bind: Option = { name: "--bind", value: "<address>", help: "open the socket on this address only" };

/** The options of each command. */
export const commandOptions: Readonly<Record<Command, readonly Option[]>> = {
  serve: [
    { name: "--port", value: "<port>", help: `the UDP port to serve on, 1-65535 (default: ${defaultPort})` },
    { name: "--data", value: "<folder>", help: "where the server's books live (default: one folder a port)" },
    { name: "--no-mailbox", help: "keep no messages for people who are away" },
    { name: "--until-empty", help: "end when the last client has left, or when none came for a minute" },
    bind,
    trace,
  ],
  join: [
    { name: "--port", value: "<port>", help: "the UDP port to chat on; 0, the default, is any free one" },
    { name: "--plain", help: "line mode: one event a line; the only mode of this release" },
    { name: "--stay", help: "keep running after dereg, ready for reg" },
    { name: "--ack-timeout", value: "<ms>", help: "how long a silent recipient is waited for (default: 500)" },
    { name: "--new-server", help: "accept that the server at this address is another one than last time" },
    bind,
    trace,
  ],
  sim: [
    { name: "--loss", value: "<part>", help: "of 1, each datagram is lost with that chance, each way (default: 0.2)" },
    { name: "--burst", value: "<n>", help: "how many are lost in a row, on average (default: 1)" },
    { name: "--delay", value: "<ms>", help: "what the way takes, one way (default: 50)" },
    {
      name: "--jitter",
      value: "<ms>",
      help: "up to so much more, so that datagrams overtake one another (default: 20)",
    },
    { name: "--duplicate", value: "<part>", help: "of 1, comes twice (default: 0)" },
    { name: "--corrupt", value: "<part>", help: "of 1, comes with a bit flipped (default: 0)" },
    { name: "--clients", value: "<n>", help: "how many people, 2-50 (default: 5)" },
    { name: "--minutes", value: "<n>", help: "how long they talk, in virtual time (default: 1)" },
    { name: "--scenario", value: "<name>", help: `what else goes wrong (default: talk, nothing)` },
    { name: "--seed", value: "<n>", help: "the dice: equal seeds give equal runs (default: 1)" },
  ],
  trace: [{ name: "--once", help: "print what is there, and do not wait for more" }],
};

/** Options that go with every command and with none. */
export const generalOptions: readonly Option[] = [
  { name: "--help", help: "show this help" },
  { name: "--version", help: "show the version" },
];

/** Short words that stand for a command, with the arguments that follow them. */
export const shortForms = { "-s": "serve", "-c": "join" } as const satisfies Readonly<Record<string, Command>>;

/** What stands for another option. */
export const optionAliases: Readonly<Record<string, string>> = { "-h": "--help", "-V": "--version" };
