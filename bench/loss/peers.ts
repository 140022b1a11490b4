// The packages that udpchat is measured beside. They lie in a folder of their own (bench/peers), so that nobody who builds
// or tests udpchat installs them; the bench does at its first use. docs/decisions/0008-bench-peers.md.

import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const folder = join(import.meta.dirname, "..", "peers");

/** Installs them, as locked, where that was not done, or done before others joined them. None needs a script for it. */
export function installPeers(): void {
  const installed = statSync(join(folder, "node_modules", ".package-lock.json"), { throwIfNoEntry: false });
  if (installed !== undefined && installed.mtimeMs >= statSync(join(folder, "package-lock.json")).mtimeMs) return;
  const words = ["ci", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund"];
  execFileSync("npm", words, { stdio: ["ignore", "ignore", "inherit"] });
}

/** A peer's module. They come without types: whoever asks says what it uses. */
export function peer(name: "ws" | "udx-native"): unknown {
  return createRequire(join(folder, "package.json"))(name);
}
