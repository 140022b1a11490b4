import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { readArguments } from "../../src/cli/arguments.ts";

const join = {
  kind: "join",
  name: "yb",
  host: "127.0.0.1",
  port: 4000,
  clientPort: 0,
  plain: true,
  stay: false,
  newServer: false,
};
const served = { kind: "serve", port: 4000, mailbox: true, untilEmpty: false };

const sim = {
  kind: "sim",
  weather: { loss: 0.2, burst: 1, delayMs: 50, jitterMs: 20, duplicate: 0, corrupt: 0 },
  clients: 5,
  minutes: 1,
  scenario: "talk",
  seed: 1,
} as const;

const accepted: readonly (readonly [string, object])[] = [
  ["-s 4000", served],
  ["-s 1", { ...served, port: 1 }],
  ["-s 65535", { ...served, port: 65_535 }],
  ["4000 -s", served],
  ["serve --port 4000", served],
  ["serve --port=4000", served],
  ["--port 4000 serve", served],
  ["serve", { ...served, port: 4119 }],
  ["serve --until-empty", { ...served, port: 4119, untilEmpty: true }],
  ["-s 4000 --until-empty", { ...served, untilEmpty: true }],
  ["--no-mailbox -s 4000 --data /srv/chat", { ...served, mailbox: false, data: "/srv/chat" }],
  ["-s --data=-x 4000", { ...served, data: "-x" }],
  ["-s 4000 --bind ::1", { ...served, bind: "::1" }],
  ["-s 4000 --bind [::1]", { ...served, bind: "::1" }],
  ["-c yb 127.0.0.1 4000 0", join],
  ["-c yb 127.0.0.1 4000 5000", { ...join, clientPort: 5000 }],
  ["-c yb ::1 4000 0", { ...join, host: "::1" }],
  ["-c yb [::1] 4000 0", { ...join, host: "::1" }],
  ["-c yb ::ffff:10.0.0.1 4000 0", { ...join, host: "::ffff:10.0.0.1" }],
  ["-c yb localhost 4000 0", { ...join, host: "localhost" }],
  ["-c yb chat-1.example.org. 4000 0", { ...join, host: "chat-1.example.org." }],
  ["-c yb münchen.example 4000 0", { ...join, host: "xn--mnchen-3ya.example" }],
  [
    "--stay -c yb --new-server 127.0.0.1 --ack-timeout 200 4000 0",
    { ...join, stay: true, newServer: true, ackTimeoutMs: 200 },
  ],
  ["-c yb 127.0.0.1 4000 0 --bind 10.0.0.7", { ...join, bind: "10.0.0.7" }],
  ["-c Zoë 127.0.0.1 4000 0", { ...join, name: "Zoë" }],
  ["join yb@127.0.0.1:4000 --port 5000 --plain", { ...join, clientPort: 5000 }],
  ["join yb@127.0.0.1:4000", { ...join, plain: false }],
  ["join yb@[::1]:4000", { ...join, plain: false, host: "::1" }],
  ["join yb@127.0.0.1", { ...join, plain: false, port: 4119 }],
  ["join yb@[::1]", { ...join, plain: false, host: "::1", port: 4119 }],
  ["join yb@host#ab:4000", { ...join, plain: false, host: "host", port: 4119, fingerprint: "ab:4000" }],
  ["join yb@host:4000#ab:CD+/=", { ...join, plain: false, host: "host", fingerprint: "ab:CD+/=" }],
  ["join yb@[::1]:4000#f@[::2]:9", { ...join, plain: false, host: "::1", fingerprint: "f@[::2]:9" }],
  ["-s 4000 --trace s.sqlog", { ...served, trace: "s.sqlog" }],
  ["join yb@127.0.0.1:4000 --trace=a.sqlog", { ...join, plain: false, trace: "a.sqlog" }],
  ["sim", sim],
  ["sim --loss 0.2 --delay 50 --jitter 20 --clients 5 --minutes 10 --seed 7", { ...sim, minutes: 10, seed: 7 }],
  [
    "sim --loss .05 --burst 2.5 --delay=0 --jitter 0 --duplicate 0.1 --corrupt 0.01 --clients 50 --scenario storm",
    {
      ...sim,
      weather: { loss: 0.05, burst: 2.5, delayMs: 0, jitterMs: 0, duplicate: 0.1, corrupt: 0.01 },
      clients: 50,
      scenario: "storm",
    },
  ],
  ["trace a", { kind: "trace", file: "a", once: false }],
  ["trace --once a b", { kind: "trace", file: "a", other: "b", once: true }],
  ["sim --help", { kind: "help", topic: "sim" }],
  ["--help", { kind: "help" }],
  ["-h", { kind: "help" }],
  ["serve --help", { kind: "help", topic: "serve" }],
  ["-c yb --help", { kind: "help", topic: "join" }],
  ["--version", { kind: "version" }],
  ["-V", { kind: "version" }],
];

for (const [words, expected] of accepted) {
  test(`taken: ${words}`, () => assert.deepEqual(readArguments(words.split(" ")), expected));
}

test("no words at all are a wish of their own", () => {
  assert.deepEqual(readArguments([]), { kind: "alone", port: 4119 });
});

test("the usual trace is meant wherever none is given", () => {
  assert.deepEqual(readArguments([], "", "t"), { kind: "alone", port: 4119, trace: "t" });
  assert.deepEqual(readArguments(["-s", "4000"], "", "t"), { ...served, trace: "t" });
  assert.deepEqual(readArguments(["-s", "4000", "--trace", "x"], "", "t"), { ...served, trace: "x" });
  assert.deepEqual(readArguments(["sim"], "", "t"), sim);
});

test("the usual port is meant wherever none is given, and is checked only there", () => {
  assert.deepEqual(readArguments([], "5000"), { kind: "alone", port: 5000 });
  assert.deepEqual(readArguments(["serve"], "5000"), { ...served, port: 5000 });
  assert.deepEqual(readArguments(["join", "yb@127.0.0.1"], "5000"), { ...join, plain: false, port: 5000 });
  assert.deepEqual(readArguments(["-s", "4000"], "x"), served);
  assert.deepEqual(readArguments(["--help"], "x"), { kind: "help" });
  for (const words of [[], ["serve"], ["join", "yb@[::1]"]]) {
    assert.deepEqual(readArguments(words, "70000"), {
      kind: "usage",
      message: 'got the port in UDPCHAT_PORT "70000", expected a number from 1 to 65535; leave it empty for 4119',
    });
  }
});

const refused: readonly (readonly [readonly string[], RegExp])[] = [
  [["--stay"], /^got no command, expected -s, -c, serve or join; try: udpchat -s 4000/],
  [["--"], /^got no command, /],
  [["-s"], /^got no port, expected -s <port>; try: udpchat -s 4000$/],
  [
    ["serve", "4000"],
    /^got the extra argument "4000", expected serve \[--port <port>\]; leave it out, or write --port /,
  ],
  ...["0", "65536", "abc", "-1", "", " 80", "80 ", "4e3", "0x10", "007", "1.5", "99999999999999999999", "٣"].map(
    (port) =>
      [
        ["-s", port],
        new RegExp(`^got the port "${port.replace(".", "\\.")}", expected a number from 1 to 65535; `),
      ] as const,
  ),
  ...["0", "65536", "abc", "-1", ""].map(
    (port) =>
      [
        ["-c", "yb", "::1", port, "0"],
        new RegExp(`^got the server port "${port}", expected a number from 1 `),
      ] as const,
  ),
  ...["65536", "abc", "-1", "", "-"].map(
    (port) =>
      [
        ["-c", "yb", "::1", "1", port],
        new RegExp(`^got the client port "${port}", expected a number from 0 to 65535`),
      ] as const,
  ),
  ...[
    "300.1.1.1",
    "127.1",
    "127.0.9999.1",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.4.",
    "127.0.0.01",
    "0x7f.1",
    "127.0.0.0x1",
    "2130706433",
    "[300.1.1.1]",
    "[127.0.0.1]",
    "[::1",
    "::1]",
    "[]",
    ":::",
    "12345::",
    "example.1",
    "１２７.1",
    "",
    " ",
    "a b",
    "-host.example",
    "a..b",
    ".",
    "a/b",
    "ho\nst",
    "x".repeat(64),
    `${"x.".repeat(127)}x`,
    "\u001b[31m",
  ].map(
    (host) => [["-c", "yb", host, "4000", "0"], /^got (?:the server address "|the unknown option "-host)/] as const,
  ),
  [
    ["-c", "yb", "::1", "4000"],
    /^got 3 arguments after -c, expected 4: -c <name> <server-ip> <server-port> <client-port>; try: /,
  ],
  [["-c"], /^got 0 arguments after -c, /],
  [["-c", "yb", "::1", "4000", "0", "x"], /^got 5 arguments after -c, /],
  [["-s", "4000", "5000"], /^got the extra argument "5000", expected -s <port>; leave it out$/],
  [["serve", "4000", "--port", "1"], /^got the extra argument "4000"/],
  ...[
    "",
    "x".repeat(33),
    "y b",
    "a/b",
    "../x",
    "..",
    "-",
    "_x",
    "a\u0000b",
    "a\nb",
    "a\u001b[31m",
    "a\u202eb",
    "a@b",
  ].map((name) => [["-c", name, "::1", "4000", "0"], /^got the name "/] as const),
  [["-c", "-x", "::1", "4000", "0"], /^got the unknown option "-x", expected an option such as -[sc]; see /],
  [["join"], /^got nothing after join, expected join <name>@<host>\[:<port>\]; /],
  [["join", "yb"], /^got "yb", expected join <name>@<host>\[:<port>\]/],
  [["join", "yb@::1:4000"], /^got "yb@::1:4000", expected .*IPv6 as \[::1\]/],
  [["join", "yb@::1"], /^got "yb@::1", expected /],
  [["join", "yb@h:"], /^got the server port ""/],
  [["join", "yb@:4000"], /^got the server address ""/],
  [["join", "@::1:4000"], /^got "@::1:4000"/],
  [["join", "@[::1]:4000"], /^got the name ""/],
  [["join", "yb@h:0"], /^got the server port "0"/],
  [["join", "yb@h:1#"], /^got the fingerprint ""/],
  [["join", "yb@h:1#a b"], /^got the fingerprint "a b"/],
  [["join", "yb@h:1", "x"], /^got the extra argument "x"/],
  [["join", "yb@h:1", "--port", "-1"], /^got the client port "-1"/],
  [["join", "@".repeat(100_000)], /^got "@{64}…", expected /],
  [["-s", "-c", "4000"], /^got both -s and -c/],
  [["strat"], /^got the unknown command "strat", expected one such as serve; see udpchat --help$/],
  [
    ["-s", "4000", "--no-mailbx"],
    /^got the unknown option "--no-mailbx", expected an option such as --no-mailbox; see /,
  ],
  [["--\u001b[2J\n\u0085"], /^got the unknown option "--\\u\{1b\}\[2J\\u\{a\}\\u\{85\}", /],
  [["-s4000"], /^got the unknown option "-s4000", expected an option such as -s; /],
  [["-s", "4000", "--stay"], /^got --stay, expected only options of serve; see udpchat serve --help$/],
  [["-c", "yb", "::1", "1", "0", "--data", "x"], /^got --data, expected only options of join/],
  [["-s", "--port", "4000"], /^got --port together with -s/],
  [["serve", "--port"], /^got --port without a value, expected --port <port>; /],
  [["serve", "--port", "--no-mailbox"], /^got --port without a value/],
  [["serve", "--port="], /^got --port without a value/],
  [["serve", "--port", "1", "--port", "2"], /^got --port twice/],
  [["-s", "4000", "--no-mailbox=yes"], /^got a value for --no-mailbox/],
  ...["0", "-5", "abc", "60001", "1.5"].map(
    (ms) => [["-c", "yb", "::1", "1", "0", "--ack-timeout", ms], /^got --ack-timeout "/] as const,
  ),
  ...["localhost", "300.1.1.1", "1.2.3", "[::", "x"].map(
    (bind) => [["-s", "4000", "--bind", bind], /^got --bind "/] as const,
  ),
  [["-s", "--", "--help"], /^got the port "--help"/],
];

for (const [words, expected] of refused) {
  test(`refused: ${JSON.stringify(words).slice(0, 80)}`, () => {
    const said = readArguments(words);
    assert.equal(said.kind, "usage");
    assert.match(said.kind === "usage" ? said.message : "", expected);
  });
}

test("whatever the words, a refusal is one visible line of what was got, what was expected, and what to do", () => {
  const word = fc.oneof(
    fc.string({ unit: "binary", maxLength: 200 }),
    fc.constantFrom("-s", "-c", "serve", "join", "--port", "--bind"),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 8 }), (words) => {
      const said = readArguments(words);
      if (said.kind !== "usage") return;
      assert.match(said.message, /^got [^]+, expected [^]+; [^]+$/);
      assert.doesNotMatch(said.message, /[\p{C}\p{Zl}\p{Zp}]/u);
      assert.ok(said.message.length < 900, `${said.message.length} units`);
    }),
  );
});
