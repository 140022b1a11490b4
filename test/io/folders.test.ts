import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join, posix } from "node:path";
import { test } from "node:test";

import fc from "fast-check";

import { createFolder, homeFolder, profileFolder, serverFolder, type Surroundings } from "../../src/io/folders.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const linux: Surroundings = { env: {}, platform: "linux", home: () => "/home/ann" };

test("each system has its own place, and UDPCHAT_HOME comes before it", () => {
  const windows: Surroundings = { env: {}, platform: "win32", home: () => "C:\\Users\\ann" };
  const cases: readonly (readonly [Surroundings, string])[] = [
    [linux, "/home/ann/.local/share/udpchat"],
    [{ ...linux, env: { XDG_DATA_HOME: "/data" } }, "/data/udpchat"],
    [{ ...linux, env: { XDG_DATA_HOME: "data" } }, "/home/ann/.local/share/udpchat"],
    [{ ...linux, env: { XDG_DATA_HOME: "" } }, "/home/ann/.local/share/udpchat"],
    [
      { ...linux, platform: "darwin", env: { XDG_DATA_HOME: "/data" } },
      "/home/ann/Library/Application Support/udpchat",
    ],
    [windows, "C:\\Users\\ann\\AppData\\Local\\udpchat"],
    [{ ...windows, env: { LOCALAPPDATA: "D:\\Local" } }, "D:\\Local\\udpchat"],
    [{ ...linux, env: { UDPCHAT_HOME: "/elsewhere", XDG_DATA_HOME: "/data" } }, "/elsewhere"],
    [{ ...linux, env: { UDPCHAT_HOME: "" } }, "/home/ann/.local/share/udpchat"],
    [{ ...linux, env: { UDPCHAT_HOME: "here" } }, posix.resolve("here")],
  ];
  for (const [surroundings, expected] of cases) assert.equal(homeFolder(surroundings), expected);
});

test("a user without a home is told to set UDPCHAT_HOME", () => {
  const homeless: Surroundings = {
    ...linux,
    home: () => {
      throw new Error("no such user");
    },
  };
  assert.throws(() => homeFolder(homeless), { name: "DiskError", code: "missing", message: /UDPCHAT_HOME/ });
  assert.equal(homeFolder({ ...homeless, env: { UDPCHAT_HOME: "/elsewhere" } }), "/elsewhere");
});

test("profiles and servers have folders below, legible where the name is", () => {
  const below = (nameKey: string) =>
    posix.relative("/home/ann/.local/share/udpchat/profiles", profileFolder(nameKey, linux));
  assert.equal(serverFolder(4000, linux), "/home/ann/.local/share/udpchat/servers/4000");
  const cases = [
    ["yb", "yb"],
    ["a.b_c-d9", "a.b_c-d9"],
    ["josé", "jos=c3=a9"],
    ["..", "=2e=2e"],
    ["a.", "a=2e"],
    ["a/b\\c", "a=2fb=5cc"],
    ["A", "=41"],
    ["con", "=63on"],
    ["nul.txt", "=6eul.txt"],
    ["console", "console"],
  ] as const;
  for (const [nameKey, expected] of cases) assert.equal(below(nameKey), expected);
  assert.throws(() => profileFolder("", linux), RangeError);
});

test("any two names have folders that differ in more than case, in segments every file system takes", () => {
  const name = fc.oneof(
    fc.string({ unit: "binary", minLength: 1, maxLength: 120 }),
    fc.string({ unit: fc.constantFrom("a", "A", ".", "=", "+", "/", "é", "名"), minLength: 1, maxLength: 120 }),
  );
  fc.assert(
    fc.property(name, (nameKey) => {
      const path = posix.relative("/home/ann/.local/share/udpchat/profiles", profileFolder(nameKey, linux));
      const segments = path.split("/");
      for (const segment of segments) assert.match(segment, /^[a-z0-9=_+-]([a-z0-9._=+-]{0,200}[a-z0-9=_+-])?$/);
      // Joined again, a path is its name: two names never have one folder.
      assert.equal(decodeURIComponent(path.replaceAll("+/+", "").replaceAll("=", "%")), nameKey.toWellFormed());
      // Only the last segment ends a name: one folder is never above another's.
      assert.deepEqual(
        segments.map((segment) => segment.endsWith("+")),
        segments.map((_, i) => i < segments.length - 1),
      );
    }),
    { examples: [["名".repeat(120)], ["a".repeat(200)], ["a".repeat(201)], ["é".repeat(100)]] },
  );
});

test("folders are made for this user only, and one that is there keeps its rights", (t) => {
  const base = temporaryFolder(t);
  createFolder(join(base, "a", "b"));
  assert.deepEqual(
    [join(base, "a"), join(base, "a", "b")].map((path) => statSync(path).mode & 0o777),
    [0o700, 0o700],
  );
  const before = statSync(base).mode;
  createFolder(base);
  assert.equal(statSync(base).mode, before);
});
