// Fuzz targets: what people type or paste, and what of others' words reaches a terminal.

import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { StringDecoder } from "node:string_decoder";
import type { ReadStream } from "node:tty";

import { utf8 } from "#bytes";

import { Keyboard } from "../../src/cli/keyboard.ts";
import { keptBeginning, LineInput, mostKeptBytes } from "../../src/cli/line-input.ts";
import { shownText } from "../../src/cli/shown-text.ts";
import { Typist } from "../cli/typist.ts";
import { type Target } from "./target.ts";

const typed = [
  "send bob hello\r\nsend_all hi\n",
  "create_group Tea\njoin_group Tea\nsend_group a b  c\nleave_group\n",
  "\ufeffmembers\nlist_groups\ndereg\nreg\ntrust bob\nhelp\nquit\n",
  'send "two words" \u{1f44b} Grüße\r',
  "\u001b[200~pasted\ntext\u001b[201~\u0003\u0004\u001b[A\u001bOP\u007f\u0015",
];

const shown = [
  "\u001b[2J\u001b]0;title\u0007\u001bPq~\u001b\\\u009b1m\u0090x\u009c",
  "a\r\n>>> [Server is online]\u2028b\u0085c\td",
  "\u202e\u2066abc\u2069\u200b\u00ad\u{e0041}\u{1f3f4}\u{e0067}\u{e0062}\u{e007f}",
  "👨‍👩‍👧‍👦 می‌خواهم \u001b",
];

/** However the input is cut, the lines are the same; and none is kept beyond its bound. */
function checkLines(bytes: Uint8Array): boolean {
  const whole = new LineInput();
  const lines = [...whole.receive(bytes), ...whole.end()];
  for (const step of [1, 2, 7]) {
    const input = new LineInput();
    const cut = [];
    for (let at = 0; at < bytes.length; at += step) cut.push(...input.receive(bytes.subarray(at, at + step)));
    assert.deepEqual([...cut, ...input.end()], lines);
  }
  for (const line of lines) {
    assert.ok(!line.text.includes("\n"));
    assert.ok(
      line.isWhole
        ? utf8(line.text).length === line.bytes && line.bytes <= mostKeptBytes
        : line.text.length <= keptBeginning,
    );
  }
  return lines.length > 0;
}

const forbidden = /[\p{Cc}\u202a-\u202e\u2066-\u2069\u200b\u00ad\u2028\u2029\ufeff]|\p{Cs}/u;

/** Nothing that moves a cursor or hides is left, only we begin lines, and a shown line is shown as it is. */
function checkShown(bytes: Uint8Array): boolean {
  // As texts come, and as names of another encoding would: every byte a character, C1 controls among them.
  for (const text of [new TextDecoder().decode(bytes), String.fromCharCode(...bytes.subarray(0, 10_000))]) {
    const lines = shownText(text).split("\n");
    for (const [i, line] of lines.entries()) {
      assert.doesNotMatch(line, forbidden);
      assert.ok(i === 0 || line.startsWith("    "), "only we begin lines");
      assert.equal(shownText(line), line);
    }
  }
  return true;
}

/** Whatever is typed, nothing is thrown, and what is printed about it is safe for a terminal. */
function checkTyped(bytes: Uint8Array): boolean {
  const input = new LineInput();
  const typist = Typist.inGroup({ stay: true });
  for (const line of [...input.receive(bytes), ...input.end()]) {
    typist.mode.type(line);
    for (const printed of typist.printed())
      for (const each of printed.split("\n")) assert.doesNotMatch(each, forbidden);
  }
  return typist.calls.length > 0;
}

/** Keys and pastes together are what was typed, in its order, however it came. */
function checkKeys(bytes: Uint8Array): boolean {
  for (const step of [bytes.length, 1, 5, 32]) {
    const terminal = Object.assign(new EventEmitter(), { resume: (): void => {}, pause: (): void => {} });
    let text = "";
    const take = (piece: string): void => {
      text += piece;
    };
    const keyboard = new Keyboard(terminal as unknown as ReadStream, take);
    keyboard.on("data", take);
    const decoder = new StringDecoder();
    let expected = "";
    for (let at = 0; at < bytes.length; at += Math.max(1, step)) {
      const chunk = bytes.subarray(at, at + Math.max(1, step));
      terminal.emit("data", Buffer.from(chunk));
      expected += decoder.write(chunk);
    }
    assert.equal(text, expected);
  }
  return true;
}

const asBytes = (texts: readonly string[]) => (): readonly Uint8Array[] => texts.map(utf8);
const unread = (): undefined => undefined;

export const terminalTargets: readonly Target[] = [
  { name: "line-input", samples: asBytes(typed), read: unread, check: checkLines, tries: 1500 },
  { name: "typed", samples: asBytes(typed), read: unread, check: checkTyped, tries: 400 },
  { name: "keyboard", samples: asBytes(typed), read: unread, check: checkKeys, tries: 800 },
  { name: "shown-text", samples: asBytes(shown), read: unread, check: checkShown, tries: 2000 },
];
