// What somebody typed as the host of a server: an address, a host name, or neither (behaviour.md, "Starting").
// Reads text only; nothing is looked up.

import { isIP, isIPv6 } from "node:net";
import { domainToASCII } from "node:url";

const mostHostLength = 253;
// domainToASCII leaves out line breaks and reads percent signs, so only what may be in a name comes to it.
const hostLetters = /^[\p{L}\p{M}\p{N}._-]+$/u;
const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;
const number = /^(?:[0-9]+|0x[0-9a-f]*)$/i;

/** A numeric address without brackets, or a host name in ASCII; undefined for anything else. */
export function serverHost(typed: string): string | undefined {
  const address = bareAddress(typed);
  if (address !== undefined) return address;
  return hostName(typed);
}

/** A numeric address without brackets; undefined for anything else, host names among it. */
export function bareAddress(typed: string): string | undefined {
  if (typed.startsWith("[") && typed.endsWith("]")) {
    const inner = typed.slice(1, -1);
    return isIPv6(inner) ? inner : undefined;
  }
  return isIP(typed) === 0 ? undefined : typed;
}

function hostName(typed: string): string | undefined {
  if (typed.length > mostHostLength) return undefined;
  if (!hostLetters.test(typed)) return undefined;
  const ascii = domainToASCII(typed);
  const labels = ascii.replace(/\.$/, "").split(".");
  if (ascii.length > mostHostLength || !labels.every((each) => label.test(each))) return undefined;
  // What ends in a number is an address to every resolver (WHATWG URL §3.5), and this one is malformed.
  return number.test(labels.at(-1) ?? "") ? undefined : ascii;
}
