// Emits what installed users run: JavaScript and types in `dist/`, because Node refuses TypeScript inside node_modules.
// `dist/package.json` names the rooms' doors there, as the package's own names them in `src/`.

import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");

rmSync(dist, { recursive: true, force: true });
execFileSync(join(root, "node_modules/.bin/tsc"), ["-p", join(root, "tsconfig.build.json")], { stdio: "inherit" });
const { imports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly imports: Readonly<Record<string, string>>;
};
const doors = Object.entries(imports).map(([room, path]) => [
  room,
  path.replace("./src/", "./").replace(/\.ts$/, ".js"),
]);
writeFileSync(
  join(dist, "package.json"),
  `${JSON.stringify({ type: "module", imports: Object.fromEntries(doors) }, null, 2)}\n`,
);
