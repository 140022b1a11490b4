// A terminal for tests: a tmux server of their own with one window, its screen read back as text.

import { execFileSync } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";

const patienceMs = 8_000;
const pollMs = 20;

export interface Shown {
  /** Rows from the start of the scrollback on, without trailing spaces, empty ones at the end left out. */
  readonly rows: readonly string[];
  readonly cursor: { readonly column: number; readonly row: number };
}

export class Tmux {
  readonly #socket: string;

  constructor(size: { readonly columns: number; readonly rows: number }, command: string) {
    this.#socket = `udpchat-test-${process.pid}-${Math.random().toString(36).slice(2)}`;
    const start = ["new-session", "-d", "-x", String(size.columns), "-y", String(size.rows)];
    this.#run(["-f", "/dev/null", ...start, "sh"]);
    this.#run(["set-option", "-g", "window-size", "manual"]);
    this.#run(["set-option", "-g", "default-terminal", "screen-256color"]);
    this.#run(["respawn-window", "-k", command]);
  }

  get pid(): number {
    return Number(this.#ask("#{pane_pid}"));
  }

  get tty(): string {
    return this.#ask("#{pane_tty}");
  }

  get title(): string {
    return this.#ask("#{pane_title}");
  }

  /** Keys by tmux's names: `C-a`, `Left`, `Enter`. */
  press(...keys: readonly string[]): void {
    this.#run(["send-keys", ...keys]);
  }

  type(text: string): void {
    this.#run(["send-keys", "-l", text]);
  }

  /** As the terminal's own paste does it: line feeds become returns. */
  paste(text: string): void {
    execFileSync("tmux", ["-u", "-L", this.#socket, "load-buffer", "-"], { input: text });
    this.#run(["paste-buffer"]);
  }

  resize(columns: number, rows: number): void {
    this.#run(["resize-window", "-x", String(columns), "-y", String(rows)]);
  }

  shown(): Shown {
    const rows = this.#run(["capture-pane", "-p", "-S", "-"])
      .split("\n")
      .map((row) => row.trimEnd());
    while (rows.at(-1) === "") rows.pop();
    const place = this.#ask("#{cursor_x} #{cursor_y} #{history_size}").split(" ").map(Number);
    const [column = 0, row = 0, scrolledAway = 0] = place;
    return { rows, cursor: { column, row: scrolledAway + row } };
  }

  /** Resolves with the screen once it fits; rejects, showing the screen, after 8 s. */
  async until(what: string, fits: (shown: Shown) => boolean): Promise<Shown> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const shown = this.shown();
      if (fits(shown)) return shown;
      if (Date.now() > deadline) throw new Error(`never ${what}:\n${JSON.stringify(shown, undefined, 1)}`);
      await delay(pollMs);
    }
  }

  close(): void {
    this.#run(["kill-server"]);
  }

  #ask(format: string): string {
    return this.#run(["display-message", "-p", format]).trim();
  }

  #run(words: readonly string[]): string {
    return execFileSync("tmux", ["-u", "-L", this.#socket, ...words], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  }
}
