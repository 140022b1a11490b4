// The inputs that every run begins with: test/fuzz/corpus/<target>/<name>.hex, one input a file, as hexadecimal digits.
// Names are the first digits of the input's hash; what a hunt found begins with `found-`.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { fromHex, toHex } from "#bytes";
import { sha256 } from "#crypto";

const folder = join(import.meta.dirname, "corpus");
const LINE = 120;

/** The inputs of a target, in the order of their names; none where there is no folder. */
export function readCorpus(target: string): readonly Uint8Array[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted();
  return names
    .filter((name) => name.startsWith(`${target}/`) && name.endsWith(".hex"))
    .map((name) => {
      const bytes = fromHex(readFileSync(join(folder, name), "utf8").replaceAll(/\s/g, ""));
      if (bytes === undefined) throw new Error(`${name} is not hexadecimal`);
      return bytes;
    });
}

/** Keeps an input; gives its name. */
export function keep(target: string, bytes: Uint8Array, prefix = ""): string {
  mkdirSync(join(folder, target), { recursive: true });
  const name = `${target}/${prefix}${toHex(sha256(bytes)).slice(0, 12)}.hex`;
  const lines = toHex(bytes).match(new RegExp(`.{1,${LINE}}`, "g")) ?? [];
  writeFileSync(join(folder, name), `${lines.join("\n")}\n`);
  return name;
}

/** Forgets a target's samples, but what hunts found. */
export function clear(target: string): void {
  mkdirSync(join(folder, target), { recursive: true });
  for (const name of readdirSync(join(folder, target)))
    if (!name.startsWith("found-")) rmSync(join(folder, target, name));
}
