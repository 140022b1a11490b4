import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { shownEvent } from "../../src/cli/shown-event.ts";
import type { ClientEvent } from "../../src/client/events.ts";

import { messageId } from "./fake-session.ts";
import { now, Typist } from "./typist.ts";

const hostile = fc.oneof(
  fc.constantFrom(
    "bob",
    "lab",
    "Ана",
    "two  words",
    "a\nb",
    ">>> x",
    "\u001b[2J\u0007",
    "\u009b1m\u202e",
    "\r\n\u0000",
    "",
  ),
  fc.string({ unit: "binary", maxLength: 20 }),
);
const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const mailedAtMs = fc.option(time, { nil: undefined });
const group = fc.option(hostile, { nil: undefined });
const id = fc.constant(messageId(0));
const someId = fc.option(id, { nil: undefined });

function events<Kind extends ClientEvent["kind"]>(kind: Kind, fields: object = {}): fc.Arbitrary<ClientEvent> {
  return fc.record({ kind: fc.constant(kind), ...fields }) as fc.Arbitrary<ClientEvent>;
}

// Those in the middle decide where we are, and come often.
const anyEvent: fc.Arbitrary<ClientEvent> = fc.oneof(
  events("registered", { hasMailbox: fc.boolean() }),
  events("tableUpdated"),
  events("messageReceived", {
    from: hostile,
    messageId: id,
    text: hostile,
    sentAtMs: time,
    isLate: fc.boolean(),
    mailedAtMs,
  }),
  events("mailBegan"),
  events("privateKept", { from: hostile }),
  events("messageMailed", { to: hostile, messageId: id }),
  events("messageEnded", {
    to: hostile,
    messageId: id,
    end: fc.constantFrom("received", "notDelivered", "saved", "exists", "refused"),
    reason: fc.option(hostile, { nil: undefined }),
  }),
  events("mailCollected", { to: hostile, messageId: id, sentAtMs: time }),
  events("postTaken", { group, messageId: id }),
  events("postReceived", { group, from: hostile, messageId: id, text: hostile, sentAtMs: time, mailedAtMs }),
  { weight: 4, arbitrary: events("groupEntered", { group: hostile }) },
  { weight: 2, arbitrary: events("groupLeft", { group: hostile }) },
  { weight: 2, arbitrary: events("removedFromGroup", { group: hostile }) },
  events("groupCreated", { group: hostile }),
  events("groupExists", { group: hostile }),
  events("groupMissing", { group: hostile }),
  events("groupsListed", { groups: fc.array(hostile, { maxLength: 3 }) }),
  events("membersListed", { group: hostile, members: fc.array(hostile, { maxLength: 3 }) }),
  events("requestRefused", { reason: hostile, messageId: someId }),
  events("keyChanged", { name: hostile, messageId: someId }),
  events("unknownName", { name: hostile, messageId: someId }),
  events("nothingToAccept", { name: hostile }),
  events("serverSilent", { kept: fc.nat({ max: 3 }) }),
  events("deregistered"),
  events("refused", { reason: hostile }),
  fc.oneof(
    { weight: 9, arbitrary: events("tableUpdated") },
    events("nameTaken", { name: hostile }),
    events("serverChanged", { pinned: hostile, shown: hostile }),
    events("versionUnknown", { theirs: fc.constant([2]) }),
    events("profileFailed", { reason: hostile }),
  ),
);

const word = fc.constantFrom(
  ..."send send_all create_group list_groups join_group send_group list_members leave_group clients trust".split(" "),
  ..."dereg reg help".split(" "),
  "no_such_command",
);
const typed = fc.oneof(
  word,
  fc.tuple(word, fc.constantFrom("bob", "lab", "yb", "../x")).map((parts) => parts.join(" ")),
  fc.tuple(word, hostile, hostile).map((parts) => parts.join(" ")),
  hostile,
);

type Step = { readonly type: string } | { readonly event: ClientEvent } | { readonly pending: number };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.record({ type: typed }),
    fc.record({ event: anyEvent }),
    fc.record({ pending: fc.constantFrom(0, 0, 1, 256) }),
  ),
  { maxLength: 40, size: "max" },
);

/** The prompt in a group, of a name that may hold anything. */
function promptIn(name: string | undefined): string {
  if (name === undefined) return ">>> ";
  const line = shownEvent({ kind: "privateKept", from: name }, now)[0] ?? "";
  return `>>> (${line.slice("[Private message from ".length, -", shown when you leave.]".length)}) `;
}

test("whatever is typed and whatever happens, each line begins with the prompt of the moment and none drives a terminal", () => {
  let linesInGroups = 0;
  fc.assert(
    fc.property(steps, fc.boolean(), (all, stay) => {
      const yb = Typist.online({ stay });
      let inside: string | undefined;
      for (const step of all) {
        if ("pending" in step) {
          yb.session.pending = step.pending;
          continue;
        }
        let first: readonly string[] = [];
        if ("type" in step) yb.type(step.type);
        else {
          const { kind } = step.event;
          const isOver = yb.mode.exitCode !== undefined;
          const isOutside = kind === "messageReceived" || kind === "groupLeft" || kind === "removedFromGroup";
          const prompt = promptIn(isOutside ? undefined : inside);
          if (!isOver) {
            first = shownEvent(step.event, now).map((line) => prompt + line);
            if (step.event.kind === "groupEntered") inside = step.event.group;
            if (kind === "groupLeft" || kind === "removedFromGroup" || kind === "deregistered") inside = undefined;
          }
          yb.session.group = inside;
          yb.happen(step.event);
        }
        const lines = yb.printed();
        for (const line of lines)
          assert.doesNotMatch(line.replaceAll("\n    ", ""), /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
        assert.deepEqual(lines.slice(0, first.length), first);
        const prompt = promptIn(inside);
        for (const line of lines.slice(first.length)) assert.ok(line.startsWith(prompt) || line.startsWith("! "), line);
        assert.equal(yb.mode.prompt, prompt);
        if (inside !== undefined) linesInGroups += lines.length;
      }
    }),
    { numRuns: 2000 },
  );
  assert.ok(linesInGroups > 500, `${linesInGroups} lines in groups`);
});

/** What a session does, faithfully, with what it was asked, the first first. */
class Answerer {
  readonly #yb: Typist;
  #answered = 0;

  constructor(yb: Typist) {
    this.#yb = yb;
  }

  /** Whether there was something to answer. */
  answer(isRefused: boolean): boolean {
    const call = this.#yb.calls[this.#answered++];
    if (call === undefined) {
      this.#answered--;
      return false;
    }
    const [what = "", name = ""] = call.split(/[ |]/);
    const { session } = this.#yb;
    if (what === "send" && session.knows(name)) session.pending--;
    if (what === "send") this.#yb.happen({ kind: "messageMailed", to: "bob", messageId: messageId(0) });
    else if (what === "sendGroup" || what === "sendAll") this.#yb.take();
    else if (isRefused) this.#yb.happen({ kind: "requestRefused", reason: "no", messageId: undefined });
    else if (what === "createGroup") this.#yb.happen({ kind: "groupCreated", group: name });
    else if (what === "listGroups") this.#yb.happen({ kind: "groupsListed", groups: [] });
    else if (what === "joinGroup") this.#yb.enter(name);
    else if (what === "listMembers") this.#yb.happen({ kind: "membersListed", group: "g", members: [] });
    else if (what === "leaveGroup") this.#yb.leave("g");
    return true;
  }
}

test("each command runs once, in order, in the mode it was meant for, and all have run when all is answered", () => {
  const command = fc.constantFrom(
    ..."send bob 1,send_all 2,create_group a,list_groups,join_group b,send_group 3,list_members,leave_group".split(","),
  );
  const callOf: Readonly<Record<string, string>> = {
    "send bob 1": "send bob|1",
    "send_all 2": "sendAll|2",
    "create_group a": "createGroup a",
    list_groups: "listGroups",
    "join_group b": "joinGroup b",
    "send_group 3": "sendGroup|3",
    list_members: "listMembers",
    leave_group: "leaveGroup",
  };
  const ofInside = ["send_group 3", "list_members", "leave_group"];
  fc.assert(
    fc.property(
      fc.array(command, { maxLength: 30, size: "max" }),
      fc.infiniteStream(fc.boolean()),
      (commands, coin) => {
        const toss = (): boolean => coin.next().value === true;
        // What comes of them if each waits until all before it are answered; refusals of joins and leaves are none here.
        const expected: string[] = [];
        let isInside = false;
        let invalid = 0;
        for (const each of commands) {
          if (ofInside.includes(each) !== isInside) invalid++;
          else {
            expected.push(callOf[each] ?? "");
            if (each === "join_group b" || each === "leave_group") isInside = !isInside;
          }
        }
        const yb = Typist.online();
        const answerer = new Answerer(yb);
        for (const each of commands) {
          yb.type(each);
          if (toss()) answerer.answer(false);
        }
        yb.mode.endInput();
        while (answerer.answer(false));
        assert.deepEqual(yb.calls, [...expected, "deregister"]);
        assert.equal(yb.printed().filter((line) => line.endsWith("[Invalid command]")).length, invalid);
        assert.equal(yb.mode.waitingBytes, 0);
      },
    ),
    { numRuns: 1000 },
  );
});

test("whatever the server refuses, nothing waits for ever and nothing is said in a mode we are not in", () => {
  const commands = fc.array(typed, { maxLength: 30, size: "max" });
  fc.assert(
    fc.property(commands, fc.infiniteStream(fc.boolean()), (texts, coin) => {
      const toss = (): boolean => coin.next().value === true;
      const yb = Typist.online();
      const answerer = new Answerer(yb);
      const seen = { calls: 0 };
      const check = (groupBefore: string | undefined): void => {
        for (const call of yb.calls.slice(seen.calls)) {
          const isInside = /^(sendGroup|listMembers|leaveGroup)/.test(call);
          const isOutside = /^(send |sendAll|createGroup|listGroups|joinGroup|trust)/.test(call);
          if (isInside) assert.notEqual(groupBefore, undefined, call);
          if (isOutside) assert.equal(groupBefore, undefined, call);
        }
        seen.calls = yb.calls.length;
      };
      for (const text of texts) {
        if (/^[ \t]*dereg/.test(text)) continue;
        yb.type(text);
        check(yb.session.group);
        if (toss()) answerer.answer(toss());
        check(yb.session.group);
      }
      yb.mode.endInput();
      while (answerer.answer(toss())) check(yb.session.group);
      assert.equal(yb.calls.at(-1), "deregister");
      assert.equal(yb.mode.waitingBytes, 0);
    }),
    { numRuns: 1000 },
  );
});
