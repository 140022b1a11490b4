// Addresses as numbers, never as host names, and what kind of place they are. Pure. PROTOCOL §2.1.

import { type Codec } from "#bytes";

/** Where a datagram comes from or goes to. `host` is canonical: dotted IPv4 (never IPv4-mapped) or compressed IPv6. A
 * link-local IPv6 host may end in `%` and the zone, which means something on this host only and never leaves it. */
export interface Address {
  readonly host: string;
  /** 1–65535. */
  readonly port: number;
}

/** How far an address means anything: on this host, on this link or site, everywhere; `none` is never sent to. */
export type Scope = "loopback" | "local" | "global" | "none";

const ZERO = 0x30;
/** A dot, from zero. */
const DOT = 0x2e - ZERO;

/** One string an address; key of maps. */
export function addressKey(address: Address): string {
  return `${address.host}|${address.port}`;
}

/** `192.0.2.1:4000` or `[2001:db8::1]:4000`. */
export function showAddress(address: Address): string {
  return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

export function isSameAddress(a: Address, b: Address): boolean {
  return a.port === b.port && a.host === b.host;
}

/** The address, canonical, or undefined where `host` is no numeric IPv4 or IPv6 address or the port is out of range. */
export function numericAddress(host: string, port: number): Address | undefined {
  if (!Number.isInteger(port) || port < 1 || port > 65535) return undefined;
  const bytes = hostBytes(host);
  if (bytes === undefined) return undefined;
  const zone = isLinkLocal(bytes) ? (/%.*$/.exec(host)?.[0] ?? "") : "";
  return { host: showHost(bytes) + zone, port };
}

/** The scope of an address (RFC 6890, RFC 4193, RFC 6598); IPv4-mapped addresses count as IPv4. */
export function scopeOf(address: Address): Scope {
  const bytes = hostBytes(address.host);
  if (bytes === undefined) return "none";
  return bytes.length === 4 ? scopeOf4(bytes) : scopeOf6(bytes);
}

/** The part of an address that one customer has to himself: the whole of IPv4, a /64 of IPv6. */
export function networkOf(address: Address): string {
  if (!address.host.includes(":")) return address.host;
  const bytes = hostBytes(address.host);
  return bytes === undefined
    ? address.host
    : showHost(Uint8Array.from([...bytes.subarray(0, 8), 0, 0, 0, 0, 0, 0, 0, 0]));
}

/** Family (4 or 6), 4 or 16 bytes, port; a zone is left out. */
export const addressCodec: Codec<Address> = {
  read: (reader) => {
    const family = reader.u8();
    if (family !== 4 && family !== 6) reader.fail();
    const bytes = reader.bytes(family === 4 ? 4 : 16);
    const port = reader.u16();
    if (reader.failed || port === 0 || isMapped(bytes)) {
      reader.fail();
      return { host: "0.0.0.0", port: 1 };
    }
    return { host: showHost(bytes), port };
  },
  write: (writer, address) => {
    const bytes = hostBytes(address.host);
    if (bytes === undefined) throw new RangeError(`${address.host} is no numeric address`);
    writer
      .u8(bytes.length === 4 ? 4 : 6)
      .bytes(bytes)
      .u16(address.port);
  },
};

function scopeOf4(b: Uint8Array): Scope {
  const [first = 0, second = 0, third = 0, fourth = 0] = b;
  if (first === 127) return "loopback";
  if (first === 0 || first >= 224) return "none";
  if (first === 10 || (first === 172 && second >= 16 && second < 32) || (first === 192 && second === 168))
    return "local";
  if (first === 169 && second === 254) return third === 255 && fourth === 255 ? "none" : "local";
  return first === 100 && second >= 64 && second < 128 ? "local" : "global";
}

function scopeOf6(b: Uint8Array): Scope {
  const first = b[0] as number;
  if (b.subarray(0, 15).every((byte) => byte === 0)) return b[15] === 1 ? "loopback" : "none";
  if (first === 0xff) return "none";
  if ((first & 0xfe) === 0xfc || isLinkLocal(b)) return "local";
  return "global";
}

function isMapped(bytes: Uint8Array): boolean {
  return (
    bytes.length === 16 && bytes[10] === 0xff && bytes[11] === 0xff && bytes.subarray(0, 10).every((byte) => byte === 0)
  );
}

function isLinkLocal(bytes: Uint8Array): boolean {
  return bytes.length === 16 && bytes[0] === 0xfe && ((bytes[1] as number) & 0xc0) === 0x80;
}

function hostBytes(host: string): Uint8Array | undefined {
  if (!host.includes(":")) return ipv4Bytes(host);
  const bytes = ipv6Bytes(host.replace(/%[^%\s/]{1,32}$/, ""));
  return bytes !== undefined && isMapped(bytes) ? bytes.subarray(12) : bytes;
}

/** Four decimal numbers below 256 without leading zeros. By hand, as each row of each table has one. */
function ipv4Bytes(host: string): Uint8Array | undefined {
  const bytes = new Uint8Array(4);
  let at = 0;
  let digits = 0;
  let value = 0;
  for (let i = 0; i <= host.length; i++) {
    const digit = i === host.length ? DOT : host.charCodeAt(i) - ZERO;
    if (digit === DOT) {
      if (digits === 0 || at === 4) return undefined;
      bytes[at++] = value;
      digits = 0;
      value = 0;
    } else if (digit >= 0 && digit <= 9 && (digits === 0 || value > 0)) {
      digits++;
      value = 10 * value + digit;
      if (value > 255) return undefined;
    } else return undefined;
  }
  return at === 4 ? bytes : undefined;
}

function ipv6Bytes(host: string): Uint8Array | undefined {
  let rest = host;
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(rest);
  if (dotted !== null) {
    const tail = ipv4Bytes(dotted[2] as string);
    if (tail === undefined) return undefined;
    const [a = 0, b = 0, c = 0, d = 0] = tail;
    rest = `${dotted[1]}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const halves = rest.split("::");
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => "0"), ...tail];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return Uint8Array.from(
    groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]),
  );
}

function showHost(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] as number) << 8) | (bytes[2 * i + 1] as number));
  // RFC 5952 §4.2.3: the first longest run of two or more zero groups becomes "::".
  let best = { at: -1, length: 1 };
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (at + length < 8 && groups[at + length] === 0) length++;
    if (length > best.length) best = { at, length };
  }
  const show = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(":");
  return best.at < 0 ? show(groups) : `${show(groups.slice(0, best.at))}::${show(groups.slice(best.at + best.length))}`;
}
