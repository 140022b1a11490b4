// One process of a cell, run on one of the two hosts: a server, the receiving end or the sending end. What it is to do is
// its argument, as JSON; it tells its parent by lines how far it is, is told to go on by lines, and ends with its input.

import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

import { carriers } from "./carriers.ts";
import { type SendingEnd } from "./channel.ts";
import { writeMessage } from "./numbered-message.ts";
import { Tally } from "./tally.ts";
import { type Task } from "./task.ts";
import { EVERY_MS, LARGE_BYTES, SMALL_BYTES } from "./weather.ts";

const HELLO = "hello";

const task = JSON.parse(process.argv[2] ?? "") as Task;
const { contestant, kind, amount, folder } = task;
const carrier = carriers[contestant];
const lines = createInterface({ input: process.stdin }).on("close", () => process.exit());
const told = lines[Symbol.asyncIterator]();

/** Monotonic time of the machine, which its processes share, µs. */
function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function receive(): Promise<void> {
  const tally = new Tally(amount.bulkSeconds * 1000, amount.bulkFromSeconds * 1000);
  let isGreeted = false;
  await carrier.receive(
    {
      take: (text) => {
        const now = nowUs();
        // The greeting makes the connection; damaged, it did so, too.
        if (isGreeted) tally.take(text, now);
        else say("greeted");
        isGreeted = true;
        if (kind === "delay" && tally.received === amount.messages) say("complete");
      },
      broken: (why) => say(`broken: ${why}`),
    },
    folder,
  );
  say("ready");
  await told.next();
  say(`arrivals ${JSON.stringify(tally.arrivals())}`);
}

/** Sends on a timetable: a message whose time has passed while the process was busy leaves at once. */
async function sendSmall(end: SendingEnd): Promise<number> {
  const started = nowUs();
  for (let number = 0; number < amount.messages; number++) {
    const waitMs = EVERY_MS * number - (nowUs() - started) / 1000;
    if (waitMs > 0) await pause(waitMs);
    end.send(writeMessage({ number, sentUs: nowUs() }, SMALL_BYTES));
  }
  return amount.messages;
}

async function sendLarge(end: SendingEnd): Promise<number> {
  const until = nowUs() + (amount.bulkFromSeconds + amount.bulkSeconds) * 1e6;
  let number = 0;
  for (; nowUs() < until; number++) {
    await end.hasRoom();
    end.send(writeMessage({ number, sentUs: nowUs() }, LARGE_BYTES));
  }
  return number;
}

async function send(): Promise<void> {
  const end = await carrier.send(folder);
  end.send(HELLO);
  say("connected");
  await told.next();
  try {
    say(`sent ${await (kind === "delay" ? sendSmall(end) : sendLarge(end))}`);
  } catch (error) {
    say(`broken: ${error instanceof Error ? error.message : String(error)}`);
  }
}

switch (task.role) {
  case "serve":
    await carrier.serve?.(folder);
    say("ready");
    break;
  case "receive":
    await receive();
    break;
  case "send":
    await send();
    break;
}
