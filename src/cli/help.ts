// The texts of `--help`, derived from the table of options. Pure.

import { commandOptions, defaultPort, generalOptions, scenarioNames } from "./options.ts";
import type { Command, Option } from "./options.ts";

/** The help for one command, or for the whole; ends without a line break. */
export function helpText(topic?: Command): string {
  if (topic === undefined) return wholeHelp;
  const options = [...commandOptions[topic], ...generalOptions];
  return [
    ...forms[topic],
    "",
    "Options, anywhere on the line:",
    ...rows(options),
    "",
    "Examples:",
    ...examples[topic],
  ].join("\n");
}

const usualPort = `Where no port is given it is ${defaultPort}, or what UDPCHAT_PORT in the environment says.`;

const forms: Readonly<Record<Command, readonly string[]>> = {
  serve: [
    "udpchat -s <port>",
    "udpchat serve [--port <port>]",
    "",
    "Runs a server: it keeps the books of who is here. Direct messages do not pass through it.",
    usualPort,
    "At its prompt: clients, release <name>, help, quit.",
  ],
  join: [
    "udpchat -c <name> <server-ip> <server-port> <client-port>",
    "udpchat join <name>@<host>[:<port>][#<fingerprint>] [--port <client-port>] [--plain]",
    "",
    "Joins the chat of a server under a name. <client-port> 0 is any free port; IPv6 after @ stands in",
    "brackets. Direct messages go straight from client to client, encrypted. At the prompt, help lists",
    "the commands.",
    usualPort,
  ],
  sim: [
    "udpchat sim [options]",
    "",
    "Runs a server and clients that talk, in virtual time over a network as bad as you say, and prints",
    "what was promised and what happened: the programs are the real ones, only network, disks and clock",
    "are simulated. 60 messages a client and minute. Ends with 1 if a promise was broken.",
    `Scenarios: ${scenarioNames.join(", ")}.`,
  ],
  trace: [
    "udpchat trace <file>",
    "udpchat trace <file> <file>",
    "",
    "Shows the trace that a client or server writes with --trace <file>, or with UDPCHAT_TRACE in the",
    "environment: each packet that it sends, receives or takes for lost, with numbers, sizes and times,",
    "live until it ends; never keys, and never what people say. Of two traces, those of both sides, it",
    "draws a ladder: when each packet left and came, and which were lost. The files are qlog (JSON-SEQ),",
    "up to 64 MiB. A signal, kill -USR2 <pid>, begins a trace while a client or server runs (trace.sqlog",
    "in its folder, if it had no --trace; it says where) and, the next time, ends it.",
  ],
};

const examples: Readonly<Record<Command, readonly string[]>> = {
  serve: ["  udpchat -s 4000", "  udpchat serve --port 4000 --data /srv/chat --bind 192.168.1.20"],
  join: ["  udpchat -c ana 192.168.1.20 4000 0", "  udpchat join ana@[::1]:4000 --port 5000 --plain --stay"],
  sim: ["  udpchat sim", "  udpchat sim --loss 0.2 --delay 50 --jitter 20 --clients 5 --minutes 10 --seed 7"],
  trace: ["  udpchat trace ana.sqlog", "  udpchat trace ana.sqlog bob.sqlog"],
};

const wholeHelp = [
  "udpchat: encrypted chat over UDP for people who share a network",
  "",
  "  udpchat                                                             join on this machine",
  "  udpchat -s <port>                                                   run a server",
  "  udpchat -c <name> <server-ip> <server-port> <client-port>           join as a client",
  "  udpchat serve [--port <port>] [options]                             run a server",
  "  udpchat join <name>@<host>[:<port>][#<fingerprint>] [options]       join as a client",
  "  udpchat sim [options]                                               simulate a bad network",
  "  udpchat trace <file> [<file>]                                       look at what is sent",
  "",
  "udpchat alone joins the server of this machine under your login name, or one like it where that is",
  "taken. If there is no server yet, it starts one, which ends when its last client has left. Others on",
  "the network join it with udpchat join <name>@<address of this machine>.",
  usualPort,
  "",
  ...rows(generalOptions),
  "",
  "udpchat <command> --help lists the options of serve, join, sim and trace.",
  "",
  "Examples:",
  "  udpchat",
  "  udpchat join ana@192.168.1.20",
].join("\n");

function rows(options: readonly Option[]): string[] {
  return options.map(({ name, value, help }) => `  ${`${name} ${value ?? ""}`.padEnd(20)}  ${help}`);
}
