// A forger on the same machine throws garbage, torn, bent and repeated datagrams at a server and at clients: nobody
// notices, and it gets back no more than it sent.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";

import { freePort } from "../../scripts/free-port.ts";
import { bound, type Passed, Relay } from "./relay.ts";
import { deliver, said, Stage, tableUpdated } from "./stage.ts";

const lengths = [1, 2, 9, 17, 25, 64, 255, 1199, 1200, 1472];

/** Datagrams of every kind there is and is not, filled with a pattern. */
function* garbage(): Generator<Uint8Array> {
  yield new Uint8Array(0);
  for (let type = 0; type < 256; type += type < 10 || (type >= 0x3e && type < 0x46) ? 1 : 9) {
    for (const length of lengths)
      yield Uint8Array.from({ length }, (_, i) => (i === 0 ? type : (type * 31 + i * 7) & 0xff));
  }
}

/** A datagram as it was, torn and bent in every way. */
function* forgeries({ bytes }: Passed): Generator<Uint8Array> {
  yield bytes;
  yield bytes;
  for (const length of [1, bytes.length >> 1, bytes.length - 1]) yield bytes.subarray(0, length);
  yield Buffer.concat([bytes, bytes]).subarray(0, 1472);
  for (const at of [0, 1, 4, 8, bytes.length >> 1, bytes.length - 1])
    yield bytes.with(Math.min(at, bytes.length - 1), (bytes[at] ?? 0) ^ 0x01);
}

class Forger {
  readonly sent = new Map<number, number>();
  readonly received = new Map<number, number>();
  readonly #socket: Awaited<ReturnType<typeof bound>>;

  private constructor(socket: Awaited<ReturnType<typeof bound>>) {
    this.#socket = socket;
    socket.on("message", (bytes, { port }) => this.received.set(port, (this.received.get(port) ?? 0) + bytes.length));
  }

  static async open(t: TestContext): Promise<Forger> {
    const forger = new Forger(await bound());
    t.after(() => forger.#socket.close());
    return forger;
  }

  async throwAt(port: number, bytes: Uint8Array): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.sent.set(port, (this.sent.get(port) ?? 0) + bytes.length);
    this.#socket.send(bytes, port, "127.0.0.1", () => resolve());
    await promise;
  }

  assertNoGain(port: number): void {
    const [sent, received] = [this.sent.get(port) ?? 0, this.received.get(port) ?? 0];
    assert.ok(sent > 0 && received <= sent, `${received} bytes for ${sent}`);
  }
}

test("whatever a forger throws at a server and at clients, everybody goes on and it gains nothing", async (t) => {
  const stage = await Stage.open(t);
  const server = await stage.server();
  const relay = await Relay.open(t, stage.port);
  const [anaPort, bobPort] = [await freePort(), await freePort()];
  const bob = await stage.client("bob", { clientPort: bobPort, words: ["--stay"] });
  const ana = await stage.client("ana", { clientPort: anaPort, port: relay.port, words: ["--stay"] });
  await bob.line(tableUpdated);
  await deliver(["bob", bob], ["ana", ana], "through the box");
  await deliver(["ana", ana], ["bob", bob], "and back");
  const targets = [stage.port, anaPort, bobPort];
  const captured = [...relay.passed];
  for (const port of targets)
    assert.ok(
      captured.some(({ to }) => to === port),
      `nothing passed to ${port}`,
    );
  const events = said(server).length;

  const forger = await Forger.open(t);
  for (const port of targets) {
    for (const bytes of garbage()) await forger.throwAt(port, bytes);
  }
  await deliver(["bob", bob], ["ana", ana], "after garbage");
  for (const port of [anaPort, bobPort]) assert.equal(forger.received.get(port), undefined, "a client answers garbage");
  forger.assertNoGain(stage.port);
  // To whom it was for, and to whom it was not.
  for (const passed of captured) {
    for (const bytes of forgeries(passed)) {
      for (const port of targets) await forger.throwAt(port, bytes);
    }
  }
  await deliver(["ana", ana], ["bob", bob], "after forgeries");
  await deliver(["bob", bob], ["ana", ana], "after forgeries, too");
  assert.equal(said(server).length, events);
  for (const [name, program] of [
    ["ana", ana],
    ["bob", bob],
  ] as const) {
    program.type("dereg");
    program.type("reg");
    await server.line(`>>> [Client ${name} deregistered]`);
    await server.line(new RegExp(`^>>> \\[Client ${name} registered from `));
  }
  for (const port of targets) forger.assertNoGain(port);
  t.diagnostic(
    `${captured.length} captured; thrown ${[...forger.sent.values()].join(", ")} bytes, got back ${targets.map((port) => forger.received.get(port) ?? 0).join(", ")}`,
  );
  const late = await stage.client("eva");
  late.type("send eva hi");
  await late.line(">>> [Message received by eva.]");
  const texts = (lines: readonly string[], from: string): readonly string[] =>
    lines.filter((text) => text.startsWith(`>>> ${from}: `));
  assert.deepEqual(texts(said(ana), "bob"), [
    ">>> bob: through the box",
    ">>> bob: after garbage",
    ">>> bob: after forgeries, too",
  ]);
  assert.deepEqual(texts(said(bob), "ana"), [">>> ana: and back", ">>> ana: after forgeries"]);
  for (const program of [ana, bob, server]) assert.deepEqual(program.errors, []);
});
