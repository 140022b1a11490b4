// The names under which somebody joins who gave none (behaviour.md, "Starting"). What the user is called anywhere else
// need not be a name here, and half of a lab may be called the same. Pure but for asking the system who that is.

import { hostname, userInfo } from "node:os";

import { nameKey, usableName } from "#chat";

const mostCodePoints = 32;
/** UTF-16 units of what the system says that are looked at. */
const mostUnits = 1024;
const lastNumber = 9;
const nameless = "user";
/** Letters and marks that show as nothing. */
const invisible = /\p{Default_Ignorable_Code_Point}+/gu;
const unusable = /[^\p{L}\p{M}\p{Nd}._-]+/gu;

/** Whom to ask; the system by default. */
export interface Surroundings {
  /** `$USER`. */
  readonly user: string | undefined;
  /** Throws where the user has no login name. */
  readonly login: () => string;
  readonly host: string;
}

/** The names to try, in this order: the user's, that with the host's behind it, then numbered ones. */
export function ownNames(surroundings: Surroundings = ours()): readonly string[] {
  const name = madeUsable(userOf(surroundings)) ?? nameless;
  const host = madeUsable(surroundings.host.split(".")[0] ?? "");
  const names = host === undefined ? [name] : [name, withEnding(name, host)];
  for (let number = 2; number <= lastNumber; number++) names.push(withEnding(name, String(number)));
  const byKey = new Map(names.map((each) => [nameKey(each), each]));
  return [...byKey.values()];
}

function ours(): Surroundings {
  return { user: process.env["USER"], login: () => userInfo().username, host: hostname() };
}

function userOf({ user, login }: Surroundings): string {
  if (user !== undefined && user !== "") return user;
  try {
    return login();
  } catch {
    return ""; // A user without an entry in the system's list has no login name.
  }
}

function madeUsable(typed: string): string | undefined {
  const letters = typed.slice(0, mostUnits).normalize("NFKC").replace(invisible, "").replace(unusable, "-");
  const name = cut(letters.replace(/^[^\p{L}\p{Nd}]+/u, ""), mostCodePoints).replace(/-+$/, "");
  return usableName(name)?.shown;
}

/** The host's name gives way to the user's, but for a number, which is short. */
function withEnding(name: string, ending: string): string {
  const most = mostCodePoints - 1 - Math.min([...ending].length, 2);
  return cut(`${cut(name, most)}-${ending}`, mostCodePoints).replace(/-+$/, "");
}

function cut(text: string, codePoints: number): string {
  return [...text].slice(0, codePoints).join("");
}
