// A program to try a console with: echoes what is typed as data, prints two lines from elsewhere at each SIGUSR2, and
// writes the width into the window's title once the console has seen it.

import { openConsole } from "../../src/cli/console.ts";
import type { Console } from "../../src/cli/console.ts";

const isQuiet = process.argv.includes("--quiet");
let typedLines = 0;
let incoming = 0;

process.stdout.write(">>> ready\n");

const console: Console = openConsole({ input: process.stdin, output: process.stdout, errors: process.stderr }, ">>> ", {
  type: ({ text, bytes, isWhole }) => {
    typedLines++;
    if (text.startsWith("prompt ")) console.setPrompt(text.slice("prompt ".length));
    if (isQuiet && text !== "report") return;
    const shown = text.length > 100 ? `${text.length} units` : JSON.stringify(text);
    console.print([`>>> got ${typedLines}: ${shown} ${bytes} ${isWhole ? "whole" : "cut"}`]);
  },
  endInput: () => {
    console.print([">>> ended"]);
    console.close();
    process.exitCode = 7;
    clearInterval(alive);
  },
  interrupt: () => {
    console.close();
    process.exit(130);
  },
  loseOutput: () => process.exit(1),
});

const alive = setInterval(() => {}, 60_000);

process.on("SIGUSR2", () => {
  incoming++;
  console.print([`>>> bob: news ${incoming}`, `>>> eva: more ${incoming}`]);
});

process.stdout.on("resize", () => process.stdout.write(`\u001b]2;${process.stdout.columns}\u0007`));
