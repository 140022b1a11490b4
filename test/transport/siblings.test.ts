import assert from "node:assert/strict";
import { test } from "node:test";

import { compareBytes, toHex } from "#bytes";
import { calm, Network, Random, type Weather } from "#sim";
import { Lane } from "#transport";

import { call, eventsOf, messages, newest, pair, say, type Side, side } from "./pair.ts";

const bad: Weather = { ...calm, delayMs: 20, jitterMs: 20, loss: 0.2, duplicate: 0.1 };

/** The handshakes of the sessions that are open at a side: the same text on both sides for the same sessions. */
function open(where: Side): readonly string[] {
  const alive = eventsOf(where, "sessionOpened").filter(({ session }) => where.endpoint.view(session) !== undefined);
  return alive.map(({ handshakeHash }) => toHex(handshakeHash));
}

function openerOf(where: Side): "us" | "them" | undefined {
  return eventsOf(where, "sessionOpened").findLast(({ session }) => where.endpoint.view(session) !== undefined)?.opener;
}

function sameEndInBoth(where: Side): void {
  for (const { session } of eventsOf(where, "sessionOpened")) {
    assert.ok(
      eventsOf(where, "sessionEnded").filter((ended) => ended.session === session).length <= 1,
      "an end is told once",
    );
  }
}

test("both opened at once: the session of the smaller key stays, on both sides, whatever the timing and the loss", () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = new Random(seed, "at once");
    const network = new Network(new Random(seed, "network"), seed % 2 === 0 ? bad : calm);
    const [a, b] = [side(network, random, 1), side(network, random, 2)];
    call({ network, a, b });
    network.run(random.below(8) * 10);
    call({ network, a: b, b: a });
    network.run(network.now + 3000);
    assert.equal(open(a).length, 1, `seed ${seed}`);
    assert.deepEqual(open(a), open(b), `seed ${seed}`);
    const smaller = compareBytes(a.publicKey, b.publicKey) < 0 ? a : b;
    assert.equal(openerOf(smaller), "us", `seed ${seed}`);
    const session = (where: Side): number =>
      eventsOf(where, "sessionOpened").findLast((event) => where.endpoint.view(event.session) !== undefined)?.session ??
      -1;
    say(network, a, session(a), Lane.chat, Uint8Array.of(1));
    say(network, b, session(b), Lane.chat, Uint8Array.of(2));
    network.run(network.now + 5000, () => messages(a).length > 0 && messages(b).length > 0);
    assert.deepEqual([messages(a), messages(b)], [[Uint8Array.of(2)], [Uint8Array.of(1)]]);
    sameEndInBoth(a);
    sameEndInBoth(b);
    assert.equal(a.endpoint.sizes.sessions, 1, "the other one is forgotten");
  }
});

test("several calls of one side at once, along one path or another: both sides keep the same one", () => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = new Random(seed, "calls");
    const network = new Network(new Random(seed, "network"), { ...bad, jitterMs: 60 });
    const [a, b] = [side(network, random, 1), side(network, random, 2)];
    for (let i = 0; i < 3; i++) {
      call({ network, a, b });
      network.run(network.now + random.below(3) * 20);
    }
    network.run(network.now + 4000);
    assert.equal(open(a).length, 1, `seed ${seed}`);
    assert.deepEqual(open(a), open(b), `seed ${seed}`);
    sameEndInBoth(a);
  }
});

test("a newer session takes the place of an old one only once its third message is there", () => {
  const { network, a, b, session } = pair(1);
  network.setCut(a.host.address, b.host.address, true);
  call({ network, a, b }, session);
  network.run(network.now + 500);
  assert.equal(eventsOf(b, "sessionEnded").length, 0);
  assert.ok(say(network, b, newest(b), Lane.chat, Uint8Array.of(3)));
  network.healAll();
  network.run(network.now + 3000);
  assert.deepEqual(open(a), open(b));
  assert.equal(open(a).length, 1);
  assert.deepEqual(
    eventsOf(b, "sessionEnded").map(({ end }) => end),
    [{ by: "superseded" }],
  );
  assert.deepEqual(
    eventsOf(a, "sessionEnded").map(({ session: id, end }) => [id, end]),
    [[session, { by: "superseded" }]],
  );
});

test("a session whose third message never came does not stand in the way of the other side's calls", () => {
  for (let seed = 1; seed <= 8; seed++) {
    const random = new Random(seed, "never came");
    const network = new Network(new Random(seed, "network"), { ...calm, delayMs: 10 });
    const sides = [side(network, random, 1), side(network, random, 2)] as const;
    const [a, b] = compareBytes(sides[0].publicKey, sides[1].publicKey) < 0 ? sides : [sides[1], sides[0]];
    call({ network, a, b });
    // Message 2 is on its way, message 3 will not be.
    network.run(15);
    network.setCut(a.host.address, b.host.address, true);
    network.run(5500);
    assert.equal(open(b).length + open(a).length, 1, "the opener has it, the called side has not");
    network.healAll();
    call({ network, a: b, b: a });
    network.run(network.now + 2000);
    assert.equal(open(a).length, 1, `seed ${seed}`);
    assert.deepEqual(open(a), open(b), `seed ${seed}`);
  }
});

test("a new call of the same side replaces the session it already has, named or not, in every order of arrival", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { network, a, b } = pair(seed, { ...bad, jitterMs: 80 });
    for (let i = 0; i < 3; i++) {
      call({ network, a, b });
      network.run(network.now + 300);
    }
    network.run(network.now + 4000);
    assert.equal(open(a).length, 1, `seed ${seed}`);
    assert.deepEqual(open(a), open(b), `seed ${seed}`);
  }
});

test("a superseded session sends no messages, not even begun ones, and still receives", () => {
  const { network, a, b, session } = pair(1, { ...calm, delayMs: 30 });
  const atB = newest(b);
  network.setCut(a.host.address, b.host.address, true);
  say(network, a, session, Lane.chat, new Uint8Array(40_000).fill(1));
  network.run(network.now + 5);
  network.healAll();
  call({ network, a, b }, session);
  network.run(network.now + 70, () => eventsOf(a, "sessionEnded").length > 0);
  assert.equal(eventsOf(a, "sessionEnded").length, 1);
  assert.ok(!say(network, a, session, Lane.chat, Uint8Array.of(1)), "it takes no new message");
  say(network, b, atB, Lane.chat, Uint8Array.of(7));
  network.run(network.now + 5000);
  assert.deepEqual(messages(b), [], "nothing of what had been begun");
  assert.deepEqual(
    eventsOf(a, "messageReceived").map(({ session: id, bytes }) => [id, bytes]),
    [[session, Uint8Array.of(7)]],
    "what the other side had sent on it",
  );
  assert.equal(a.endpoint.sizes.sessions, 1);
});

test("sessions for another purpose, and of another life of the endpoint, are left alone", () => {
  const { network, random, a, b } = pair(1);
  const reborn = side(network, random, 3);
  call({ network, a: reborn, b });
  network.run(network.now + 1000);
  assert.equal(eventsOf(b, "sessionEnded").length, 0);
  assert.equal(open(b).length, 2);
  assert.equal(open(a).length, 1);
});

test("a session that was superseded and then is closed ends once", () => {
  const { network, a, b, session } = pair(1);
  call({ network, a, b }, session);
  network.run(network.now + 20, () => eventsOf(a, "sessionEnded").length > 0);
  a.endpoint.close(session, 0, "");
  network.turn(a.host);
  network.run(network.now + 2000);
  sameEndInBoth(a);
  sameEndInBoth(b);
});

test("a session that the other side dropped without a word does not win over its next call", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const random = new Random(seed, "dropped");
    const network = new Network(new Random(seed, "network"), calm);
    const sides = [side(network, random, 1), side(network, random, 2)] as const;
    const [small, large] = compareBytes(sides[0].publicKey, sides[1].publicKey) < 0 ? sides : [sides[1], sides[0]];
    call({ network, a: small, b: large });
    network.run(network.now + 100);
    large.endpoint.abandon(newest(large));
    network.turn(large.host);
    network.run(network.now + 10);
    call({ network, a: large, b: small });
    network.run(network.now + 1000);
    assert.equal(openerOf(large), "us", `seed ${seed}`);
    assert.deepEqual(open(large), open(small));
    assert.ok(say(network, small, newest(small), Lane.chat, Uint8Array.of(4)));
    network.run(network.now + 100);
    assert.deepEqual(messages(large), [Uint8Array.of(4)]);
  }
});
