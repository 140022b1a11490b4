import assert from "node:assert/strict";
import { test } from "node:test";

import { toHex, utf8 } from "#bytes";
import { calm } from "#sim";
import { Lane, type Observation, type Observer } from "#transport";

import { call, messages, pair, say, side } from "./pair.ts";

type Seen<Kind extends Observation["kind"]> = Observation & { readonly kind: Kind };

function of<Kind extends Observation["kind"]>(seen: readonly Observation[], kind: Kind): readonly Seen<Kind>[] {
  return seen.filter((each): each is Seen<Kind> => each.kind === kind);
}

/** What both sides of a pair are seen to do; they share an observer, and so a log. */
function watched(): { readonly observer: Observer; readonly seen: Observation[] } {
  const seen: Observation[] = [];
  return { observer: { note: (each) => seen.push(each) }, seen };
}

test("each packet that came in had left under the same id and number, with the same frames", () => {
  const { observer, seen } = watched();
  const { network, a, b, session } = pair(1, calm, { observer });
  say(network, a, session, Lane.chat, utf8("nobody is to see this"));
  network.run(network.now + 1000);
  assert.equal(messages(b).length, 1);
  const nameOf = ({ id, number }: Seen<"packetSent" | "packetReceived">): string => `${toHex(id)} ${number}`;
  const sent = new Map(of(seen, "packetSent").map((each) => [nameOf(each), each]));
  const received = of(seen, "packetReceived");
  assert.ok(received.length >= 3);
  for (const each of received) {
    const twin = sent.get(nameOf(each));
    assert.deepEqual(each.frames, twin?.frames);
    assert.equal(each.bytes, twin?.bytes);
  }
  const said = received.flatMap(({ frames }) => frames).filter(({ type }) => type === "message");
  assert.deepEqual(said, [{ type: "message", lane: Lane.chat, number: 0, offset: 0, length: 21, total: 21 }]);
  assert.equal(of(seen, "packetLost").length, 0);
  assert.deepEqual(
    of(seen, "sessionOpened").map(({ opener }) => opener),
    ["us", "them"],
  );
});

test("no text and no key is in what an observer is told", () => {
  const { observer, seen } = watched();
  const { network, a, b, session } = pair(2, calm, { observer });
  say(network, a, session, Lane.chat, utf8("a secret said aloud"));
  a.endpoint.renew(session, network.now);
  network.turn(a.host);
  network.run(network.now + 1000);
  assert.equal(messages(b).length, 1);
  // Nothing longer than the id of a session is bytes.
  const bytes = seen.flatMap((each) => Object.values(each).filter((value) => value instanceof Uint8Array));
  assert.ok(bytes.length > 0);
  for (const each of bytes) assert.equal(each.length, 4);
  const strings = JSON.stringify(seen);
  assert.doesNotMatch(strings, /secret/);
  assert.ok(!strings.includes(toHex(utf8("secret"))));
});

test("a lost packet is told of once, with the name it left under, and the path's figures count it", () => {
  const { observer, seen } = watched();
  const { network, a, b, session } = pair(3, { ...calm, delayMs: 5 }, { observer });
  for (let i = 0; i < 200; i++) {
    network.setWeather({ ...calm, delayMs: 5, loss: 0.2 });
    // Too long to be copied: what is lost is repeated.
    say(network, a, session, Lane.chat, new Uint8Array(3000));
    network.run(network.now + 10);
  }
  network.setWeather(calm);
  network.run(network.now + 5000);
  assert.equal(messages(b).length, 200);
  const view = a.endpoint.path(session);
  const remoteId = toHex(of(seen, "sessionOpened").find(({ opener }) => opener === "us")?.remoteId ?? new Uint8Array());
  const lost = of(seen, "packetLost").filter(({ id }) => toHex(id) === remoteId);
  assert.ok(lost.length > 10);
  assert.equal(new Set(lost.map(({ number }) => number)).size, lost.length);
  assert.equal(view?.packetsLost, lost.length);
  assert.ok(view.partsRepeated >= 10 && view.packetsSent > 200);
  assert.ok((view.roundTripMs ?? 0) >= 2);
  assert.ok(of(seen, "metricsUpdated").length > 100);
});

test("second copies are told apart from what is repeated after a loss", () => {
  const { observer, seen } = watched();
  const { network, a, b, session } = pair(6, { ...calm, delayMs: 30 }, { observer });
  say(network, a, session, Lane.chat, utf8("copied"));
  say(network, a, session, Lane.chat, new Uint8Array(1000));
  network.run(network.now + 1000);
  assert.equal(messages(b).length, 2);
  const copied = of(seen, "packetSent").filter(({ copies }) => copies > 0);
  assert.ok(copied.length > 0);
  for (const { frames, copies } of copied) {
    const said = frames.filter(({ type }) => type === "message").slice(0, copies);
    assert.deepEqual(said, [{ type: "message", lane: Lane.chat, number: 0, offset: 0, length: 6, total: 6 }]);
  }
});

test("new keys are told of once at each end", () => {
  const { observer, seen } = watched();
  const { network, a, session } = pair(7, calm, { observer });
  for (let i = 1; i <= 2; i++) {
    a.endpoint.renew(session, network.now);
    network.turn(a.host);
    network.run(network.now + 1000);
    const ids = of(seen, "keysRenewed").map(({ ownId }) => toHex(ownId));
    assert.equal(ids.length, 2 * i);
    assert.equal(new Set(ids).size, 2);
  }
});

test("of two sessions that one goes is told with why: both opened, or one side called anew", () => {
  const { observer, seen } = watched();
  const { network, a, b, session } = pair(8, calm, { observer });
  call({ network, a, b }, session);
  network.run(network.now + 1000);
  assert.deepEqual(
    of(seen, "sessionSuperseded").map(({ why }) => why),
    ["replaced", "replaced"],
  );
  const both = pair(9, calm, { observer: { note: undefined } });
  const crossed = watched();
  const [c, d] = [side(both.network, both.random, 3, crossed), side(both.network, both.random, 4, crossed)];
  call({ network: both.network, a: c, b: d });
  call({ network: both.network, a: d, b: c });
  both.network.run(both.network.now + 1000);
  assert.deepEqual(
    of(crossed.seen, "sessionSuperseded").map(({ why }) => why),
    ["bothOpened", "bothOpened"],
  );
});

test("handshakes are told of at both ends under one checksum, strangers' packets as dropped", () => {
  const { observer, seen } = watched();
  const { network, a, b } = pair(4, calm, { observer });
  const sent = of(seen, "datagramSent");
  assert.deepEqual(
    sent.map(({ type }) => type),
    ["message1", "message2", "message3"],
  );
  assert.deepEqual(
    of(seen, "datagramReceived").map(({ type, bytes, checksum }) => ({ type, bytes, checksum })),
    sent.map(({ type, bytes, checksum }) => ({ type, bytes, checksum })),
  );
  b.endpoint.receive(Uint8Array.of(0x40, 1, 2, 3, 4, ...new Uint8Array(40)), a.host.address, network.now);
  b.endpoint.receive(Uint8Array.of(0x77), a.host.address, network.now);
  assert.equal(of(seen, "packetDropped").at(-1)?.why, "unknownSession");
  assert.equal(of(seen, "datagramReceived").at(-1)?.type, "unknown");
});

test("whoever stops watching is told nothing more", () => {
  const { observer, seen } = watched();
  const { network, a, b, session } = pair(5, calm, { observer });
  const before = seen.length;
  observer.note = undefined;
  say(network, a, session, Lane.chat, utf8("x"));
  call({ network, a, b });
  network.run(network.now + 100);
  assert.equal(seen.length, before);
});
