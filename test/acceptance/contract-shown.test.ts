// Text that others wrote, as it comes out at the real program: without anything that drives a terminal or feigns a line.

import assert from "node:assert/strict";
import { test } from "node:test";

import { connect } from "#library";

import { deliver, gather, said, Stage, welcome } from "./stage.ts";

/** What somebody says, and the lines in which it is read. */
const texts: readonly (readonly [string, readonly string[]])[] = [
  ["\u001b[2J\u001b[Hclear \u001b[1;31mred\u001b[0m", ["clear red"]],
  ["\u001b]0;title\u0007window", ["window"]],
  ["\u009b31mC1\u0085next", ["C1", "    next"]],
  ["bell\u0007 back\b\b del\u007f nul\u0000.", ["bell back del nul."]],
  ["right \u202eto\u202c left \u2066isolate\u2069 \u200fmark", ["right to left isolate mark"]],
  ["one\ntwo\r\nthree\rfour", ["one", "    two", "    three", "    four"]],
  ["line\u2028separator\u2029paragraph", ["line", "    separator", "    paragraph"]],
  ["x\n>>> [Message received by bob.]", ["x", "    >>> [Message received by bob.]"]],
  ["family 👩‍👩‍👧 flag 🏳️‍🌈 Київ", ["family 👩‍👩‍👧 flag 🏳️‍🌈 Київ"]],
];

test("direct messages, messages to everybody and to a group are shown clean, line breaks indented", async (t) => {
  const stage = await Stage.open(t);
  await stage.server();
  const ana = await stage.client("ana");
  const session = await connect({ name: "eve", host: "127.0.0.1", port: stage.port, folder: stage.home("eve") });
  t.after(() => session.close());
  const happened = async (kind: string): Promise<void> => {
    for await (const event of session) if (event.kind === kind) return;
    throw new Error(`no ${kind}`);
  };
  await happened("tableUpdated");
  const expected = (opening: string): readonly string[] =>
    texts.flatMap(([, [first, ...more]]) => [`${opening}${first}`, ...more]);
  let from = said(ana).length;
  const assertShown = async (lines: readonly string[]): Promise<void> => {
    // A table line may come at any time, and is none of them.
    const texts = (): readonly string[] =>
      said(ana)
        .slice(from)
        .filter((line) => !line.includes("[Client table"));
    while (texts().length < lines.length) await ana.line(/./);
    assert.deepEqual(texts(), lines);
    from = said(ana).length;
  };
  for (const [text] of texts) assert.equal(session.send("ana", text).kind, "accepted");
  await assertShown(expected(">>> eve: "));
  for (const [text] of texts) assert.equal(session.sendAll(text).kind, "accepted");
  await assertShown(expected(">>> Channel_Message eve: "));
  await gather("lab", ana);
  from = said(ana).length;
  session.joinGroup("lab");
  await happened("groupEntered");
  for (const [text] of texts) assert.equal(session.sendGroup(text).kind, "accepted");
  await assertShown(expected(">>> (lab) Group_Message eve: "));
  assert.doesNotMatch(
    ana.lines.map(({ text }) => text).join(""),
    // oxlint-disable-next-line no-control-regex
    /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/,
  );
});

test("what is typed with control characters is sent as typed, and read clean", async (t) => {
  const stage = await Stage.open(t);
  await stage.server();
  const [ana, bob] = await stage.clients("ana", "bob");
  assert.ok(ana && bob);
  ana.type("send bob \u001b[31mred\u001b[0m \u202eover");
  await bob.line(">>> ana: red over");
  await ana.line(">>> [Message received by bob.]");
  ana.type("send bob one\u2028two");
  await bob.line(">>> ana: one");
  await bob.line("    two");
  await ana.line(">>> [Message received by bob.]");
  await deliver(["bob", bob], ["ana", ana], "plain");
  assert.deepEqual(said(bob), [
    welcome,
    ">>> ana: red over",
    ">>> ana: one",
    "    two",
    ">>> [Message received by ana.]",
  ]);
});
