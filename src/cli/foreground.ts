// Whether this process may use its terminal, or runs behind a shell's `&` or `bg`, where reading or setting the terminal
// would stop it (POSIX.1-2024 §11.1.4).

import { readFileSync } from "node:fs";

/** True in the foreground, and where the system does not tell. */
export function isInForeground(): boolean {
  if (process.platform !== "linux") return true;
  // proc_pid_stat(5): after the command in parentheses come state, parent, process group, session, terminal, and the
  // foreground process group of that terminal.
  const fields = readStat().split(") ").at(-1)?.split(" ") ?? [];
  const [, , group, , , foregroundGroup] = fields;
  return group === undefined || group === foregroundGroup;
}

function readStat(): string {
  try {
    return readFileSync("/proc/self/stat", "latin1");
  } catch {
    return ""; // No /proc: then the system does not tell.
  }
}
