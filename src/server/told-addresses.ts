// Which of somebody's addresses are told to whom. Pure. PROTOCOL §8.4, design §4 "Introduce".
// What a client says of its own addresses is a claim, and nobody is sent to a place by a claim that names a third party:
// the host must be the one that the server observes, or a private one that means the same place to both.

import { type Address, addressKey, isSameAddress, scopeOf } from "#wire";

/** Where somebody is: seen by the server, and by its own word. */
export interface Whereabouts {
  readonly observed: Address;
  readonly claimed: readonly Address[];
}

export interface ToldAddresses {
  readonly observed: Address | undefined;
  readonly claimed: readonly Address[];
}

/** What a peer observed at `peer` is told. Who is seen on loopback has that address and no other, and only for peers that
 * are seen there too. */
export function toldAddresses({ observed, claimed }: Whereabouts, peer: Address): ToldAddresses {
  if (scopeOf(observed) === "loopback")
    return { observed: scopeOf(peer) === "loopback" ? observed : undefined, claimed: [] };
  const told = new Map<string, Address>();
  for (const address of claimed) {
    if (!isSameAddress(address, observed) && isTold(address, observed, peer)) told.set(addressKey(address), address);
  }
  return { observed, claimed: [...told.values()] };
}

function isTold(address: Address, observed: Address, peer: Address): boolean {
  if (address.host === observed.host) return true;
  return scopeOf(address) === "local" && (observed.host === peer.host || siteOf(address) === siteOf(peer));
}

/** The block of private addresses that an address belongs to (RFC 1918, RFC 3927, RFC 6598, RFC 4193, RFC 4291); of any
 * other address, itself. Addresses of one block may be of one site, those of two are not. */
function siteOf(address: Address): string {
  const { host } = address;
  if (scopeOf(address) !== "local") return host;
  if (host.includes(":")) return /^f[cd]/.test(host) ? "fc00::/7" : "fe80::/10";
  const [first = ""] = host.split(".");
  return `${first}.0.0.0`;
}
