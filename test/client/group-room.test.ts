import assert from "node:assert/strict";
import { test } from "node:test";

import { type ServerEvent } from "#server";

import { ServerActor } from "../../src/sim/server-actor.ts";
import { newNetwork, Person, SERVER } from "./stage.ts";

/** A real server and clients, all of them in group `Lab`. */
function lab(...names: readonly string[]) {
  const { network, random } = newNetwork(1);
  const serverEvents: ServerEvent[] = [];
  const server = new ServerActor(network, random, SERVER, false, { onEvent: (event) => serverEvents.push(event) });
  server.start();
  const people = names.map((name, i) => new Person(network, random, name, { host: `10.0.0.${10 + i}`, port: 5000 }));
  for (const person of people) person.start();
  const run = (ms: number): void => network.run(network.now + ms);
  run(1000);
  const [ann, bob, carl, dan] = people as [Person, Person, Person, Person];
  ann.ask((machine, now) => machine.createGroup("Lab", now));
  run(100);
  for (const person of people) person.ask((machine, now) => machine.joinGroup("lab", now));
  run(100);
  for (const person of people) {
    assert.equal(person.machine.group, "Lab");
    person.events.length = 0;
  }
  const say = (person: Person, text: string): void => {
    assert.equal(person.ask((machine, now) => machine.sendGroup(text, now)).kind, "accepted");
  };
  return { network, server, serverEvents, ann, bob, carl, dan, people, run, say };
}

/** Posts shown, and nothing else. */
function heard({ events }: Person): readonly string[] {
  return events.flatMap((event) => (event.kind === "postReceived" ? [`${event.from}: ${event.text}`] : []));
}

test("three say 20 things each at once: every other member has all of them once, in one order; whoever is dead is out", () => {
  const { serverEvents, ann, bob, carl, dan, people, run, say } = lab("ann", "bob", "carl", "dan", "eve");
  dan.kill();
  for (let n = 0; n < 20; n++) for (const person of [ann, bob, carl]) say(person, `${n}`);
  run(3000);
  const all = heard(people.at(-1) ?? ann);
  assert.equal(new Set(all).size, 60);
  for (const name of ["ann", "bob", "carl"]) {
    const own = all.filter((each) => each.startsWith(`${name}: `));
    assert.deepEqual(
      own,
      Array.from({ length: 20 }, (_, n) => `${name}: ${n}`),
    );
  }
  for (const person of [ann, bob, carl]) {
    assert.deepEqual([person.count("postTaken"), person.machine.pending, person.machine.group], [20, 0, "Lab"]);
    const others = all.filter((each) => !each.startsWith(`${person.name}: `));
    assert.deepEqual(heard(person), others);
  }
  const removed = serverEvents.filter((event) => event.kind === "memberRemoved");
  assert.deepEqual(
    removed.map((event) => event.name),
    ["dan"],
  );
});

test("groups and members are listed, and whoever is not in the group hears nothing of it", () => {
  const { ann, bob, carl, run, say } = lab("ann", "bob", "carl");
  carl.ask((machine, now) => machine.leaveGroup(now));
  run(100);
  say(ann, "psst");
  bob.ask((machine, now) => machine.listMembers(now));
  carl.ask((machine, now) => machine.listGroups(now));
  run(200);
  assert.deepEqual([heard(bob), heard(carl)], [["ann: psst"], []]);
  const lists = [...bob.events, ...carl.events].flatMap((event) => {
    if (event.kind === "membersListed") return [event.members];
    return event.kind === "groupsListed" ? [event.groups] : [];
  });
  assert.deepEqual(lists, [["ann", "bob"], ["Lab"]]);
});

test("the server dies with posts unanswered, and comes back: each is taken, and shown once, in order", () => {
  const all = Array.from({ length: 200 }, (_, n) => `ann: ${n}`);
  const takenBefore = [0, 1, 2, 3, 5, 8].map((ms) => {
    const { server, ann, bob, run, say } = lab("ann", "bob");
    for (let n = 0; n < 200; n++) say(ann, `${n}`);
    run(ms);
    server.kill();
    const before = ann.count("postTaken");
    run(300);
    server.start();
    run(4000);
    assert.deepEqual([ann.count("postTaken"), heard(bob), ann.machine.pending], [200, all, 0]);
    assert.deepEqual([ann.machine.group, bob.machine.group, ann.count("serverSilent")], ["Lab", "Lab", 0]);
    return before;
  });
  assert.ok(
    takenBefore.some((taken) => taken > 0 && taken < 200),
    takenBefore.join(" "),
  );
});

test("a member that was cut off too long is put out, is told so when it is back, and may enter again", () => {
  const { network, ann, bob, run, say } = lab("ann", "bob");
  network.setCut(bob.address, SERVER, true);
  say(ann, "are you there?");
  run(3000);
  assert.equal(ann.count("postTaken"), 1);
  network.setCut(bob.address, SERVER, false);
  run(6000);
  assert.deepEqual([bob.count("removedFromGroup"), bob.machine.group, heard(bob)], [1, undefined, []]);
  bob.ask((machine, now) => machine.joinGroup("lab", now));
  run(100);
  say(ann, "again");
  run(100);
  assert.deepEqual(heard(bob), ["ann: again"]);
});

test("what is said to everybody is heard by all who are here, in and out of groups, and not by whoever said it", () => {
  const { ann, bob, carl, run } = lab("ann", "bob", "carl");
  carl.ask((machine, now) => machine.leaveGroup(now));
  run(100);
  ann.ask((machine, now) => machine.sendAll("hear me", now));
  run(300);
  assert.deepEqual([heard(ann), heard(bob), heard(carl)], [[], ["ann: hear me"], ["ann: hear me"]]);
  assert.ok(bob.events.every((event) => event.kind !== "postReceived" || event.group === undefined));
});

test("a member is killed and starts again: it is in no group, and the others are not kept waiting", () => {
  const { ann, bob, run, say } = lab("ann", "bob", "carl");
  bob.kill();
  bob.start();
  run(3000);
  assert.equal(bob.machine.group, undefined);
  say(ann, "hello");
  run(200);
  assert.deepEqual([ann.count("postTaken"), heard(bob)], [1, []]);
});
