import assert from "node:assert/strict";
import { test } from "node:test";

import { calm, type Weather } from "#sim";
import { Lane, PROBES_PER_VERDICT } from "#transport";

import { call, eventsOf, messages, newest, pair, say, type Pair } from "./pair.ts";

/** Lets a pair come to rest, and counts what leaves from then on. */
function settled(
  weather?: Weather,
): Pair & { readonly left: { readonly at: number; readonly from: string; readonly length: number }[] } {
  const both = pair(1, weather);
  both.network.run(both.network.now + 1000);
  const left: { at: number; from: string; length: number }[] = [];
  both.network.onDatagram = (from, _, bytes) =>
    void left.push({ at: both.network.now, from: from.host, length: bytes.length });
  return { ...both, left };
}

function isolate({ network, a, b }: Pair): void {
  network.setCut(a.host.address, b.host.address, true);
}

test("an idle session sends nothing, wakes nobody, and ends after 45 s", () => {
  const { network, a, b, left } = settled();
  const start = network.now;
  assert.ok(a.endpoint.deadline > start + 40_000, "one timer is left");
  network.run(start + 43_000);
  assert.deepEqual(left, []);
  network.run(start + 46_000);
  for (const where of [a, b]) {
    assert.deepEqual(
      eventsOf(where, "sessionEnded").map(({ end }) => end),
      [{ by: "idle" }],
    );
    assert.equal(where.endpoint.deadline, Number.POSITIVE_INFINITY);
    assert.equal(where.endpoint.sizes.sessions, 0);
  }
  assert.deepEqual(left, [], "without a word");
});

test("keepalive pings after the given silence, and keeps a session for ever", () => {
  const { network, a, session, left } = settled();
  a.endpoint.keepAlive(session, 4000);
  network.turn(a.host);
  network.run(network.now + 120_000);
  assert.equal(eventsOf(a, "sessionEnded").length, 0);
  const pings = left.filter(({ from }) => from === a.host.address.host);
  assert.ok(pings.length >= 29 && pings.length <= 31, `${pings.length}`);
  assert.equal(left.length, 2 * pings.length, "a ping and its answer, no more");
  assert.ok(
    pings.every(({ length }) => length === 51),
    "enough to pay for a challenge to an id of 20 bytes",
  );
});

test("silence is told once, after two probe timeouts, and again only after a word", () => {
  const both = settled();
  const { network, a, session } = both;
  isolate(both);
  say(network, a, session, Lane.chat, Uint8Array.of(1));
  const sentAt = network.now;
  const timeout = a.endpoint.view(session)?.probeTimeoutMs ?? 0;
  network.run(network.now + 10_000, () => eventsOf(a, "sessionUnanswered").length > 0);
  assert.ok(
    network.now - sentAt >= 2 * timeout && network.now - sentAt <= 4 * timeout,
    `${network.now - sentAt} of ${timeout}`,
  );
  network.run(network.now + 10_000);
  assert.equal(eventsOf(a, "sessionUnanswered").length, 1);
  assert.equal(eventsOf(a, "sessionAnswered").length, 0);
  network.healAll();
  network.run(network.now + 3000);
  assert.equal(eventsOf(a, "sessionAnswered").length, 1);
  isolate(both);
  say(network, a, session, Lane.chat, Uint8Array.of(1));
  network.run(network.now + 5000);
  assert.equal(eventsOf(a, "sessionUnanswered").length, 2);
});

test("however long a cut, something is tried at least every 2 s, and what was said arrives soon after it", () => {
  const both = settled({ ...calm, delayMs: 60 });
  const { network, a, b, session, left } = both;
  isolate(both);
  say(network, a, session, Lane.chat, Uint8Array.of(1));
  network.run(network.now + 30_000);
  const times = left.filter(({ from }) => from === a.host.address.host).map(({ at }) => at);
  assert.ok(times.every((at, i) => i === 0 || at - (times[i - 1] ?? 0) <= 2000.1));
  network.healAll();
  const healedAt = network.now;
  network.run(network.now + 5000, () => messages(b).length > 0);
  assert.ok(network.now - healedAt <= 2100, `${network.now - healedAt}`);
});

test("while a verdict is pending at least ten probes leave, evenly, in its time", () => {
  for (const delayMs of [0.1, 5, 40]) {
    const both = settled({ ...calm, delayMs });
    const { network, a, session, left } = both;
    const verdictMs = Math.max(500, 5 * (a.endpoint.view(session)?.probeTimeoutMs ?? 0));
    isolate(both);
    const sentAt = network.now;
    say(network, a, session, Lane.chat, Uint8Array.of(1));
    a.endpoint.probeEvenly(session, verdictMs / PROBES_PER_VERDICT);
    network.run(sentAt + verdictMs - 1);
    const times = left.map(({ at }) => at - sentAt);
    const inTime = times.slice(1).filter((at) => at <= verdictMs - verdictMs / 12);
    assert.ok(
      inTime.length >= 10,
      `${inTime.length} in ${verdictMs} after the message itself, with time for an answer`,
    );
    const gaps = times.slice(1).map((at, i) => at - (times[i] ?? 0));
    assert.ok(Math.max(...gaps) <= verdictMs / PROBES_PER_VERDICT + 0.1);
    a.endpoint.probeEvenly(session, undefined);
  }
});

test("at 20 % loss each way ten probes hear from a live peer", () => {
  let silent = 0;
  for (let seed = 1; seed <= 150; seed++) {
    const { network, a, session } = pair(seed, { ...calm, delayMs: 10, loss: 0.2 });
    network.run(network.now + 300);
    const since = network.now;
    a.endpoint.probeEvenly(session, 500 / PROBES_PER_VERDICT);
    a.endpoint.ping(session);
    network.turn(a.host);
    network.run(since + 500, () => (a.endpoint.view(session)?.heardAt ?? 0) > since);
    if ((a.endpoint.view(session)?.heardAt ?? 0) <= since) silent++;
  }
  assert.equal(silent, 0);
});

test("a reset with the session's token ends it at once, one without ends nothing, and only for who opened", () => {
  const { network, a, b, session } = settled();
  const { remoteId, resetToken } = eventsOf(b, "sessionOpened")[0] ?? assert.fail();
  const wrong = resetToken.map((byte) => byte ^ 1);
  b.endpoint.sendReset(a.host.address, remoteId, wrong);
  network.turn(b.host);
  network.run(network.now + 100);
  assert.ok(a.endpoint.view(session));
  const opened = eventsOf(a, "sessionOpened")[0] ?? assert.fail();
  a.endpoint.sendReset(b.host.address, opened.remoteId, opened.resetToken);
  network.turn(a.host);
  network.run(network.now + 100);
  assert.ok(b.endpoint.view(newest(b)));
  b.endpoint.sendReset(a.host.address, remoteId, resetToken);
  network.turn(b.host);
  network.run(network.now + 100);
  assert.deepEqual(
    eventsOf(a, "sessionEnded").map(({ end }) => end),
    [{ by: "reset" }],
  );
});

test("a goodbye is said twice and heard once", () => {
  const { network, a, b, session, left } = settled();
  a.endpoint.close(session, 64, "good night");
  network.turn(a.host);
  network.run(network.now + 5000);
  assert.equal(left.length, 2);
  assert.deepEqual(
    eventsOf(a, "sessionEnded").map(({ end }) => end),
    [{ by: "us" }],
  );
  assert.deepEqual(
    eventsOf(b, "sessionEnded").map(({ end }) => end),
    [{ by: "peer", code: 64, reason: "good night" }],
  );
});

test("abandoning says nothing", () => {
  const { network, a, session, left } = settled();
  a.endpoint.abandon(session);
  network.turn(a.host);
  network.run(network.now + 5000);
  assert.deepEqual(left, []);
  assert.equal(a.endpoint.sizes.sessions, 0);
});

test("after every turn the next deadline is ahead: nobody is woken for nothing, and nothing waits for ever", () => {
  for (let seed = 1; seed <= 5; seed++) {
    const { network, random, a, b, session } = pair(seed, { ...calm, delayMs: 10, jitterMs: 20, loss: 0.2 });
    const atB = newest(b);
    let turns = 0;
    for (const where of [a, b]) {
      const { machine } = where.host;
      const ask = machine.nextDatagram.bind(machine);
      machine.nextDatagram = (now) => {
        const datagram = ask(now);
        if (datagram === undefined) {
          turns++;
          assert.ok(machine.deadline > now, `seed ${seed}: due at ${machine.deadline}, and it is ${now}`);
        }
        return datagram;
      };
    }
    for (let i = 0; i < 30; i++) {
      const where = random.pick([a, b]) ?? a;
      say(
        network,
        where,
        where === a ? session : atB,
        random.pick([Lane.control, Lane.chat, Lane.receipts, Lane.bulk]) ?? 1,
        random.dice(1 + random.below(15_000)),
      );
      if (i === 10) a.endpoint.renew(session, network.now);
      if (i === 20) call({ network, a, b });
      network.run(network.now + random.below(60));
    }
    const before = network.now;
    network.run(before + 20_000);
    assert.ok(turns < 4000, `${turns} turns`);
  }
});
