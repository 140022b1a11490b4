import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { Random } from "#sim";
import { LONGEST_MESSAGE } from "#wire";

import {
  CreditBudget,
  FIRST_CREDIT,
  LONGEST_CONTROL_MESSAGE,
  messageCost,
  ReceiveCredit,
} from "../../src/transport/credit.ts";
import { Lane } from "../../src/transport/lanes.ts";
import { SendLanes } from "../../src/transport/send-lanes.ts";

test("first credit holds the longest message of each class", () => {
  assert.ok(FIRST_CREDIT.data >= messageCost(LONGEST_MESSAGE));
  assert.ok(FIRST_CREDIT.control >= messageCost(LONGEST_CONTROL_MESSAGE));
});

test("more than was promised is an overrun", () => {
  const credit = new ReceiveCredit("data", new CreditBudget(0));
  assert.ok(credit.receive(FIRST_CREDIT.data));
  assert.ok(!credit.receive(1));
});

test("a window widens from the budget while it sets the pace, and gives all back at the end", () => {
  const budget = new CreditBudget(1_000_000);
  const credit = new ReceiveCredit("data", budget);
  for (let i = 0; i < 20; i++) {
    credit.receive(40_000);
    credit.arrive(40_000);
    credit.consume(40_000, 100, i);
  }
  assert.ok(budget.left < 1_000_000);
  credit.close();
  credit.close();
  assert.equal(budget.left, 1_000_000);
});

test("a sender that says it is blocked widens it as well, but not without having sent half of what it might", () => {
  const budget = new CreditBudget(10_000_000);
  const credit = new ReceiveCredit("data", budget);
  for (let i = 0; i < 10; i++) credit.block(credit.limit);
  assert.equal(budget.left, 10_000_000);
  credit.receive(70_000);
  credit.arrive(40_000);
  for (let i = 0; i < 10; i++) credit.block(credit.limit);
  assert.equal(credit.limit, 8 * FIRST_CREDIT.data, "once, though nothing is whole yet");
});

test("what comes widens it for a sender that waits, before anything is whole", () => {
  const credit = new ReceiveCredit("data", new CreditBudget(10_000_000));
  credit.receive(70_000);
  credit.arrive(40_000);
  assert.ok(!credit.unblock(), "nobody waits");
  credit.block(credit.limit - 1);
  credit.block(credit.limit);
  assert.ok(!credit.unblock(), "it was told of more already");
  credit.block(credit.limit);
  credit.receive(500_000);
  credit.arrive(200_000);
  assert.ok(!credit.unblock(), "half of the window has not come");
  credit.arrive(200_000);
  assert.ok(credit.unblock());
  assert.equal(credit.limit, 4 * 1024 * 1024);
});

test("without a budget it stays as it was, and credit flows all the same", () => {
  const credit = new ReceiveCredit("data", new CreditBudget(0));
  for (let i = 0; i < 50; i++) {
    assert.ok(credit.receive(70_000));
    credit.consume(70_000, 100, i);
    assert.equal(credit.limit, (i + 1) * 70_000 + FIRST_CREDIT.data);
  }
});

test("however news of credit and of being blocked are delayed, everything gets through, and nothing beyond the promise", () => {
  const lengths = fc.array(
    fc.tuple(fc.constantFrom(Lane.chat, Lane.bulk), fc.integer({ min: 1, max: LONGEST_MESSAGE })),
    { minLength: 1, maxLength: 30 },
  );
  fc.assert(
    fc.property(lengths, fc.nat(), (messages, seed) => {
      const random = new Random(seed, "order");
      const lanes = new SendLanes();
      for (const [lane, length] of messages) lanes.enqueue(lane, new Uint8Array(length));
      const credit = new ReceiveCredit("data", new CreditBudget(200_000));
      const toReceiver: (() => void)[] = [];
      const toSender: (() => void)[] = [];
      let isOwed = false;
      let arrived = 0;
      for (let step = 0; step < 20_000 && arrived < messages.length; step++) {
        const part = lanes.take(100_000, false, step);
        if (part !== undefined) {
          const cost = messageCost(part.message.bytes.length);
          toReceiver.push(() => {
            assert.ok(credit.receive(cost), "an honest sender never overruns");
            isOwed ||= credit.consume(cost, 50, step);
            arrived++;
          });
        }
        const blocked = lanes.untoldBlock;
        if (blocked !== undefined) {
          const limit = lanes.tellBlocked(blocked);
          toReceiver.push(() => {
            credit.block(limit);
            isOwed = true;
          });
        }
        if (isOwed) {
          isOwed = false;
          const { limit } = credit;
          toSender.push(() => lanes.raise("data", limit));
        }
        const queue = random.chance(0.5) ? toReceiver : toSender;
        queue.splice(random.below(queue.length), 1)[0]?.();
      }
      assert.equal(arrived, messages.length);
    }),
    { numRuns: 100 },
  );
});

test("the news of being blocked may overtake what it waits for", () => {
  const credit = new ReceiveCredit("data", new CreditBudget(0));
  const { limit } = credit;
  credit.block(limit);
  assert.equal(credit.limit, limit, "there is no more to promise yet");
  credit.receive(10_000);
  assert.ok(credit.consume(10_000, 50, 1), "but there is now, and the sender waits for it");
  assert.equal(credit.limit, limit + 10_000);
});
