// What can be wrong before anything is said: arguments, ports, names, profiles. One line, one exit code, no stack.

import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { suite, test } from "node:test";

import type { Program } from "../../scripts/program.ts";
import { complaints, Stage } from "./stage.ts";

const nobody = 65_534;
const root = join(import.meta.dirname, "..", "..");

/** It ends with that code, silent but for one line on standard error. */
async function assertComplains(program: Program, code: number, what: RegExp): Promise<void> {
  assert.equal(await program.exit(60_000), code);
  const lines = complaints(program);
  assert.equal(lines.length, 1, lines.join("\n"));
  assert.match(lines[0] ?? "", what);
  assert.doesNotMatch(lines[0] ?? "", /internal error|\bat file:|\.ts:\d/);
  assert.deepEqual(program.lines, []);
}

function client(name: string, host: string, port: string | number, clientPort: string | number = 0): readonly string[] {
  return ["-c", name, host, String(port), String(clientPort)];
}

/** The program as whom rights hold back: this user, or nobody where that is root, from a checkout that nobody can read. */
function unprivileged(stage: Stage): { readonly uid?: number; readonly launcher?: string } {
  if (process.getuid?.() !== 0) return {};
  chmodSync(stage.folder, 0o755);
  for (const name of ["src", "package.json", "udpchat", "node_modules/libsodium"])
    cpSync(join(root, name), join(stage.folder, name), { recursive: true });
  const bin = join(stage.folder, "node_modules", ".bin");
  mkdirSync(bin, { recursive: true });
  copyFileSync(process.execPath, join(bin, "node"));
  chmodSync(join(bin, "node"), 0o755);
  return { uid: nobody, launcher: join(stage.folder, "udpchat") };
}

function own(folder: string): void {
  if (process.getuid?.() === 0) chownSync(folder, nobody, nobody);
}

void suite("starting", { concurrency: 4 }, () => {
  const got = (what: string): RegExp => new RegExp(`^udpchat: got ${what}.*, expected .*; .+$`);
  const mistakes: readonly (readonly [readonly string[], RegExp])[] = [
    ...["0", "65536", "abc", "-1", "", "4119x", "1e3", "0x50"].flatMap(
      (port): readonly (readonly [readonly string[], RegExp])[] => [
        [["-s", port], got(`the port "${port}"`)],
        [client("ana", "127.0.0.1", port), got(`the server port "${port}"`)],
      ],
    ),
    ...["65536", "abc", "-1"].map(
      (port) => [client("ana", "127.0.0.1", 4119, port), got(`the client port "${port}"`)] as const,
    ),
    ...["300.1.1.1", "127.0.9999.1", "127.1", "1.2.3.4.5", "[::1", "::g", "[127.0.0.1]", ""].map(
      (host) => [client("ana", host, 4119), got("the server address ")] as const,
    ),
    ...["..", "-x", "a b", "", "x".repeat(33), "a/b", "a\nb", "☺"].map(
      (name) => [client(name, "127.0.0.1", 4119), /^udpchat: got .*; .+$/] as const,
    ),
    [["-c", "ana", "127.0.0.1", "4119"], got("3 arguments after -c")],
    [["-c", "ana", "127.0.0.1", "4119", "0", "more"], got("5 arguments after -c")],
    [["-s"], got("no port")],
    [["-s", "4119", "more"], got('the extra argument "more"')],
    [["--stay"], got("no command")],
    [["-x"], got('the unknown option "-x"')],
  ];
  test("usage errors are one line and 2", async (t) => {
    const stage = await Stage.open(t);
    const waiting = [...mistakes];
    const worker = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [words, what] = next;
        await assertComplains(stage.start(words, stage.home("nobody")), 2, what);
      }
    };
    await Promise.all([worker(), worker(), worker()]);
    assert.ok(!readdirSync(stage.folder).includes("nobody"));
  });

  test("a host name that does not resolve is 69", async (t) => {
    const stage = await Stage.open(t);
    await assertComplains(
      stage.start(client("ana", "nowhere.invalid", 4119), stage.home("ana")),
      69,
      /^udpchat: .*nowhere\.invalid does not resolve; expected .*; .+$/,
    );
  });

  test("a port in use is 73, for a server and for a client", async (t) => {
    const stage = await Stage.open(t);
    await stage.server();
    const taken = new RegExp(`^udpchat: UDP port ${stage.port} is in use; expected .*; .+$`);
    await assertComplains(stage.start(["-s", String(stage.port)], stage.home("second")), 73, taken);
    await assertComplains(
      stage.start(client("ana", "127.0.0.1", stage.port, stage.port), stage.home("ana")),
      73,
      taken,
    );
    await stage.client("ana");
  });

  test(
    "port 80 is 73 for a user who may not have it, and works for one who may",
    { skip: process.platform !== "linux" },
    async (t) => {
      const stage = await Stage.open(t);
      const options = unprivileged(stage);
      const home = stage.home("ordinary");
      mkdirSync(home);
      own(home);
      const program = stage.start(["-s", "80"], home, options);
      const lowest = Number(readFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "utf8"));
      if (lowest > 80)
        return assertComplains(
          program,
          73,
          /^udpchat: UDP port 80 needs rights that this user lacks; expected .*; .+$/,
        );
      await program.line(/^>>> \[Server is online on \S+:80\]$/);
    },
  );

  test("a profile that is damaged, of a newer version, or without its key is 73 and left as it is", async (t) => {
    const stage = await Stage.open(t);
    await stage.server();
    const whole = await stage.client("ana");
    whole.type("quit");
    assert.equal(await whole.exit(), 0);
    const profile = (home: string, file: string): string => join(home, "profiles", "ana", file);
    const cases: readonly (readonly [string, (home: string) => void, RegExp])[] = [
      ["identity", (home) => writeFileSync(profile(home, "identity.key"), "not a key"), /identity\.key is damaged /],
      [
        "garbage",
        (home) => writeFileSync(profile(home, "profile.sqlite"), Buffer.alloc(8192, 0x5a)),
        /profile\.sqlite is damaged /,
      ],
      ["cut", (home) => truncateSync(profile(home, "profile.sqlite"), 5000), /profile\.sqlite is damaged /],
      [
        "newer",
        (home) => setVersion(profile(home, "profile.sqlite"), 99),
        /profile\.sqlite was written by a newer udpchat/,
      ],
      ["keyless", (home) => rmSync(profile(home, "identity.key")), /identity\.key is missing /],
    ];
    for (const [name, harm, what] of cases) {
      const home = stage.home(name);
      cpSync(stage.home("ana"), home, { recursive: true });
      harm(home);
      const before = readFileSync(profile(home, "profile.sqlite"));
      await assertComplains(stage.start(client("ana", "127.0.0.1", stage.port), home), 73, what);
      assert.deepEqual(readFileSync(profile(home, "profile.sqlite")), before);
    }
    await stage.client("ana");
  });

  test("a profile folder that may not be written is 73", { skip: process.platform === "win32" }, async (t) => {
    const stage = await Stage.open(t);
    const options = unprivileged(stage);
    await stage.server();
    const home = stage.home("ordinary");
    mkdirSync(home);
    own(home);
    const first = stage.start(client("ana", "127.0.0.1", stage.port), home, options);
    first.type("quit");
    assert.equal(await first.exit(), 0);
    const folder = join(home, "profiles", "ana");
    chmodSync(folder, 0o500);
    await assertComplains(
      stage.start(client("ana", "127.0.0.1", stage.port), home, options),
      73,
      /profiles\/ana.* may not be read and written by this user/,
    );
    await assertComplains(
      stage.start(["-s", String(stage.port)], join(folder, "below"), options),
      73,
      /\/below|is in use/,
    );
    chmodSync(folder, 0o700);
    const again = stage.start(client("ana", "127.0.0.1", stage.port), home, options);
    again.type("quit");
    assert.equal(await again.exit(), 0);
  });
});

function setVersion(path: string, version: number): void {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA user_version = ${version}; PRAGMA wal_checkpoint(TRUNCATE)`);
  database.close();
}
