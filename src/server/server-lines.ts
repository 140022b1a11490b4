// Server events as the lines that a server prints. Pure. BEHAVIOUR "Lines a server prints"; the prompt is the printer's.

import { showAddress } from "#wire";

import { type ServerEvent } from "./server-event.ts";

/** The line for an event, without the prompt. */
export function serverLine(event: ServerEvent): string {
  switch (event.kind) {
    case "registered":
      return `[Client ${event.name} registered from ${showAddress(event.address)}]`;
    case "deregistered":
      return `[Client ${event.name} deregistered]`;
    case "wentOffline":
      return `[Client ${event.name} offline: no answer]`;
    default:
      throw new TypeError(`no such event: ${JSON.stringify(event satisfies never)}`);
  }
}
