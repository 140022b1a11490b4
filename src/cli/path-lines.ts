// What `net` prints: one line a path in use. Pure.
//
//   [Server] 192.168.1.20:4119 rtt 0.4 ms, lost 0.0 % of 23, resent 0, mtu 1200
//   bob 192.168.1.31:40112 rtt 0.3 ms, lost 2.1 % of 95, resent 2, mtu 1200

import type { Paths } from "#client";
import type { ChatSession } from "#library";

import { shownText } from "./shown-text.ts";
import { addressText } from "./table-line.ts";

type Path = NonNullable<Paths["server"]>;

/** The server first, then people by name. */
export function pathLines(session: Pick<ChatSession, "paths" | "serverAddress">): readonly string[] {
  const { people, server } = session.paths();
  const first = server === undefined ? `${session.serverAddress} no path` : pathText(server);
  return [`[Server] ${first}`, ...people.map((path) => `${shownText(path.name)} ${pathText(path)}`)];
}

function pathText({ address, datagramBytes, packetsLost, packetsSent, partsRepeated, roundTripMs }: Path): string {
  const rtt = roundTripMs === undefined ? "not measured" : `${roundTripMs.toFixed(1)} ms`;
  const lost = ((100 * packetsLost) / Math.max(1, packetsSent)).toFixed(1);
  return `${addressText(address)} rtt ${rtt}, lost ${lost} % of ${packetsSent}, resent ${partsRepeated}, mtu ${datagramBytes}`;
}
