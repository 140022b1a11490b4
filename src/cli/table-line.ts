// One entry of a client table as `clients` shows it, at a client and at a server. Pure (behaviour.md, "Line mode").

import type { TableEntry } from "#client";

import { shownText } from "./shown-text.ts";

/** `<name> <address>:<port> online` or `offline`; IPv6 in brackets, and a dash where no address is known. */
export function tableLine(entry: TableEntry): string {
  return `${shownText(entry.name)} ${addressText(entry.address)} ${entry.isOnline ? "online" : "offline"}`;
}

/** An address as it is typed; a dash where none is known. */
export function addressText(address: TableEntry["address"]): string {
  if (address === undefined) return "-";
  const host = shownText(address.host);
  return `${host.includes(":") ? `[${host}]` : host}:${address.port}`;
}
