// What ends a client for good: its exit code, and what standard error says. Pure (behaviour.md, "Starting").

import type { ClientEvent } from "#client";

import { exitCodes } from "./exit-codes.ts";
import { quoted } from "./quoted.ts";

type FailureEvent = Extract<
  ClientEvent,
  { readonly kind: "nameTaken" | "serverChanged" | "versionUnknown" | "profileFailed" }
>;

export interface Failure {
  readonly exitCode: number;
  /** One line: what was got, what was expected, one thing to do. */
  readonly message: string;
}

/** The failure that this event tells of. */
export function failureOf(event: FailureEvent): Failure {
  switch (event.kind) {
    case "nameTaken":
      return {
        exitCode: exitCodes.refused,
        message: `got the name ${quoted(event.name)}, expected one that is free; choose another, or type release and the name at the server`,
      };
    case "serverChanged":
      return {
        exitCode: exitCodes.refused,
        message: `got the server fingerprint ${quoted(event.shown)}, expected ${quoted(event.pinned)}; if that is right, start with --new-server`,
      };
    case "versionUnknown":
      return {
        exitCode: exitCodes.protocolVersion,
        message: `got a server of protocol versions ${event.theirs.join(", ")}, expected one that this udpchat speaks; update the older of the two`,
      };
    case "profileFailed":
      return {
        exitCode: exitCodes.cannotUse,
        message: `got ${quoted(event.reason)} from the disk, expected to write the profile; make room or mend its folder, then start again`,
      };
    default:
      return unreachable(event);
  }
}

function unreachable(value: never): never {
  throw new TypeError(`not expected: ${String(value)}`);
}
