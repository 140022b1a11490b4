// The house rules that a machine can keep: who may import whom, who may touch the world, what no file may say.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "..");
const src = join(root, "src");

/** Rooms from the ground up: each may import those named before it, as far as the walls below allow. */
const rooms = [
  "bytes",
  "crypto",
  "wire",
  "transport",
  "chat",
  "envelope",
  "server",
  "client",
  "sim",
  "io",
  "library",
  "cli",
];
const pureRooms = ["bytes", "wire", "transport", "chat", "envelope", "server", "client", "sim"];
/** What touches the world: modules, clocks, dice, timers, the process. */
const windows =
  /from "node:|\bDate\.now\b|\bnew Date\(\)|\bperformance\b|\bMath\.random\b|\bset(Timeout|Interval|Immediate)\b|\bprocess\b|\brequire\(/;

interface Source {
  readonly path: string;
  readonly room: string;
  readonly code: string;
  readonly imports: readonly string[];
}

function sources(): readonly Source[] {
  const paths = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
  return paths.map((path) => {
    const text = readFileSync(join(src, path), "utf8");
    const code = text.replaceAll(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, "");
    const imports = [...code.matchAll(/(?:^(?:import|export)\b[^;"]*from |^import |\bimport\()"([^"]+)"/gm)].map(
      (match) => match[1] ?? "",
    );
    return { path, room: path.includes("/") ? path.slice(0, path.indexOf("/")) : "", code, imports };
  });
}

function offenders(isOffence: (source: Source) => boolean): readonly string[] {
  return sources()
    .filter(isOffence)
    .map((source) => source.path);
}

test("every room is known, has a door, and the door only re-exports", () => {
  const found = readdirSync(src, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  assert.deepEqual(found.map((entry) => entry.name).toSorted(), rooms.toSorted());
  for (const room of rooms) {
    const door = readFileSync(join(src, room, "index.ts"), "utf8");
    const rest = door
      .replaceAll(/^\/\/.*$/gm, "")
      .replaceAll(/export (type )?\{[^}]*\} from "\.\/[a-z0-9-]+\.ts";/g, "");
    assert.equal(rest.trim(), "", `${room}/index.ts`);
  }
});

test("doors open upward: a room imports only rooms below it, by their doors, and never climbs out with ../", () => {
  const wrong = sources().flatMap(({ path, room, imports }) =>
    imports
      .filter((name) => {
        if (name.startsWith("../")) return true;
        if (name.startsWith("./")) return name.slice(2).includes("/") && room !== "";
        if (!name.startsWith("#") || room === "") return false;
        return rooms.indexOf(name.slice(1)) >= rooms.indexOf(room) || !rooms.includes(name.slice(1));
      })
      .map((name) => `${path} imports ${name}`),
  );
  assert.deepEqual(wrong, []);
});

test("pure rooms do not touch the world", () => {
  assert.deepEqual(
    offenders(({ room, code }) => pureRooms.includes(room) && windows.test(code)),
    [],
  );
});

test("only what seals short messages imports a package", () => {
  const packages = (imports: readonly string[]): boolean => imports.some((name) => !/^(node:|#|\.)/.test(name));
  assert.deepEqual(
    offenders(({ path, imports }) => path !== "crypto/short-aead.ts" && packages(imports)),
    [],
  );
});

test("crypto touches node:crypto and nothing else of the world", () => {
  assert.deepEqual(
    offenders(
      ({ room, imports }) =>
        room === "crypto" && imports.some((name) => name.startsWith("node:") && name !== "node:crypto"),
    ),
    [],
  );
  assert.deepEqual(
    offenders(
      ({ room, code }) => room === "crypto" && /\brandom(Bytes|FillSync|UUID|Int)\b|generateKeyPair/.test(code),
    ),
    [],
  );
});

test("the server cannot read what people say: it may not import the room that opens envelopes", () => {
  assert.deepEqual(
    offenders(({ room, imports }) => room === "server" && imports.includes("#envelope")),
    [],
  );
  // Nor by way of a room that it does import.
  const below = rooms.slice(0, rooms.indexOf("server")).filter((room) => room !== "envelope");
  assert.deepEqual(
    offenders(({ room, imports }) => below.includes(room) && imports.includes("#envelope")),
    [],
  );
});

test("no file is left half done, or named for nothing", () => {
  assert.deepEqual(
    offenders(
      ({ code, path }) => /\b(TODO|FIXME|XXX|HACK)\b/.test(code) || /(utils|helpers|common|manager|handler)/.test(path),
    ),
    [],
  );
  const marked = /\btest\.(only|skip)\(/;
  const tests = readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith(".test.ts"),
  );
  assert.deepEqual(
    tests.filter(
      (path) =>
        marked.test(readFileSync(join(root, "test", path), "utf8")) &&
        path !== relative(join(root, "test"), import.meta.filename),
    ),
    [],
  );
});

test("every file says in its first line what it is for", () => {
  assert.deepEqual(
    sources()
      .filter(({ path }) => !path.endsWith("/index.ts") && path !== "index.ts" && !path.includes("look-alikes"))
      .filter(({ path }) => !readFileSync(join(src, path), "utf8").startsWith("// "))
      .map(({ path }) => path),
    [],
  );
});
