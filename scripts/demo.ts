// The demo of the README: a server and three clients as real processes on loopback hold a short conversation; one is
// killed, the others find out. Exit 0 only if every line that had to appear did.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { freePort, Program } from "./program.ts";

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

async function talk(): Promise<void> {
  const port = await freePort();
  explain("A server keeps the books: who is here, and which name belongs to which key.");
  const server = start("server", ["-s", String(port)]);
  await server.line(/^>>> \[Server is online on .*\]$/);

  explain("Ana, Bob and Eva join it, each a process of its own.");
  const join3 = (who: string): Program => start(who, ["-c", who, "127.0.0.1", String(port), "0"]);
  const [ana, bob, eva] = [join3("ana"), join3("bob"), join3("eva")];
  for (const program of [ana, bob, eva]) {
    await program.line(">>> [Welcome, You are registered.]");
    await program.line(">>> [Client table updated.]");
  }
  for (let registered = 0; registered < 3; registered++)
    await server.line(/^>>> \[Client (ana|bob|eva) registered from /);

  explain("They talk: straight from client to client, encrypted, past the server. Each sender reads that it arrived.");
  type("ana", ana, "send bob Good morning, Bob. Is the coffee ready?");
  await bob.line(">>> ana: Good morning, Bob. Is the coffee ready?");
  await ana.line(">>> [Message received by bob.]");
  type("bob", bob, "send ana Two minutes. I am telling Eva, too.");
  await ana.line(">>> bob: Two minutes. I am telling Eva, too.");
  await bob.line(">>> [Message received by ana.]");
  type("bob", bob, "send eva Coffee in two minutes!");
  await eva.line(">>> bob: Coffee in two minutes!");
  await bob.line(">>> [Message received by eva.]");

  explain("Eva's machine dies (kill -9): nobody is told. Ana writes to her and learns the truth at once.");
  eva.kill("SIGKILL");
  await eva.ended;
  type("ana", ana, "send eva Milk or sugar?");
  await ana.line(">>> [No ACK from eva, message not delivered]");

  explain("The server asked Eva itself, heard nothing, and says so to everybody.");
  await server.line(">>> [Client eva offline: no answer]");
  await ana.line(">>> [Client table updated.]");
  type("bob", bob, "clients");
  await bob.line(/^>>> eva .* offline$/);

  explain("Ana and Bob leave.");
  type("ana", ana, "quit");
  await ana.line(">>> [You are Offline. Bye.]");
  type("bob", bob, "quit");
  await bob.line(">>> [You are Offline. Bye.]");
  for (const program of [ana, bob]) {
    const code = await program.ended;
    if (code !== 0) throw new Error(`a client ended with ${code}`);
  }
  await server.line(">>> [Client bob deregistered]");
  type("server", server, "quit");
  if ((await server.ended) !== 0) throw new Error("the server did not end well");
}

try {
  await talk();
  explain("That is all. Start your own: ./udpchat -s 4119, then ./udpchat -c <name> <server-ip> 4119 0");
} catch (error) {
  console.error(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  for (const program of running) program.kill("SIGKILL");
  await Promise.all(running.map((program) => program.ended));
  rmSync(home, { recursive: true, force: true });
}
