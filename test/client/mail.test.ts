import assert from "node:assert/strict";
import { test } from "node:test";

import type { ClientEvent } from "#client";
import { signingKey } from "#crypto";
import { sealEnvelope, type TextMessage } from "#envelope";
import { calm } from "#sim";

import { Office } from "./office.ts";
import { bytes } from "./records.ts";
import { newNetwork, Person, WALL_MS } from "./stage.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** A server with a mailbox, and people who are online. */
function town(...names: readonly string[]) {
  const { network, random } = newNetwork(7);
  const people = names.map((name, i) => new Person(network, random, name, { host: `10.0.0.${10 + i}`, port: 5000 }));
  const office = new Office(network, random, people);
  const run = (ms: number): void => network.run(network.now + ms);
  const come = (person: Person): void => {
    person.start();
    run(100);
    office.setHere(person.name, true);
    run(100);
  };
  const die = (person: Person): void => {
    person.kill();
    office.setHere(person.name, false);
    run(10);
  };
  for (const person of people) come(person);
  const [ann, bob] = people as [Person, Person];
  return { network, random, office, server: office.server, people, ann, bob, run, come, die };
}

/** What a person was told about messages since a place in its events. */
function story(person: Person, from = 0): readonly string[] {
  return person.events.slice(from).flatMap((event: ClientEvent): string[] => {
    switch (event.kind) {
      case "messageReceived":
        return [
          `${event.from}: ${event.text}${event.mailedAtMs === undefined ? "" : " (mail)"}${event.isLate ? " late" : ""}`,
        ];
      case "messageEnded":
        return [`${event.end}${event.reason === undefined ? "" : ` ${event.reason}`}`];
      case "messageMailed":
      case "mailBegan":
      case "mailCollected":
      case "serverSilent":
      case "registered":
        return [event.kind];
      default:
        return [];
    }
  });
}

test("a dead peer: mailed, saved; on coming back mail after the welcome, and its sender is told", () => {
  const { office, ann, bob, run, come, die } = town("ann", "bob");
  bob.kill();
  office.lose("bob");
  ann.send("bob", "one");
  run(600);
  assert.deepEqual(story(ann), ["registered", "messageMailed", "saved"]);
  office.setHere("bob", false);
  ann.send("bob", "two");
  run(50);
  assert.deepEqual(story(ann), ["registered", "messageMailed", "saved", "saved"]);
  assert.deepEqual([office.letters, ann.machine.pending, ann.profile.load().kept.length], [2, 0, 2]);
  const seen = bob.events.length;
  come(bob);
  assert.deepEqual(story(bob, seen), ["registered", "mailBegan", "ann: one (mail)", "ann: two (mail)"]);
  const kinds = bob.kinds.slice(seen);
  assert.ok(kinds.indexOf("tableUpdated") < kinds.indexOf("mailBegan"));
  assert.deepEqual(story(ann).slice(-2), ["mailCollected", "mailCollected"]);
  assert.deepEqual([office.kept.length, ann.profile.load().kept.length], [0, 0]);
  die(bob);
  const again = bob.events.length;
  come(bob);
  assert.deepEqual(story(bob, again), ["registered"]);
});

test("message 1 by mail and message 2 direct are shown in order", () => {
  const { office, ann, bob, run, come, die } = town("ann", "bob");
  die(bob);
  ann.send("bob", "one");
  run(50);
  // Not there yet when bob asks for the first time.
  const late = office.kept.splice(0);
  come(bob);
  run(20);
  office.kept = late;
  ann.send("bob", "two");
  run(100);
  assert.deepEqual(story(bob).slice(-3), ["mailBegan", "ann: one (mail)", "ann: two"]);
  const { gapsFilledByMail, gapsFilledBySender, gapsGivenUp } = bob.machine.tally;
  assert.deepEqual([gapsFilledByMail, gapsFilledBySender, gapsGivenUp], [1, 0, 0]);
});

test("mail that the server lost comes from its sender, who has kept it, in order", () => {
  const { office, ann, bob, run, come, die } = town("ann", "bob");
  die(bob);
  ann.send("bob", "one");
  run(50);
  office.kept = [];
  come(bob);
  ann.send("bob", "two");
  run(2000);
  assert.deepEqual(story(bob).slice(-2), ["ann: one", "ann: two"]);
  assert.deepEqual(story(ann).slice(-3).toSorted(), ["mailCollected", "received", "saved"]);
  assert.equal(bob.machine.tally.gapsFilledBySender, 1);
});

test("receipts wait for a sender who was away, and a later process of it tells of them", () => {
  const { office, ann, bob, run, come, die } = town("ann", "bob");
  die(bob);
  ann.send("bob", "one");
  run(50);
  die(ann);
  come(bob);
  assert.equal(office.kept.length, 1);
  const seen = ann.events.length;
  come(ann);
  assert.deepEqual(story(ann, seen), ["registered", "mailCollected"]);
  const told = ann.events.find(({ kind }) => kind === "mailCollected");
  assert.ok(told?.kind === "mailCollected" && told.to === "bob" && told.sentAtMs > WALL_MS);
  assert.deepEqual([office.kept.length, ann.profile.load().kept.length], [0, 0]);
});

test("killed before what a receipt says was safe: the server has the receipt still, and it is told once", () => {
  const { network, office, ann, bob, run, come, die } = town("ann", "bob");
  die(bob);
  ann.send("bob", "one");
  run(50);
  die(ann);
  come(bob);
  ann.start();
  network.run(network.now + 5000, () => ann.isWriting("endKept"));
  assert.deepEqual([ann.isWriting("endKept"), office.kept.length], [true, 1]);
  run(0.1);
  ann.kill();
  assert.equal(office.kept.length, 1);
  come(ann);
  assert.deepEqual([ann.count("mailCollected"), office.kept.length], [1, 0]);
});

test("a recipient who turned out to be there gets it from the server, where it reads like a direct message", () => {
  const { network, office, ann, bob, run } = town("ann", "bob");
  network.setCut(ann.address, bob.address, true);
  ann.send("bob", "one");
  ann.send("bob", "two");
  run(2000);
  assert.deepEqual(story(bob), ["registered", "ann: one", "ann: two"]);
  assert.deepEqual(story(ann).toSorted(), [
    "exists",
    "exists",
    "messageMailed",
    "messageMailed",
    "received",
    "received",
    "registered",
  ]);
  assert.deepEqual([office.kept.length, ann.profile.load().kept.length, ann.machine.pending], [0, 0, 0]);
});

test("refused: the reason is told, nothing is kept, and the next message does not wait for it", () => {
  const { office, ann, bob, run, come, die } = town("ann", "bob");
  die(bob);
  office.instead = (body) => (body.kind === "save" ? { kind: "refused", code: 9, text: "mailbox full" } : undefined);
  ann.send("bob", "one");
  run(50);
  office.instead = () => undefined;
  ann.send("bob", "two");
  run(50);
  come(bob);
  assert.deepEqual(story(ann), ["registered", "refused mailbox full", "saved", "mailCollected"]);
  assert.deepEqual(story(bob).slice(-2), ["mailBegan", "ann: two (mail)"]);
  assert.deepEqual([bob.machine.tally.gapsGivenUp, bob.machine.tally.gapsFilledBySender], [0, 0]);
});

test("a certificate of somebody else: nothing is sealed to it, and the message is refused", () => {
  const { office, ann, bob, run, die } = town("ann", "bob");
  die(bob);
  const own = [...office.server.registered.values()].find(({ name }) => name === "ann")?.device;
  office.instead = (body) => (body.kind === "certificate" ? { kind: "certificate", device: own } : undefined);
  ann.send("bob", "secret");
  run(50);
  assert.equal(story(ann).at(-1), "refused the server has no valid certificate of that person");
  assert.equal(office.server.count("save"), 0);
});

test("a server that dies behind a verdict: silent 2.5 s later, what it did not take is kept and goes out at the next start", () => {
  const { network, office, ann, bob, run, come } = town("ann", "bob");
  bob.kill();
  network.setCut(ann.address, office.server.address, true);
  ann.send("bob", "one");
  run(500);
  const askedAt = network.now;
  run(2600);
  const silent = ann.events.find(({ kind }) => kind === "serverSilent");
  assert.ok(silent?.kind === "serverSilent" && silent.kept === 1);
  assert.ok(Math.abs(silent.at - askedAt - 2500) < 10, `${silent.at - askedAt}`);
  assert.deepEqual(story(ann), ["registered", "messageMailed", "serverSilent"]);
  ann.kill();
  network.setCut(ann.address, office.server.address, false);
  office.setHere("bob", false);
  come(ann);
  assert.equal(story(ann).at(-1), "saved");
  come(bob);
  assert.equal(story(bob).at(-1), "ann: one (mail)");
});

test("whoever speaks on through a cut is back on the direct path soon after it, however often something is given up", () => {
  const { network, ann, bob, run } = town("ann", "bob");
  network.setWeather({ ...calm, delayMs: 25 });
  let said = 0;
  const speakFor = (ms: number): void => {
    for (const until = network.now + ms; network.now < until; run(20)) ann.send("bob", `${said++}`);
  };
  speakFor(500);
  network.setCut(ann.address, bob.address, true);
  speakFor(2000);
  assert.ok(ann.count("messageMailed") > 10, "given up one after the other");
  network.setCut(ann.address, bob.address, false);
  speakFor(700);
  const mailed = ann.count("messageMailed");
  speakFor(2000);
  assert.equal(ann.count("messageMailed"), mailed);
  run(5000);
  assert.deepEqual(
    bob.shown,
    Array.from({ length: said }, (_, i) => `ann: ${i}`),
  );
});

test("a server that is lost and comes back is asked again for what it did not take, by a client that stays", () => {
  const { network, office, ann, bob, run, come } = town("ann", "bob");
  bob.kill();
  network.setCut(ann.address, office.server.address, true);
  for (const text of ["one", "two", "three"]) ann.send("bob", text);
  run(4000);
  assert.equal(ann.count("serverSilent"), 1);
  office.setHere("bob", false);
  network.setCut(ann.address, office.server.address, false);
  run(5000);
  assert.deepEqual(ann.ends(), ["saved", "saved", "saved"]);
  come(bob);
  assert.deepEqual(story(bob).slice(-3), ["ann: one (mail)", "ann: two (mail)", "ann: three (mail)"]);
});

test("without a mailbox all is as ever: not delivered, and nothing is asked of the server", () => {
  const { office, server, ann, bob, run } = town("ann", "bob");
  server.hasMailbox = false;
  ann.ask((machine, now) => machine.deregister(now));
  run(100);
  ann.ask((machine, now) => machine.register(now));
  run(200);
  bob.kill();
  ann.send("bob", "one");
  run(600);
  office.setHere("bob", false);
  ann.send("bob", "two");
  run(100);
  assert.deepEqual(ann.ends(), ["notDelivered", "notDelivered"]);
  assert.deepEqual([server.count("save"), server.count("certificate"), server.count("reportSilent")], [0, 0, 1]);
});

test("hundreds of letters come page by page, each once and in order, collected together with their receipts", () => {
  const { office, ann, bob, run, come, die } = town("ann", "bob");
  die(bob);
  const texts = Array.from({ length: 300 }, (_, i) => `n${i}`);
  for (const text of texts) ann.send("bob", text);
  run(1000);
  assert.equal(office.letters, 300);
  office.pageItems = 17;
  const before = bob.shown.length;
  come(bob);
  run(1000);
  assert.deepEqual(
    bob.shown.slice(before),
    texts.map((text) => `ann: ${text}`),
  );
  assert.deepEqual([office.kept.length, ann.count("mailCollected"), bob.count("mailBegan")], [0, 300, 1]);
  assert.ok(office.collects.length < 60, `${office.collects.length}`);
  assert.equal(bob.machine.tally.duplicatesDropped, 0);
});

test("killed before a letter is collected: it is fetched again, acknowledged, and not shown again", () => {
  const { office, ann, bob, run, come, die } = town("ann", "bob");
  die(bob);
  ann.send("bob", "one");
  run(50);
  office.instead = (body) => (body.kind === "collect" ? "nothing" : undefined);
  come(bob);
  assert.equal(office.letters, 1);
  die(bob);
  office.instead = () => undefined;
  come(bob);
  assert.equal(bob.shown.filter((shown) => shown === "ann: one").length, 1);
  assert.deepEqual([office.letters, bob.machine.tally.duplicatesDropped, ann.count("mailCollected")], [0, 1, 1]);
  assert.equal(bob.count("mailBegan"), 1);
});

test("killed before a letter was safe: the server has it still", () => {
  const { network, office, ann, bob, run, come, die } = town("ann", "bob");
  die(bob);
  ann.send("bob", "one");
  run(50);
  const isOnItsWay = (): boolean => bob.isWriting("putIncoming");
  bob.start();
  network.run(network.now + 5000, isOnItsWay);
  assert.equal(isOnItsWay(), true);
  bob.kill();
  run(100);
  assert.deepEqual([office.letters, office.collects.length], [1, 0]);
  come(bob);
  assert.equal(bob.shown.at(-1), "ann: one");
});

test("a letter that lies is collected without a receipt and without a word", () => {
  const { random, office, ann, bob, run } = town("ann", "bob", "eve");
  const registered = [...office.server.registered.values()];
  const [annDevice, bobDevice] = ["ann", "bob"].map((name) => registered.find((each) => each.name === name)?.device);
  assert.ok(annDevice !== undefined && bobDevice !== undefined);
  const eve = office.stranger(random);
  const message: TextMessage = {
    kind: "text",
    messageId: bytes(1, 16),
    epoch: bytes(1, 8),
    number: 1,
    floor: 1,
    hasEarlier: false,
    sentAtMs: WALL_MS,
    text: "I am ann",
  };
  const envelope = (name: string, key = eve.personKey): Uint8Array => {
    const hello = { device: eve.device, registration: office.server.vouch(name, key) };
    return sealEnvelope({ staticKey: eve.staticKey, hello }, bobDevice, message, random.dice) ?? bytes(0, 0);
  };
  const receipts = sealEnvelope(
    {
      staticKey: eve.staticKey,
      hello: { device: eve.device, registration: office.server.vouch("eve2", eve.personKey) },
    },
    bobDevice,
    { kind: "receipts", messageIds: [bytes(1, 16)] },
    random.dice,
  );
  // A name that the table gives to somebody else; ours; a word for somebody else; a sender whom the server names falsely;
  // receipts among letters; another server's word; nothing at all.
  const other = signingKey(random.dice(32));
  const falseWord = {
    device: eve.device,
    registration: { ...office.server.vouch("zoe", eve.personKey), serverKey: other.publicKey },
  };
  const byOther = sealEnvelope({ staticKey: eve.staticKey, hello: falseWord }, bobDevice, message, random.dice);
  const letters = [
    { fromKey: eve.personKey, envelope: envelope("ann") },
    { fromKey: eve.personKey, envelope: envelope("bob") },
    { fromKey: eve.personKey, envelope: envelope("zoe", ann.personKey) },
    { fromKey: ann.personKey, envelope: envelope("zoe") },
    { fromKey: eve.personKey, envelope: receipts ?? bytes(0, 0) },
    { fromKey: eve.personKey, envelope: byOther ?? bytes(0, 0) },
    { fromKey: eve.personKey, envelope: bytes(5, 900) },
  ];
  for (const letter of letters) office.keep(bob.personKey, letter, 0);
  run(500);
  assert.deepEqual(bob.shown, []);
  assert.equal(office.kept.length, 0);
  assert.deepEqual(
    office.collects.flatMap(({ receipts: all }) => all),
    [],
  );
  assert.equal(bob.machine.tally.lettersRejected, letters.length);
  office.keep(bob.personKey, { fromKey: eve.personKey, envelope: envelope("zoe") }, 0);
  run(500);
  assert.deepEqual(bob.shown, ["zoe: I am ann"]);
});

test("mail of a changed key waits at the server until trust", () => {
  const { office, ann, bob, run, come, die } = town("ann", "bob");
  bob.profile.apply([{ kind: "pinPerson", pin: { nameKey: "ann", name: "ann", personKey: bytes(9, 32) } }]);
  die(bob);
  ann.send("bob", "one");
  run(50);
  come(bob);
  assert.deepEqual([bob.shown, office.letters, bob.count("keyChanged")], [[], 1, 1]);
  assert.equal(
    bob.ask((machine, now) => machine.trust("ann", now)),
    "accepted",
  );
  run(500);
  assert.deepEqual([bob.shown, office.kept.length, ann.count("mailCollected")], [["ann: one"], 0, 1]);
});

test("a mail key is on the disk before the server is told of it, and a new one follows every week", () => {
  const { network, random } = newNetwork(8);
  const ann = new Person(network, random, "ann", { host: "10.0.0.10", port: 5000 });
  const office = new Office(network, random, [ann]);
  ann.diskMs = 400;
  ann.start();
  network.run(399);
  assert.deepEqual([network.record.datagrams, ann.profile.load().mailKeys.length], [0, 0]);
  ann.diskMs = 0.3;
  network.run(5000, () => office.server.count("register") > 0);
  assert.equal(ann.profile.load().mailKeys.length, 1);
  const keys = (): number =>
    new Set(office.server.asked.flatMap((body) => (body.kind === "register" ? [body.device.mailKey.join()] : []))).size;
  network.run(network.now + 1000);
  ann.ask((machine, now) => machine.resume(WALL_MS + 7 * DAY_MS, now));
  network.run(network.now + 3_600_000);
  assert.deepEqual([keys(), ann.profile.load().mailKeys.length, ann.count("registered")], [2, 2, 1]);
});

test("a registration is judged as of the letter's arrival, and a name that has gone to somebody else by its pin", () => {
  const { random, office, bob, run } = town("ann", "bob");
  const bobDevice = [...office.server.registered.values()].find(({ name }) => name === "bob")?.device;
  assert.ok(bobDevice !== undefined);
  let number = 0;
  const write = (author: ReturnType<Office["stranger"]>, name: string, arrivedMs: number): void => {
    const hello = { device: author.device, registration: office.server.vouch(name, author.personKey) };
    const text = {
      messageId: random.dice(16),
      epoch: bytes(1, 8),
      number: ++number,
      floor: number,
      hasEarlier: false,
      sentAtMs: 5,
      text: "hi",
    };
    const message: TextMessage = { kind: "text", ...text };
    const envelope = sealEnvelope({ staticKey: author.staticKey, hello }, bobDevice, message, random.dice);
    assert.ok(envelope !== undefined);
    office.keep(bob.personKey, { fromKey: author.personKey, envelope }, 0, arrivedMs);
    run(50);
  };
  const [zoe, eve] = [office.stranger(random), office.stranger(random)];
  bob.ask((machine, now) => machine.resume(WALL_MS + 20 * DAY_MS, now));
  write(zoe, "zoe", WALL_MS + 12 * DAY_MS);
  assert.deepEqual([bob.shown, bob.machine.tally.lettersRejected], [[], 1]);
  write(zoe, "zoe", WALL_MS + DAY_MS);
  assert.deepEqual(bob.shown, ["zoe: hi"]);
  const staticKey = bytes(9, 32);
  const row = { number: 9, personKey: eve.personKey, staticKey, isOnline: false, address: undefined };
  office.server.tell([
    ...office.rows(),
    { ...row, name: "zoe" },
    { ...row, number: 10, personKey: bytes(8, 32), name: "max" },
  ]);
  run(300);
  write(zoe, "zoe", WALL_MS + DAY_MS);
  assert.deepEqual(bob.shown, ["zoe: hi", "zoe: hi"]);
  write(office.stranger(random), "max", WALL_MS + DAY_MS);
  assert.deepEqual([bob.shown.length, bob.machine.tally.lettersRejected, office.letters], [2, 2, 0]);
});
