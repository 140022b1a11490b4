// A terminal for tests: a tmux server of their own with one window, its screen read back as text.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const patienceMs = 60_000;
const pollMs = 20;

export interface Shown {
  /** Rows from the start of the scrollback on, without trailing spaces, empty ones at the end left out. */
  readonly rows: readonly string[];
  readonly cursor: { readonly column: number; readonly row: number };
}

export class Tmux {
  /** Where this tmux server has its socket; gone with it. */
  readonly #folder = mkdtempSync(join(tmpdir(), "udpchat-tmux-"));
  #isClosed = false;

  constructor(size: { readonly columns: number; readonly rows: number }, command: string) {
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
    execFileSync("tmux", ["-u", "-L", "test", "load-buffer", "-"], { input: text, env: this.#environment });
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

  /** Resolves with the screen once it fits; rejects, showing the screen, after a minute. */
  async until(what: string, fits: (shown: Shown) => boolean): Promise<Shown> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const shown = this.shown();
      if (fits(shown)) return shown;
      if (Date.now() > deadline) throw new Error(`never ${what}:\n${JSON.stringify(shown, undefined, 1)}`);
      await delay(pollMs);
    }
  }

  /** Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#run(["kill-server"]);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #environment(): NodeJS.ProcessEnv {
    return { ...process.env, TMUX_TMPDIR: this.#folder };
  }

  #ask(format: string): string {
    return this.#run(["display-message", "-p", format]).trim();
  }

  #run(words: readonly string[]): string {
    return execFileSync("tmux", ["-u", "-L", "test", ...words], {
      encoding: "utf8",
      env: this.#environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
  }
}
