// Which addresses this computer has, and what a host name stands for.

import { lookup } from "node:dns/promises";
import { networkInterfaces } from "node:os";

import { numericAddress } from "#wire";

/** Numeric addresses of this computer that are not loopback, IPv4 first, canonical, link-local ones left out. */
export function ownHosts(): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const usable = all.filter(({ internal, address }) => !internal && !address.toLowerCase().startsWith("fe80:"));
  const sorted = usable.toSorted((a, b) => (a.family === b.family ? 0 : a.family === "IPv4" ? -1 : 1));
  return sorted.flatMap(({ address }) => numericAddress(address, 1)?.host ?? []);
}

/** The numeric address that a host name or address stands for; undefined if it stands for none. */
export async function resolveHost(host: string): Promise<string | undefined> {
  const numeric = numericAddress(host, 1);
  if (numeric !== undefined) return numeric.host;
  try {
    const { address } = await lookup(host);
    return numericAddress(address, 1)?.host;
  } catch (error) {
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}
