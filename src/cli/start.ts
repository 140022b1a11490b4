// The first file of the program: listens for signals before anything else is loaded, runs `main`, waits for what was
// printed, and ends the process with the exit code. Nothing thrown anywhere shows a stack trace. No await at the top
// level, so that the installed program can `require` it.

import { exitCodes } from "./exit-codes.ts";
import { Signals } from "./signals.ts";

const signals = new Signals(process, (code) => process.exit(code), {
  // Node forgets that a signal was ignored when it was started (nohup), so whoever starts it says so.
  ignoresHangup: process.env["UDPCHAT_HANGUP"] === "ignored",
});

process.on("uncaughtException", giveUp);
process.on("unhandledRejection", giveUp);
// Nobody is left to tell that nobody reads.
process.stderr.on("error", () => {});
process.stdout.on("error", () => {});

start().catch(giveUp);

async function start(): Promise<void> {
  const { main } = await import("./main.ts");
  const { stdin: input, stdout: output, stderr: errors } = process;
  const code = await main(process.argv.slice(2), { input, output, errors, signals });
  output.write("", () => process.exit(code));
}

function giveUp(thrown: unknown): void {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  process.stderr.write(`udpchat: internal error: ${JSON.stringify(message.slice(0, 200))}; please report it\n`);
  process.exit(exitCodes.internal);
}
