import assert from "node:assert/strict";
import { test } from "node:test";

import { RefusalCode, type ReplyBody } from "#chat";

import { GroupLife, MOST_PAGES } from "../../src/client/group-life.ts";
import { GroupDesk } from "./group-desk.ts";
import { endOutgoing } from "./records.ts";

const done: ReplyBody = { kind: "done" };
const storeFailed: ReplyBody = { kind: "refused", code: RefusalCode.storeFailed, text: "disk full" };

/** What an inbox is told is an operation of its own here, so that the order shows. */
function stage() {
  const desk = new GroupDesk();
  const inbox = {
    setKeeping: (isKeeping: boolean): void => {
      desk.line.tell({ kind: "groupsListed", groups: [isKeeping ? "keeps" : "shows"] }, 0);
    },
  };
  const life = new GroupLife({ line: desk.line, inbox });
  const told = (): readonly string[] =>
    desk.told().map((event) => {
      if (event.kind === "requestRefused") return `refused: ${event.reason}`;
      if (event.kind === "groupsListed") return event.groups.join(" ");
      return "group" in event ? `${event.kind} ${event.group}` : event.kind;
    });
  const enter = (group: string): void => {
    life.join(group, 0);
    desk.answer({ kind: "entered", group });
    told();
  };
  return { desk, life, told, enter };
}

test("a group is made, or is there already, under the name that it was made with", () => {
  const { desk, life, told } = stage();
  life.create("Lab", 0);
  assert.deepEqual(desk.answer(done), { kind: "createGroup", group: "Lab" });
  life.create("LAB", 0);
  desk.answer({ kind: "groupExists", group: "Lab" });
  life.create("third", 0);
  desk.answer({ kind: "refused", code: RefusalCode.tooManyGroups, text: "too many groups" });
  assert.deepEqual(told(), ["groupCreated Lab", "groupExists Lab", "refused: too many groups"]);
  assert.equal(life.group, undefined);
});

test("a name that no group can have is the caller's mistake, and nothing is asked", () => {
  const { desk, life } = stage();
  for (const name of ["../x", "", "x".repeat(500), "a\u0007", "-x"]) {
    assert.throws(() => life.create(name, 0), RangeError);
    assert.throws(() => life.join(name, 0), RangeError);
  }
  assert.deepEqual(desk.kinds, []);
});

test("entering: from then on texts are kept; leaving: first it is told, then they are shown", () => {
  const { desk, life, told } = stage();
  life.join("lab", 0);
  assert.equal(life.group, undefined);
  desk.answer({ kind: "entered", group: "Lab" });
  assert.deepEqual([life.group, told()], ["Lab", ["groupEntered Lab", "keeps"]]);
  life.leave(0);
  assert.equal(life.group, "Lab");
  desk.answer(done);
  assert.deepEqual([life.group, told()], [undefined, ["groupLeft Lab", "shows"]]);
});

test("what came before is told before we have left", () => {
  const { desk, life, told, enter } = stage();
  enter("lab");
  life.leave(0);
  desk.journal.write(endOutgoing(1), () => desk.events.push({ kind: "tableUpdated" }));
  desk.answer(done);
  assert.deepEqual(told(), []);
  desk.commit();
  assert.deepEqual(told(), ["tableUpdated", "groupLeft lab", "shows"]);
});

test("a group that is not there is told as it was typed, and so is any other refusal; we stay where we are", () => {
  const { desk, life, told, enter } = stage();
  enter("lab");
  life.join("ＮOWHERE", 0);
  assert.deepEqual(desk.answer({ kind: "refused", code: RefusalCode.noSuchGroup, text: "no" }), {
    kind: "joinGroup",
    group: "NOWHERE",
  });
  life.join("full", 0);
  desk.answer({ kind: "refused", code: RefusalCode.groupFull, text: "full" });
  assert.deepEqual([told(), life.group], [["groupMissing ＮOWHERE", "refused: full"], "lab"]);
});

test("entering another group leaves the one before", () => {
  const { desk, life, told, enter } = stage();
  enter("lab");
  life.join("other", 0);
  desk.answer({ kind: "entered", group: "other" });
  assert.deepEqual([told(), life.group], [["groupLeft lab", "shows", "groupEntered other", "keeps"], "other"]);
});

test("a server that lets us into a group that we did not ask for does not", () => {
  const { desk, life, told } = stage();
  life.join("lab", 0);
  desk.answer({ kind: "entered", group: "other" });
  life.join("lab", 0);
  desk.answer({ kind: "taken", number: 1 });
  life.create("lab", 0);
  desk.answer({ kind: "groupExists", group: "\u001b[31m" });
  const nonsense = "refused: the server gave no answer that is one";
  assert.deepEqual([told(), life.group], [[nonsense, nonsense, "groupExists lab"], undefined]);
});

test("lists come page by page, each after the last name before, and without what is no name", () => {
  const { desk, life, told } = stage();
  life.list(0);
  assert.deepEqual(desk.answer({ kind: "names", names: ["a", "b\u001b"], isLast: false }), {
    kind: "listGroups",
    after: undefined,
  });
  assert.deepEqual(desk.answer({ kind: "names", names: ["c"], isLast: true }), {
    kind: "listGroups",
    after: "b\u001b",
  });
  assert.deepEqual([told(), desk.line.pending], [["a c"], 0]);
});

test("a list ends whatever the server says: with a page of nothing, or after so many", () => {
  const { desk, life, told } = stage();
  life.list(0);
  desk.answer({ kind: "names", names: [], isLast: false });
  assert.deepEqual([told(), desk.kinds], [[""], []]);
  life.list(0);
  for (let page = 0; page < MOST_PAGES; page++) desk.answer({ kind: "names", names: ["a"], isLast: false });
  assert.deepEqual([told(), desk.kinds], [[Array.from({ length: MOST_PAGES }, () => "a").join(" ")], []]);
});

test("members are those of our group; outside there is nothing to list, and nothing to leave", () => {
  const { desk, life, told, enter } = stage();
  life.listMembers(0);
  life.leave(0);
  assert.deepEqual(desk.kinds, []);
  enter("lab");
  life.listMembers(0);
  desk.answer({ kind: "names", names: ["ann", "bob"], isLast: true });
  assert.deepEqual(told(), ["membersListed lab"]);
  life.leave(0);
  life.listMembers(0);
  desk.answer(done);
  assert.deepEqual([told(), desk.kinds], [["groupLeft lab", "shows", "refused: you are not in group lab"], []]);
});

test("whoever is in another group by the server's word on registering, or in none, was put out", () => {
  const { life, told, enter } = stage();
  enter("lab");
  life.registered("lab", 0);
  assert.deepEqual([told(), life.group], [[], "lab"]);
  life.registered(undefined, 0);
  assert.deepEqual([told(), life.group], [["removedFromGroup lab", "shows"], undefined]);
  life.registered("other", 0);
  assert.deepEqual([told(), life.group], [[], undefined]);
  enter("lab");
  life.registered("other", 0);
  assert.deepEqual([told(), life.group], [["removedFromGroup lab", "shows"], undefined]);
});

test("a session that ends while we leave: it was our own wish, and is told so when the server says it", () => {
  const { desk, life, told, enter } = stage();
  enter("lab");
  life.leave(0);
  life.registered(undefined, 0);
  assert.deepEqual(told(), []);
  desk.answer(done);
  assert.deepEqual(told(), ["groupLeft lab", "shows"]);
  enter("lab");
  life.registered(undefined, 0);
  assert.deepEqual(told(), ["removedFromGroup lab", "shows"]);
});

test("a session that ends while we go from one group to another: we left the one before, and stay in the other", () => {
  const { desk, life, told, enter } = stage();
  enter("lab");
  life.join("other", 0);
  life.registered("other", 0);
  assert.deepEqual([told(), life.group], [[], "lab"]);
  desk.answer({ kind: "entered", group: "other" });
  assert.deepEqual([told(), life.group], [["groupLeft lab", "shows", "groupEntered other", "keeps"], "other"]);
  life.registered("other", 0);
  assert.deepEqual([told(), life.group], [[], "other"]);
});

test("whoever was put out while it asked to enter its own group once more reads both, as it missed what was said", () => {
  const { desk, life, told, enter } = stage();
  enter("lab");
  life.join("lab", 0);
  life.registered(undefined, 0);
  desk.answer({ kind: "entered", group: "lab" });
  const both = ["removedFromGroup lab", "shows", "groupEntered lab", "keeps"];
  assert.deepEqual([told(), life.group], [both, "lab"]);
});

test("whoever was put out while it asked to move, and is refused or not heard, is told then", () => {
  const { desk, life, told, enter } = stage();
  for (const move of [() => life.join("other", 0), () => life.leave(0)]) {
    enter("lab");
    move();
    life.registered(undefined, 0);
    assert.deepEqual(told(), []);
    desk.answer(storeFailed);
    assert.deepEqual([told(), life.group], [["refused: disk full", "removedFromGroup lab", "shows"], undefined]);
  }
  enter("lab");
  life.join("other", 0);
  life.registered(undefined, 0);
  life.silent(0);
  assert.deepEqual([told(), life.group], [["removedFromGroup lab", "shows"], undefined]);
});

test("leaving that is refused has not happened", () => {
  const { desk, life, told, enter } = stage();
  enter("lab");
  life.leave(0);
  desk.answer(storeFailed);
  assert.deepEqual([told(), life.group], [["refused: disk full"], "lab"]);
  life.registered(undefined, 0);
  assert.deepEqual(told(), ["removedFromGroup lab", "shows"]);
});

test("a silent server: what was kept is shown, we stay in the group, and nothing is waited for", () => {
  const { desk, life, told, enter } = stage();
  life.silent(0);
  assert.deepEqual(told(), []);
  enter("lab");
  life.leave(0);
  life.silent(0);
  assert.deepEqual([told(), life.group, desk.line.pending], [["shows", "keeps"], "lab", 0]);
  life.registered(undefined, 0);
  assert.deepEqual(told(), ["removedFromGroup lab", "shows"]);
});

test("going offline leaves the group without a word of its own, and shows what was kept; ending keeps it back", () => {
  const { desk, life, told, enter } = stage();
  enter("lab");
  life.list(0);
  life.stop(0);
  assert.deepEqual([told(), life.group, desk.line.pending], [["refused: you are offline", "shows"], undefined, 0]);
  desk.asked.length = 0;
  enter("lab");
  life.list(0);
  life.end();
  assert.deepEqual([told(), life.group, desk.line.pending], [[], undefined, 0]);
});
