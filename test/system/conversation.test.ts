// Three real people at a real terminal multiplexer: what arrives never spoils what is being typed.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";

import { freePort } from "../../scripts/free-port.ts";
import { Program } from "../../scripts/program.ts";
import { sees, tableUpdated } from "../acceptance/stage.ts";
import { Tmux } from "./tmux.ts";

const program = join(import.meta.dirname, "..", "..", "udpchat");

interface Cast {
  readonly server: Program;
  readonly bob: Program;
  readonly eva: Program;
  readonly ana: Tmux;
}

async function stage(t: TestContext): Promise<Cast> {
  const home = mkdtempSync(join(tmpdir(), "udpchat-system-"));
  const port = await freePort();
  const server = new Program(["-s", String(port)], home);
  await server.line(/Server is online/);
  const [bob, eva] = ["bob", "eva"].map((name) => new Program(["-c", name, "127.0.0.1", String(port), "0"], home)) as [
    Program,
    Program,
  ];
  // Behind them, so that its first table has both.
  for (const each of [bob, eva]) await each.line(tableUpdated);
  const ana = new Tmux({ columns: 60, rows: 20 }, `UDPCHAT_HOME=${home} ${program} -c ana 127.0.0.1 ${port} 0`);
  t.after(async () => {
    ana.close();
    for (const each of [bob, eva, server]) each.kill();
    await Promise.all([bob, eva, server].map((each) => each.ended));
    rmSync(home, { recursive: true, force: true });
  });
  await ana.until("everybody in the table", ({ rows }) => rows.some((row) => row.includes("[Client table updated.]")));
  for (const each of [bob, eva]) await sees(each, /^>>> ana .* online$/);
  return { server, bob, eva, ana };
}

test("a half-typed line survives what arrives, and goes out whole", async (t) => {
  const { bob, eva, ana } = await stage(t);
  ana.type("send bob half a tho");
  await ana.until("the draft at the prompt", ({ rows }) => rows.at(-1) === ">>> send bob half a tho");
  bob.type("send ana are you there?");
  eva.type("send ana me too");
  const shown = await ana.until("both messages above the draft", ({ rows }) => {
    const above = rows.slice(0, -1);
    return above.includes(">>> bob: are you there?") && above.includes(">>> eva: me too");
  });
  assert.equal(shown.rows.at(-1), ">>> send bob half a tho");
  assert.equal(shown.cursor.column, ">>> send bob half a tho".length);
  ana.type("ught");
  ana.press("Enter");
  await bob.line(">>> ana: half a thought");
  await ana.until("the verdict", ({ rows }) => rows.includes(">>> [Message received by bob.]"));
});

test("one of three is killed, and the others go on typing", async (t) => {
  const { bob, eva, ana } = await stage(t);
  eva.kill("SIGKILL");
  await eva.ended;
  ana.type("send eva hello");
  ana.press("Enter");
  ana.type("send bob and yo");
  await ana.until("the truth above the draft", ({ rows }) =>
    rows.includes(">>> [No ACK from eva, message sent to server.]"),
  );
  await sees(bob, /^>>> eva .* offline$/);
  await ana.until("the draft below it", ({ rows }) => rows.at(-1) === ">>> send bob and yo");
  ana.type("u");
  ana.press("Enter");
  await bob.line(">>> ana: and you");
});

test("a closed window says goodbye", async (t) => {
  const { server, bob, ana } = await stage(t);
  ana.close();
  // Not the silence of somebody killed, which has another line.
  await server.line(">>> [Client ana deregistered]");
  await sees(bob, /^>>> ana .* offline$/);
});
