// How large packets may be on the way to a neighbour, by the interface that leads there.

import { readFileSync } from "node:fs";
import { BlockList, isIPv4 } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";

import { type Address } from "#wire";

/** Where Linux tells of its interfaces. */
const CLASS_NET = "/sys/class/net";

/** The MTU of the interface in whose subnet an address is, bytes; undefined where it is in none, as what is behind a router
 * has links that nobody here knows, and where the system does not tell. */
export function mtuTowards({ host }: Address): number | undefined {
  const family = isIPv4(host) ? "ipv4" : "ipv6";
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    for (const { cidr } of addresses ?? []) {
      const [network = "", prefix] = cidr?.split("/") ?? [];
      if (prefix === undefined || isIPv4(network) !== (family === "ipv4")) continue;
      const subnet = new BlockList();
      subnet.addSubnet(network, Number(prefix), family);
      if (subnet.check(host, family)) return mtuOf(name);
    }
  }
  return undefined;
}

function mtuOf(name: string): number | undefined {
  try {
    const mtu = Number(readFileSync(join(CLASS_NET, name, "mtu"), "latin1"));
    return Number.isInteger(mtu) && mtu > 0 ? mtu : undefined;
  } catch (error) {
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}
