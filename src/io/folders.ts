// Where state lives on each system (behaviour "Starting"), and making such a folder.
// XDG Base Directory Specification 0.8; Apple's File System Programming Guide; Windows known folders.

import { closeSync, fsyncSync, mkdirSync, openSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, posix, resolve, win32 } from "node:path";

import { DiskError } from "./disk-error.ts";

/** What the answers depend on; the process's own by default. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** The user's home folder; throws where the user has none. */
  readonly home: () => string;
}

const ours: Surroundings = { env: process.env, platform: process.platform, home: homedir };

/** Most characters of one segment of a path; file systems allow 255 bytes. */
const longestSegment = 200;

/** The folder that holds everything udpchat keeps for this user. DiskError `missing` for a user without a home. */
export function homeFolder(surroundings: Surroundings = ours): string {
  const { env, platform } = surroundings;
  const path = pathOf(platform);
  if (isSet(env["UDPCHAT_HOME"])) return path.resolve(env["UDPCHAT_HOME"]);
  if (platform === "win32")
    return path.join(env["LOCALAPPDATA"] ?? inHome(surroundings, "AppData", "Local"), "udpchat");
  if (platform === "darwin") return inHome(surroundings, "Library", "Application Support", "udpchat");
  const data = env["XDG_DATA_HOME"];
  // The specification has relative paths ignored.
  if (isSet(data) && path.isAbsolute(data)) return path.join(data, "udpchat");
  return inHome(surroundings, ".local", "share", "udpchat");
}

/** The folder of the profile with that name key, which must not be empty; no two keys share or contain one another's. */
export function profileFolder(nameKey: string, surroundings: Surroundings = ours): string {
  const path = pathOf(surroundings.platform);
  return path.join(homeFolder(surroundings), "profiles", ...nameSegments(nameKey));
}

/** The folder of the server that was given no other for its port. */
export function serverFolder(port: number, surroundings: Surroundings = ours): string {
  return pathOf(surroundings.platform).join(homeFolder(surroundings), "servers", String(port));
}

/** Makes a folder and those above it, durably, each 0700; one that is there is left as it is. */
export function createFolder(folder: string): void {
  try {
    createWithParents(resolve(folder));
  } catch (error) {
    throw DiskError.from(error, folder);
  }
}

/** Makes what was created, renamed or removed in a folder survive a power cut. */
export function syncFolder(folder: string): void {
  // Windows has no way to do this; its file system keeps names in a journal.
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function pathOf(platform: NodeJS.Platform): typeof posix {
  return platform === "win32" ? win32 : posix;
}

// Not mkdir's own `recursive`, which says ENOENT of a file system that takes no writes.
function createWithParents(path: string): void {
  if (isFolder(path)) return;
  if (dirname(path) !== path) createWithParents(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process may have been faster.
    if (!isFolder(path)) throw error;
  }
  syncFolder(dirname(path));
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}

function inHome({ platform, home }: Surroundings, ...segments: readonly string[]): string {
  try {
    return pathOf(platform).join(home(), ...segments);
  } catch (error) {
    throw new DiskError("missing", "The home folder of this user", `set UDPCHAT_HOME; ${String(error)}`);
  }
}

// A name as segments that any file system keeps apart: lower-case ASCII as it is, every other byte of its UTF-8 as
// `=` and two digits. What is too long goes on in a folder below; `+` joins the two and stands in no name of its own, so
// that the folder of one name never lies in that of another.
function nameSegments(nameKey: string): readonly string[] {
  if (nameKey === "") throw new RangeError("a name key is not empty");
  const name = escaped(nameKey);
  const segments: string[] = [];
  for (let at = 0; at < name.length; at += longestSegment) {
    const part = name.slice(at, at + longestSegment);
    segments.push(`${at > 0 ? "+" : ""}${part}${at + longestSegment < name.length ? "+" : ""}`);
  }
  return segments;
}

// A dot is kept where it stands inside only: `..`, `.x` and, on Windows, `x.` mean something else. So do the names of
// Windows devices, with or without an extension, which is why they lose their first letter.
function escaped(nameKey: string): string {
  const isDevice = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/.test(nameKey);
  const characters = [...nameKey];
  const last = characters.length - 1;
  return characters
    .map((character, i) => {
      const isKept = character === "." ? i > 0 && i < last : /^[a-z0-9_-]$/.test(character);
      return isKept && !(isDevice && i === 0) ? character : escapedBytes(character);
    })
    .join("");
}

function escapedBytes(character: string): string {
  return [...Buffer.from(character)].map((byte) => `=${byte.toString(16).padStart(2, "0")}`).join("");
}
