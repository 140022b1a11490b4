// The demo of the README: a server and three clients as real processes on loopback talk, in a group and alone; one is
// away, one is killed, the server is killed. Exit 0 only if every line that had to appear did.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { freePort } from "./free-port.ts";
import { Program } from "./program.ts";

const home = mkdtempSync(join(tmpdir(), "udpchat-demo-"));
const running: Program[] = [];

function explain(text: string): void {
  console.log(`\n── ${text}`);
}

function start(who: string, words: readonly string[]): Program {
  const program = new Program(words, home);
  program.onLine = (line) => console.log(`${who.padStart(7)} │ ${line}`);
  running.push(program);
  return program;
}

function type(who: string, program: Program, line: string): void {
  console.log(`${who.padStart(7)} │ ‹types› ${line}`);
  program.type(line);
}

const saidAt = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`;

interface Cast {
  readonly port: number;
  readonly ana: Program;
  readonly bob: Program;
  readonly eva: Program;
}

async function startServer(port: number): Promise<Program> {
  const server = start("server", ["-s", String(port), "--data", join(home, "books")]);
  await server.line(/^>>> \[Server is online on .*\]$/);
  return server;
}

async function arrive(who: string, port: number): Promise<Program> {
  const program = start(who, ["-c", who, "127.0.0.1", String(port), "0"]);
  await program.line(">>> [Welcome, You are registered.]");
  await program.line(">>> [Client table updated.]");
  return program;
}

async function talkDirectly({ ana, bob }: Cast): Promise<void> {
  explain("They talk: straight from client to client, closed to the server. Each sender reads that it arrived.");
  type("ana", ana, "send bob Good morning, Bob. Is the coffee ready?");
  await bob.line(">>> ana: Good morning, Bob. Is the coffee ready?");
  await ana.line(">>> [Message received by bob.]");
  type("bob", bob, "send ana Two minutes.");
  await ana.line(">>> bob: Two minutes.");
  await bob.line(">>> [Message received by ana.]");
}

async function talkInGroup({ ana, bob, eva }: Cast): Promise<void> {
  explain("A group: one message, passed on by the server, which counts who has it. (It could read this one.)");
  type("ana", ana, "create_group kitchen");
  await ana.line(">>> [Group kitchen created by Server.]");
  for (const [who, program] of [
    ["ana", ana],
    ["bob", bob],
  ] as const) {
    type(who, program, "join_group kitchen");
    await program.line(">>> [Entered group kitchen successfully]");
  }
  type("ana", ana, "send_group Who wants milk?");
  await ana.line(">>> (kitchen) [Message received by Server.]");
  await bob.line(">>> (kitchen) Group_Message ana: Who wants milk?");

  explain("Eva writes to Ana alone, who is in the group: acknowledged at once, shown when Ana leaves it.");
  type("eva", eva, "send ana I hid the good biscuits in the second drawer.");
  await ana.line(">>> (kitchen) [Private message from eva, shown when you leave.]");
  await eva.line(">>> [Message received by ana.]");
  type("ana", ana, "leave_group");
  await ana.line(">>> [Leave group chat kitchen]");
  await ana.line(">>> eva: I hid the good biscuits in the second drawer.");
  type("bob", bob, "leave_group");
  await bob.line(">>> [Leave group chat kitchen]");
}

async function leaveMail({ port, ana, bob, eva }: Cast): Promise<Program> {
  explain("Eva goes home. What Ana writes now waits at the server, sealed so that only Eva can open it.");
  type("eva", eva, "dereg");
  await eva.line(">>> [You are Offline. Bye.]");
  await eva.ended;
  await ana.line(">>> [Client table updated.]");
  type("ana", ana, "send eva Found them. There are two left.");
  await ana.line(">>> [Messages received by the server and saved]");

  explain("Eva is back and reads it; Ana gets the receipt.");
  const back = await arrive("eva", port);
  await back.line(">>> [You have messages]");
  await back.line(new RegExp(`^>>> ana: ${saidAt} Found them\\. There are two left\\.$`));
  await ana.line(new RegExp(`^>>> \\[Offline Message sent at ${saidAt} received by eva\\.\\]$`));
  type("bob", bob, "send_all Coffee is ready!");
  await bob.line(">>> [Message received by Server.]");
  for (const program of [ana, back]) await program.line(">>> Channel_Message bob: Coffee is ready!");
  return back;
}

async function killEva({ bob, eva }: Cast, server: Program): Promise<void> {
  explain("Eva's machine dies (kill -9): nobody is told. Bob writes to her and learns the truth at once.");
  eva.kill("SIGKILL");
  await eva.ended;
  type("bob", bob, "send eva Milk or sugar?");
  await bob.line(">>> [No ACK from eva, message sent to server.]");
  await bob.line(">>> [Messages received by the server and saved]");
  await server.line(">>> [Client eva offline: no answer]");
}

async function killServer({ port, ana, bob }: Cast, server: Program): Promise<Program> {
  explain("The server dies, too. Ana and Bob go on.");
  server.kill("SIGKILL");
  await server.ended;
  type("ana", ana, "send bob Did you hear that?");
  await bob.line(">>> ana: Did you hear that?");
  await ana.line(">>> [Message received by bob.]");

  explain("It starts again; Ana and Bob are back by themselves. Eva comes back to her mail.");
  const again = await startServer(port);
  for (let registered = 0; registered < 2; registered++) await again.line(/^>>> \[Client (ana|bob) registered from /);
  const eva = await arrive("eva", port);
  await eva.line(">>> [You have messages]");
  await eva.line(new RegExp(`^>>> bob: ${saidAt} Milk or sugar\\?$`));
  await bob.line(new RegExp(`^>>> \\[Offline Message sent at ${saidAt} received by eva\\.\\]$`));
  type("eva", eva, "send bob Both!");
  await bob.line(">>> eva: Both!");
  await eva.line(">>> [Message received by bob.]");
  await leave("eva", eva);
  return again;
}

async function leave(who: string, program: Program): Promise<void> {
  type(who, program, "quit");
  await program.line(">>> [You are Offline. Bye.]");
  const code = await program.ended;
  if (code !== 0) throw new Error(`${who} ended with ${code}`);
}

async function talk(): Promise<void> {
  const port = await freePort();
  explain("A server keeps the books: who is here, and which name belongs to which key.");
  const server = await startServer(port);

  explain("Ana, Bob and Eva join it, each a process of its own.");
  const [ana, bob, eva] = await Promise.all([arrive("ana", port), arrive("bob", port), arrive("eva", port)]);
  for (let registered = 0; registered < 3; registered++)
    await server.line(/^>>> \[Client (ana|bob|eva) registered from /);

  const cast = { port, ana, bob, eva };
  await talkDirectly(cast);
  await talkInGroup(cast);
  const back = { ...cast, eva: await leaveMail(cast) };
  await killEva(back, server);
  const again = await killServer(back, server);

  explain("Ana and Bob leave.");
  await leave("ana", ana);
  await leave("bob", bob);
  await again.line(">>> [Client bob deregistered]");
  type("server", again, "quit");
  if ((await again.ended) !== 0) throw new Error("the server did not end well");
}

try {
  await talk();
  explain("That is all. Start your own: ./udpchat");
} catch (error) {
  console.error(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  for (const program of running) program.kill("SIGKILL");
  await Promise.all(running.map((program) => program.ended));
  rmSync(home, { recursive: true, force: true });
}
