import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { test, type TestContext } from "node:test";

import { type Machine } from "#transport";

import { UdpHost } from "../../src/io/udp-host.ts";

/** A machine that waits for answers until a time, and notes what it is told. */
class Waiting implements Machine {
  readonly told: string[] = [];
  readonly #woken = Promise.withResolvers<void>();
  deadline: number;

  constructor(forMs: number) {
    this.deadline = performance.now() + forMs;
  }

  get woken(): Promise<void> {
    return this.#woken.promise;
  }

  receive(bytes: Uint8Array): void {
    this.told.push(Buffer.from(bytes).toString());
  }

  wake(): void {
    this.deadline = Number.POSITIVE_INFINITY;
    this.told.push("it is late");
    this.#woken.resolve();
  }

  nextDatagram(): undefined {
    return undefined;
  }
}

/** Puts the machine to work; gives a socket that sends to it. */
async function worked(t: TestContext, machine: Machine): Promise<Socket> {
  const failed = (error: unknown): void => assert.fail(String(error));
  const host = await UdpHost.open({ port: 0, bind: "127.0.0.1", act: () => {}, resumed: () => {}, failed });
  t.after(() => host.close());
  host.start(machine);
  const sender = createSocket("udp4");
  t.after(() => sender.close());
  const { promise, resolve } = Promise.withResolvers<void>();
  sender.connect(host.port, "127.0.0.1", resolve);
  await promise;
  return sender;
}

/** Holds the whole process up, as a busy machine does. */
function holdUp(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test("held up beyond a deadline, it reads what came meanwhile before the machine is told the time", async (t) => {
  const machine = new Waiting(60);
  const sender = await worked(t, machine);
  const answers = Array.from({ length: 100 }, (_, i) => `answer ${i}`);
  setTimeout(() => {
    for (const answer of answers) sender.send(answer);
    holdUp(200);
  }, 10);
  await machine.woken;
  assert.deepEqual(machine.told, [...answers, "it is late"]);
});

test("where nothing has come, it is told the time all the same", async (t) => {
  const machine = new Waiting(60);
  await worked(t, machine);
  setTimeout(() => holdUp(200), 10);
  await machine.woken;
  assert.deepEqual(machine.told, ["it is late"]);
});

test("a flood does not keep the time from it", async (t) => {
  const machine = new Waiting(60);
  const sender = await worked(t, machine);
  let rounds = 500;
  const flood = (): void => {
    if (rounds-- <= 0) return;
    for (let i = 0; i < 40; i++) sender.send("more");
    setImmediate(flood);
  };
  setTimeout(() => {
    flood();
    holdUp(200);
  }, 10);
  await machine.woken;
  rounds = 0;
  const { length } = machine.told;
  assert.ok(length > 40 && length < 4000, `${length} datagrams before it`);
});
