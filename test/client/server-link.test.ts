import assert from "node:assert/strict";
import { test } from "node:test";

import { decode, encode } from "#bytes";
import { fromServerCodec, type ReplyBody, type Request, requestCodec, type RequestBody } from "#chat";
import { Lane, type TransportEvent } from "#transport";

import { ServerLink } from "../../src/client/server-link.ts";
import { FakeEndpoint } from "./fake-endpoint.ts";
import { bytes } from "./records.ts";

const hello: RequestBody = { kind: "resync" };
const bye: RequestBody = { kind: "deregister" };
const registered = { kind: "registered", hasMailbox: false } as Extract<ReplyBody, { kind: "registered" }>;
const registration = {
  serverKey: bytes(1, 32),
  name: "ann",
  personKey: bytes(2, 32),
  firstSeenMs: 0,
  expiresMs: 1,
  signature: bytes(3, 64),
};

/** A link whose server is the test. */
class Desk {
  readonly endpoint = new FakeEndpoint();
  readonly told: string[] = [];
  readonly link: ServerLink;

  constructor() {
    this.link = new ServerLink(this.endpoint, { host: "10.0.0.1", port: 4000 }, 0.5, {
      registration: () => bye,
      registered: () => this.told.push("registered"),
      notice: ({ kind }) => this.told.push(kind),
      refused: ({ code }) => this.told.push(`refused ${code}`),
      unusable: ({ kind }) => this.told.push(`unusable ${kind}`),
      silent: () => this.told.push("silent"),
    });
    this.link.start(0);
  }

  /** The newest call. */
  get call(): number {
    return [...this.endpoint.calls.keys()].at(-1) ?? -1;
  }

  get requests(): readonly (Request & { readonly session: number })[] {
    return this.endpoint.sent.map(({ session, bytes: sent }) => ({
      session,
      ...(decode(requestCodec, sent) ?? { id: -1, body: hello }),
    }));
  }

  event(event: unknown, now: number): boolean {
    return this.link.receive(event as TransportEvent, now);
  }

  /** The call is answered, and what is asked on the session is, too. */
  open(now: number): number {
    const session = this.call;
    this.endpoint.calls.delete(session);
    this.endpoint.open(session, now);
    assert.equal(this.event({ kind: "sessionOpened", session, handshakeHash: bytes(1, 32) }, now), true);
    return session;
  }

  reply(session: number, body: ReplyBody, now: number, id = this.requests.at(-1)?.id ?? -1): void {
    const full = body.kind === "registered" ? { ...body, registration } : body;
    const message = encode(fromServerCodec, { kind: "reply", id, body: full });
    this.event({ kind: "messageReceived", session, lane: 1, bytes: message }, now);
  }

  register(now: number): number {
    const session = this.open(now);
    this.reply(session, registered, now);
    this.link.started();
    return session;
  }

  wait(from: number, until: number): void {
    for (let now = from; now <= until; now += 1) if (this.link.deadline <= now) this.link.wake(now);
  }
}

test("a server that is not there is silent after 2.5 s, and looked for all the same", () => {
  const desk = new Desk();
  assert.equal(desk.link.deadline, 2500);
  desk.event({ kind: "connectFailed", session: desk.call, why: { kind: "silence" } }, 2000);
  desk.wait(2000, 2499);
  assert.deepEqual(desk.told, []);
  desk.wait(2500, 9000);
  assert.deepEqual([desk.told, desk.endpoint.calls.size], [["silent"], 2]);
  desk.register(9000);
  assert.deepEqual(desk.told, ["silent", "registered"]);
});

test("registered is not enough: without a table the server is silent, however much it says, unless the table goes on", () => {
  const desk = new Desk();
  const session = desk.open(0);
  desk.reply(session, registered, 0);
  assert.ok((desk.endpoint.evenProbes.get(session) ?? 9999) <= 250);
  for (let now = 100; now < 14_000; now += 100) {
    if (now === 4000) desk.link.tableWentOn(now);
    desk.endpoint.open(session, now);
    desk.wait(now, now);
  }
  assert.deepEqual(desk.told, ["registered"]);
  desk.wait(14_000, 14_000);
  assert.deepEqual(desk.told, ["registered", "silent"]);
  desk.link.tableWentOn(14_100);
  assert.equal(desk.link.deadline, Number.POSITIVE_INFINITY);
});

test("with a table nothing is waited for, and probed, any more", () => {
  const desk = new Desk();
  const session = desk.register(0);
  assert.deepEqual([desk.link.deadline, desk.endpoint.evenProbes.get(session)], [Number.POSITIVE_INFINITY, undefined]);
});

test("a request that nothing is heard about fails after 2.5 s, once for all of them", () => {
  const desk = new Desk();
  desk.register(0);
  desk.link.request(hello, 1000, () => desk.told.push("answered"));
  desk.link.request(hello, 1200, () => desk.told.push("answered"));
  assert.equal(desk.link.deadline, 3500);
  desk.wait(1000, 3499);
  assert.deepEqual(desk.told, ["registered"]);
  desk.wait(3500, 20_000);
  assert.deepEqual(desk.told, ["registered", "silent"]);
});

test("a server that says anything is waited for, 10 s at most; even probes meanwhile, and only then", () => {
  const desk = new Desk();
  const session = desk.register(0);
  assert.equal(desk.endpoint.evenProbes.get(session), undefined);
  desk.link.request(hello, 0, () => {});
  assert.ok((desk.endpoint.evenProbes.get(session) ?? 9999) <= 250);
  for (let now = 100; now < 10_000; now += 100) {
    desk.endpoint.open(session, now);
    desk.wait(now, now);
  }
  assert.deepEqual(desk.told, ["registered"]);
  desk.wait(10_000, 10_000);
  assert.deepEqual([desk.told, desk.endpoint.evenProbes.get(session)], [["registered", "silent"], undefined]);
});

test("what was heard on a session that ended counts for the next", () => {
  const desk = new Desk();
  const session = desk.register(0);
  desk.link.request(hello, 100, () => {});
  desk.endpoint.open(session, 2000);
  desk.wait(2000, 2000);
  assert.equal(desk.link.deadline, 4500);
  desk.endpoint.views.delete(session);
  desk.event({ kind: "sessionEnded", session, end: { by: "reset" } }, 2100);
  assert.equal(desk.link.deadline, 4500);
});

test("what nothing depends on fails without a word", () => {
  const desk = new Desk();
  const session = desk.register(0);
  desk.link.mention(hello, 0);
  desk.wait(0, 5000);
  assert.deepEqual(
    [desk.told, desk.endpoint.evenProbes.get(session), desk.link.deadline],
    [["registered"], undefined, Number.POSITIVE_INFINITY],
  );
});

test("what nobody asked for ends with an answer, after silence, or with the silence about something else", () => {
  const desk = new Desk();
  const session = desk.register(0);
  const ended = (): void => void desk.told.push("ended");
  desk.link.mention(hello, 0, ended);
  desk.reply(session, { kind: "done" }, 10);
  assert.deepEqual(desk.told, ["registered", "ended"]);
  desk.link.mention(hello, 1000, ended);
  desk.wait(1000, 3500);
  assert.deepEqual(desk.told, ["registered", "ended", "ended"]);
  desk.link.request(hello, 4000, () => {});
  desk.link.mention(hello, 5000, ended);
  desk.wait(4000, 6500);
  assert.deepEqual(desk.told, ["registered", "ended", "ended", "ended", "silent"]);
});

test("a session that ends is replaced, registered on, and what was asked goes out again on it", () => {
  const desk = new Desk();
  const first = desk.register(0);
  desk.link.request(hello, 100, () => desk.told.push("answered"));
  desk.endpoint.views.delete(first);
  desk.event({ kind: "sessionEnded", session: first, end: { by: "reset" } }, 200);
  assert.equal(desk.link.isRegistered, false);
  const second = desk.register(300);
  const asked = desk.requests.filter(({ body }) => body.kind === "resync");
  assert.deepEqual(
    asked.map(({ session }) => session),
    [first, second],
  );
  desk.reply(second, { kind: "done" }, 310);
  assert.deepEqual(desk.told, ["registered", "registered", "answered"]);
});

test("an unanswered session is called beside, once, naming the one to replace; the old one's end is no news", () => {
  const desk = new Desk();
  const first = desk.register(0);
  desk.event({ kind: "sessionUnanswered", session: first }, 100);
  desk.event({ kind: "sessionUnanswered", session: first }, 200);
  assert.deepEqual(
    [...desk.endpoint.calls.values()].map(({ replaces }) => replaces),
    [first],
  );
  desk.register(300);
  assert.equal(desk.event({ kind: "sessionEnded", session: first, end: { by: "superseded" } }, 310), false);
  assert.equal(desk.link.isRegistered, true);
});

test("an unanswered session that is answered after all stays, and the call beside it ends; not where requests were given up", () => {
  const desk = new Desk();
  const session = desk.register(0);
  desk.event({ kind: "sessionUnanswered", session }, 100);
  assert.equal(desk.event({ kind: "sessionAnswered", session }, 150), true);
  assert.deepEqual([desk.endpoint.calls.size, desk.link.session, desk.link.isRegistered], [0, session, true]);
  desk.event({ kind: "sessionUnanswered", session }, 200);
  desk.link.forgetRequests();
  desk.event({ kind: "sessionAnswered", session }, 250);
  assert.equal(desk.endpoint.calls.size, 1);
});

test("a reply that nobody asked for, and a second one, mean nothing; nonsense closes the session", () => {
  const desk = new Desk();
  const session = desk.register(0);
  desk.reply(session, { kind: "done" }, 0, 999);
  desk.link.request(hello, 0, () => desk.told.push("answered"));
  desk.reply(session, { kind: "done" }, 0);
  desk.reply(session, { kind: "done" }, 0);
  assert.deepEqual([desk.told, desk.endpoint.closed], [["registered", "answered"], []]);
  desk.event({ kind: "messageReceived", session, lane: 1, bytes: Uint8Array.of(9, 9) }, 0);
  assert.deepEqual(desk.endpoint.closed, [session]);
});

test("an answer to a registration that is none closes the session", () => {
  const desk = new Desk();
  const session = desk.open(0);
  desk.reply(session, { kind: "done" }, 0);
  assert.deepEqual([desk.told, desk.endpoint.closed], [[], [session]]);
});

test("refused when it was asked for: final. Refused on coming back: tried again, unless the name is gone", () => {
  const asked = new Desk();
  asked.reply(asked.open(0), { kind: "refused", code: 4, text: "full" }, 0);
  assert.deepEqual(asked.told, ["refused 4"]);
  const back = new Desk();
  const session = back.register(0);
  back.endpoint.views.delete(session);
  back.event({ kind: "sessionEnded", session, end: { by: "idle" } }, 100);
  const next = back.open(200);
  back.reply(next, { kind: "refused", code: 4, text: "full" }, 200);
  assert.deepEqual([back.told, back.link.deadline], [["registered"], 2200]);
  back.wait(2200, 2200);
  back.reply(next, registered, 2210);
  assert.deepEqual(back.told, ["registered", "registered"]);
  back.event({ kind: "sessionEnded", session: next, end: { by: "idle" } }, 3000);
  back.reply(back.open(3100), { kind: "refused", code: 1, text: "taken" }, 3100);
  assert.equal(back.told.at(-1), "refused 1");
});

test("a server that does not know us any more is registered on anew, and asked again once", () => {
  const desk = new Desk();
  const session = desk.register(0);
  desk.link.request(hello, 0, ({ kind }) => desk.told.push(kind));
  desk.reply(session, { kind: "refused", code: 6, text: "not registered" }, 0);
  assert.deepEqual([desk.told, desk.link.isRegistered], [["registered"], false]);
  desk.reply(session, registered, 0);
  desk.reply(session, { kind: "refused", code: 6, text: "not registered" }, 0);
  assert.deepEqual(desk.told, ["registered", "registered", "refused"]);
  desk.link.request(bye, 0, ({ kind }) => desk.told.push(kind));
  desk.reply(session, { kind: "refused", code: 6, text: "not registered" }, 0);
  assert.equal(desk.told.length, 4);
});

test("requests at once are bounded: one more is refused by ourselves", () => {
  const desk = new Desk();
  desk.register(0);
  for (let i = 0; i < 1024; i++) desk.link.request(hello, 0, () => {});
  desk.link.request(hello, 0, ({ kind }) => desk.told.push(kind));
  assert.equal(desk.told.at(-1), "refused");
});

test("whoever is not our server is told of, and called again", () => {
  const desk = new Desk();
  desk.event(
    {
      kind: "connectFailed",
      session: desk.call,
      why: { kind: "rejected", remoteKey: bytes(1, 32), application: bytes(1, 1) },
    },
    2000,
  );
  assert.deepEqual([desk.told, desk.endpoint.calls.size], [["unusable rejected"], 2]);
});

test("stopped, it says goodbye and asks nothing more; resumed, it pings and calls at once", () => {
  const desk = new Desk();
  const session = desk.register(0);
  desk.link.resume(100);
  desk.link.resume(110);
  assert.deepEqual([desk.endpoint.pinged, desk.endpoint.calls.size], [[session, session], 1]);
  desk.link.stop();
  assert.deepEqual(
    [desk.endpoint.closed, desk.endpoint.calls.size, desk.link.deadline],
    [[session], 0, Number.POSITIVE_INFINITY],
  );
  desk.link.start(500);
  assert.deepEqual([desk.endpoint.calls.size, desk.link.deadline], [1, 3000]);
});

test("the session with a server that has died is given up once another one answers", () => {
  const desk = new Desk();
  const first = desk.register(0);
  desk.event({ kind: "sessionUnanswered", session: first }, 5000);
  const second = desk.register(5100);
  assert.deepEqual(desk.endpoint.abandoned, [first]);
  assert.deepEqual([desk.told, desk.requests.at(-1)?.session], [["registered", "registered"], second]);
});

test("requests of mail and groups ride in lane chat, all others, and what only acknowledges, in lane control", () => {
  const desk = new Desk();
  const session = desk.open(0);
  desk.reply(session, registered, 1);
  const bodies: RequestBody[] = [
    { kind: "certificate", personKey: bytes(1, 32) },
    { kind: "save", toKey: bytes(1, 32), messageId: bytes(1, 16), envelope: bytes(1, 5) },
    { kind: "fetch", box: 0, after: 0 },
    { kind: "createGroup", group: "g" },
    { kind: "listMembers", after: undefined },
    { kind: "lookUp", name: "ann" },
    { kind: "reportSilent", personKey: bytes(1, 32) },
  ];
  const before = desk.endpoint.sent.length;
  for (const body of bodies) desk.link.request(body, 2, () => {});
  assert.equal(desk.link.tell({ kind: "collect", numbers: [1], receipts: [] }), true);
  assert.equal(
    desk.link.tell({ kind: "collect", numbers: [2], receipts: [{ toKey: bytes(1, 32), envelope: bytes(1, 5) }] }),
    true,
  );
  assert.deepEqual(
    desk.endpoint.sent.slice(before).map(({ lane }) => lane),
    [Lane.chat, Lane.chat, Lane.chat, Lane.chat, Lane.chat, Lane.control, Lane.control, Lane.control, Lane.chat],
  );
});

test("what is not answered is not said to nobody, and no failure follows from it", () => {
  const desk = new Desk();
  const session = desk.open(0);
  const collect: RequestBody = { kind: "collect", numbers: [1], receipts: [] };
  assert.equal(desk.link.tell(collect), false);
  desk.reply(session, registered, 1);
  desk.link.started();
  assert.equal(desk.link.tell(collect), true);
  assert.equal(desk.link.deadline, Number.POSITIVE_INFINITY);
});

test("whoever has something else to say of itself registers again on the same session, once it is registered", () => {
  const desk = new Desk();
  const session = desk.open(0);
  const count = (): number => desk.requests.filter(({ body }) => body.kind === "deregister").length;
  const before = count();
  desk.link.registerAnew();
  assert.equal(count(), before);
  desk.reply(session, registered, 1);
  desk.link.registerAnew();
  assert.deepEqual([count(), desk.link.isRegistered], [before + 1, false]);
  desk.reply(session, registered, 2);
  assert.equal(desk.link.isRegistered, true);
});
