// Two hundred clients of the library in one process, and the 201st, a real one, among them.

import assert from "node:assert/strict";
import { test } from "node:test";

import type { ClientEvent } from "#client";
import { type ChatSession, connect } from "#library";

import { said, Stage, tableUpdated, welcome } from "./stage.ts";

const crowd = 200;
const atOnce = 50;

/** Resolves at the next event of that kind. */
async function next(session: ChatSession, kind: ClientEvent["kind"]): Promise<void> {
  for await (const event of session) if (event.kind === kind) return;
  throw new Error(`${session.name} ended without ${kind}`);
}

test("the 201st client of a server is fully usable", async (t) => {
  const stage = await Stage.open(t);
  const server = await stage.server();
  const sessions: ChatSession[] = [];
  t.after(() => Promise.all(sessions.map((session) => session.close())));
  const startedAt = performance.now();
  for (let i = 0; i < crowd; i += atOnce) {
    const names = Array.from({ length: atOnce }, (_, k) => `guest${i + k}`);
    const opened = await Promise.all(
      names.map((name) => connect({ name, host: "127.0.0.1", port: stage.port, folder: stage.home(name) })),
    );
    sessions.push(...opened);
    await Promise.all(opened.map((session) => next(session, "registered")));
  }
  t.diagnostic(`${crowd} registered after ${(performance.now() - startedAt).toFixed(0)} ms`);
  const ana = await stage.client("ana");
  const [first, last] = [sessions[0], sessions.at(-1)];
  assert.ok(first && last);
  ana.type("clients");
  await ana.line(/^>>> guest99 127\.0\.0\.1:\d+ online$/);
  assert.equal(said(ana).filter((text) => text.endsWith(" online")).length, crowd + 1);
  for (const guest of [first, last]) {
    ana.type(`send ${guest.name} hello`);
    await Promise.all([next(guest, "messageReceived"), ana.line(`>>> [Message received by ${guest.name}.]`)]);
    while (!guest.knows("ana")) await next(guest, "tableUpdated");
    guest.send("ana", "hello yourself");
    await Promise.all([next(guest, "messageEnded"), ana.line(`>>> ${guest.name}: hello yourself`)]);
  }
  await first.close();
  await server.line(">>> [Client guest0 deregistered]");
  await ana.line(tableUpdated);
  ana.type("quit");
  assert.equal(await ana.exit(), 0);
  assert.equal(said(ana)[0], welcome);
});
