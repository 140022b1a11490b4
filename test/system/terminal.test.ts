import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

import { Tmux } from "./tmux.ts";
import type { Shown } from "./tmux.ts";

const driver = fileURLToPath(new URL("./terminal-driver.ts", import.meta.url));
const program = `exec ${process.execPath} ${driver}`;
const programAndCode = `${process.execPath} ${driver}; echo exit $?; exec sleep 1000`;

async function open(t: TestContext, columns: number, rows: number, command = program): Promise<Tmux> {
  const tmux = new Tmux({ columns, rows }, command);
  t.after(() => tmux.close());
  await tmux.until("a prompt", ({ rows }) => rows.join() === ">>> ready,>>>");
  return tmux;
}

/** Sends lines from elsewhere and waits until they and the draft under them are on the screen. */
async function receiveNews(tmux: Tmux, number: number, draft: readonly string[]): Promise<Shown> {
  process.kill(tmux.pid, "SIGUSR2");
  return tmux.until(`news ${number} above the draft`, ({ rows }) => {
    const at = rows.lastIndexOf(`>>> eva: more ${number}`);
    return at > 0 && JSON.stringify(rows.slice(at + 1)) === JSON.stringify(draft);
  });
}

function cursorAt(column: number, row: number): (shown: Shown) => boolean {
  return ({ cursor }) => cursor.column === column && cursor.row === row;
}

test("what arrives goes above a draft, which keeps its text and cursor", async (t) => {
  const tmux = await open(t, 80, 12);
  tmux.type("send bob hello");
  tmux.press("Left", "Left", "Left");
  await tmux.until("the cursor in the draft", cursorAt(15, 1));
  await receiveNews(tmux, 1, [">>> send bob hello"]);
  const shown = await receiveNews(tmux, 2, [">>> send bob hello"]);
  assert.deepEqual(shown.rows, [
    ">>> ready",
    ">>> bob: news 1",
    ">>> eva: more 1",
    ">>> bob: news 2",
    ">>> eva: more 2",
    ">>> send bob hello",
  ]);
  assert.deepEqual(shown.cursor, { column: 15, row: 5 });
  tmux.type("X");
  tmux.press("Enter");
  await tmux.until("the line typed", ({ rows }) => rows.includes('>>> got 1: "send bob heXllo" 15 whole'));
});

for (const [what, text, columns, wrapped] of [
  ["narrow letters", "abcdefghij".repeat(10), 40, [36, 40, 24]],
  ["rows filled to the last cell", "abcdefghij".repeat(10).slice(0, 76), 40, [36, 40]],
  ["wide characters", "日本語テキスト".repeat(7), 40, [18, 20, 11]],
  ["wide characters that leave a cell empty", "日本語テキスト".repeat(7), 41, [18, 20, 11]],
] as const) {
  test(`a draft over several rows stays: ${what}`, async (t) => {
    const tmux = await open(t, columns, 16);
    tmux.type(text);
    const draft: string[] = [];
    let rest: string = text;
    for (const length of wrapped) {
      draft.push((draft.length === 0 ? ">>> " : "") + rest.slice(0, length));
      rest = rest.slice(length);
    }
    await tmux.until("the draft", ({ rows }) => JSON.stringify(rows.slice(1)) === JSON.stringify(draft));
    const atEnd = tmux.shown().cursor;
    const first = await receiveNews(tmux, 1, draft);
    assert.deepEqual(first.cursor, { column: atEnd.column, row: atEnd.row + 2 });
    tmux.press("C-a", "Right", "Right");
    const column = columns >= 40 && text.startsWith("日") ? 8 : 6;
    await tmux.until("the cursor near the start", cursorAt(column, 3));
    const second = await receiveNews(tmux, 2, draft);
    assert.deepEqual(second.cursor, { column, row: 5 });
    assert.deepEqual(second.rows.slice(1, 5), [
      ">>> bob: news 1",
      ">>> eva: more 1",
      ">>> bob: news 2",
      ">>> eva: more 2",
    ]);
    tmux.press("Enter");
    const bytes = Buffer.byteLength(text);
    await tmux.until("the line typed", ({ rows }) =>
      rows.join("").includes(`got 1: ${JSON.stringify(text)} ${bytes} whole`),
    );
  });
}

test("a draft that fills the lower rows scrolls what is above and nothing else", async (t) => {
  const tmux = await open(t, 40, 6);
  const text = "0123456789".repeat(10);
  tmux.type(text);
  const draft = [`>>> ${text.slice(0, 36)}`, text.slice(36, 76), text.slice(76)];
  await tmux.until("the draft", ({ rows }) => rows.length === 4);
  for (let number = 1; number <= 5; number++) {
    const { rows } = await receiveNews(tmux, number, draft);
    assert.equal(rows.filter((row) => row.startsWith(">>> 0123")).length, 1);
  }
  const news = [1, 2, 3, 4, 5].flatMap((number) => [`>>> bob: news ${number}`, `>>> eva: more ${number}`]);
  assert.deepEqual(tmux.shown().rows, [">>> ready", ...news, ...draft]);
});

test("a draft follows the window to other widths", async (t) => {
  const tmux = await open(t, 40, 20);
  const text = "0123456789".repeat(10);
  tmux.type(text);
  tmux.press("Left", "Left", "Left", "Left", "Left");
  await tmux.until("the draft", cursorAt(19, 3));
  await receiveNews(tmux, 1, [`>>> ${text.slice(0, 36)}`, text.slice(36, 76), text.slice(76)]);
  for (const [columns, number] of [
    [25, 2],
    [70, 3],
    [31, 4],
    [120, 5],
  ] as const) {
    const whole = `>>> ${text}`;
    const draft = Array.from({ length: Math.ceil(whole.length / columns) }, (_, i) =>
      whole.slice(i * columns, (i + 1) * columns),
    );
    tmux.resize(columns, 20);
    await tmux.until(`width ${columns}`, () => tmux.title === String(columns));
    assert.deepEqual(tmux.shown().rows.slice(-draft.length), draft);
    const shown = await receiveNews(tmux, number, draft);
    assert.equal(shown.rows.length, 1 + 2 * number + draft.length, shown.rows.join("\n"));
    assert.deepEqual(shown.cursor, {
      column: 99 % columns,
      row: 1 + 2 * number + Math.floor(99 / columns),
    });
  }
});

test("ten thousand pasted lines come whole and in order", async (t) => {
  const tmux = await open(t, 80, 10, `${program} --quiet`);
  tmux.paste(`${Array.from({ length: 10_000 }, (_, i) => `send bob line ${i}`).join("\n")}\nreport\n`);
  await tmux.until("all lines", ({ rows }) => rows.includes('>>> got 10001: "report" 6 whole'));
});

test("a pasted message of 64 KiB is quick, and a million characters are counted", async (t) => {
  const tmux = await open(t, 80, 10);
  tmux.paste(`send bob ${"m".repeat(65_536)}\n`);
  await tmux.until("the message", ({ rows }) => rows.includes(">>> got 1: 65545 units 65545 whole"));
  tmux.paste(`send bob ${"m".repeat(1_000_000)}\n`);
  await tmux.until("the long line", ({ rows }) => rows.includes(">>> got 2: 80000 units 1000009 cut"));
  tmux.type("next");
  tmux.press("Enter");
  await tmux.until("the next line", ({ rows }) => rows.includes('>>> got 3: "next" 4 whole'));
});

test("Ctrl-D ends the input on an empty line only, and printing goes on", async (t) => {
  const tmux = await open(t, 80, 10, programAndCode);
  tmux.type("ab");
  tmux.press("C-a", "C-d");
  await tmux.until("one letter deleted", ({ rows }) => rows[1] === ">>> b");
  tmux.press("C-d", "C-d");
  const { rows } = await tmux.until("the end", (shown) => shown.rows.includes("exit 7"));
  assert.deepEqual(rows, [">>> ready", ">>> ended", "exit 7"]);
});

test("keys that come together are drawn once, over the end of a row and in the middle of one", async (t) => {
  const tmux = await open(t, 20, 10);
  // Fewer than a paste has, and what follows a key that is not text.
  for (const keys of ["half of som", "ething long\u0001", "\u0005 and longer than that\u0001"]) tmux.type(keys);
  const draft = [">>> half of somethin", "g long and longer th", "an that"];
  await tmux.until("the draft, once", ({ rows, cursor }) => {
    return JSON.stringify(rows.slice(1)) === JSON.stringify(draft) && cursor.column === 4 && cursor.row === 1;
  });
  tmux.type("X\u001b[CY");
  await tmux.until("keys in the middle", ({ rows }) => rows[1] === ">>> XhYalf of someth");
  await receiveNews(tmux, 1, [">>> XhYalf of someth", "ing long and longer", "than that"]);
});

test("Ctrl-C interrupts and leaves the draft on a line of its own", async (t) => {
  const tmux = await open(t, 20, 10, programAndCode);
  tmux.type("half of something long");
  await tmux.until("all of it", ({ rows }) => rows.at(-1) === "g long");
  tmux.press("C-a");
  await tmux.until("the draft", cursorAt(4, 1));
  tmux.press("C-c");
  const { rows } = await tmux.until("the end", (shown) => shown.rows.includes("exit 130"));
  assert.deepEqual(rows, [">>> ready", ">>> half of somethin", "g long", "exit 130"]);
});

test("Ctrl-Z gives the terminal to the shell, and fg brings the draft back", async (t) => {
  const tmux = new Tmux({ columns: 80, rows: 20 }, "PS1='$ ' exec bash --norc --noprofile -i");
  t.after(() => tmux.close());
  await tmux.until("a shell", ({ rows }) => rows[0] === "$");
  tmux.type(`${process.execPath} ${driver}`);
  tmux.press("Enter");
  await tmux.until("a prompt", ({ rows }) => rows.at(-1) === ">>>");
  tmux.type("send bob half");
  tmux.press("Left", "Left");
  await tmux.until("the draft", ({ rows, cursor }) => rows.at(-1) === ">>> send bob half" && cursor.column === 15);
  tmux.press("C-z");
  await tmux.until("the shell", ({ rows }) => rows.at(-1) === "$");
  tmux.type("echo $((40 + 2))");
  tmux.press("Enter");
  await tmux.until("the shell's answer", ({ rows }) => rows.at(-2) === "42");
  tmux.type("fg");
  tmux.press("Enter");
  const { rows, cursor } = await tmux.until("the draft again", (shown) => shown.rows.at(-1) === ">>> send bob half");
  assert.equal(cursor.column, 15);
  assert.equal(rows.filter((row) => row === "42").length, 1);
  tmux.type("X");
  tmux.press("Enter");
  await tmux.until("the line typed", (shown) => shown.rows.includes('>>> got 1: "send bob haXlf" 14 whole'));
});

test("continued, it has its keys again, however the terminal was set meanwhile", async (t) => {
  const tmux = await open(t, 80, 10);
  const settings = (...words: readonly string[]): string =>
    execFileSync("stty", ["-F", tmux.tty, ...words], { encoding: "utf8" });
  tmux.type("half");
  await tmux.until("the draft", ({ rows }) => rows.at(-1) === ">>> half");
  settings("sane");
  assert.match(settings("-a"), / icanon/);
  process.kill(tmux.pid, "SIGCONT");
  await tmux.until("raw keys", () => settings("-a").includes(" -icanon"));
  tmux.press("C-a");
  tmux.type("X");
  await tmux.until("the draft again", ({ rows, cursor }) => rows.at(-1) === ">>> Xhalf" && cursor.column === 5);
});

test("another prompt comes with the next lines, and leaves the draft and what is above it as they are", async (t) => {
  const tmux = await open(t, 40, 16);
  tmux.type("prompt >>> (reading group) ");
  tmux.press("Enter");
  await tmux.until("the prompt", ({ rows }) => rows.at(-1) === ">>> (reading group)");
  const draft = "abcdefghij".repeat(5);
  tmux.type(draft);
  await tmux.until("the draft", ({ rows }) => rows.at(-1) === draft.slice(20));
  const before = [...(await receiveNews(tmux, 1, [`>>> (reading group) ${draft.slice(0, 20)}`, draft.slice(20)])).rows];
  assert.deepEqual(before.slice(0, 2), [">>> ready", ">>> prompt >>> (reading group)"]);
  assert.equal(before.filter((row) => row.includes("reading group")).length, 3, "nothing is drawn twice");
});
