// One record of a trace, as far as it is one: files are others' bytes, too. Pure. The fields are those that
// io/qlog-record.ts writes.

import { Lane } from "#transport";

import { shownText } from "./shown-text.ts";

/** A packet, or another datagram, that left or came in. */
export interface TracedPacket {
  readonly kind: "sent" | "received";
  readonly timeMs: number;
  /** `1RTT` for the packet of a session. */
  readonly type: string;
  /** The id it is addressed to, and its number; a datagram that is no packet has a checksum for both. */
  readonly key: string;
  readonly dcid: string;
  readonly checksum: number;
  readonly number: number | undefined;
  readonly bytes: number;
  readonly remote: string;
  /** What it carries, for people. */
  readonly frames: readonly string[];
}

export type Traced =
  | { readonly kind: "head"; readonly name: string; readonly type: string; readonly epochMs: number }
  | TracedPacket
  /** Anything else that has a line. */
  | { readonly kind: "other"; readonly timeMs: number; readonly what: string }
  | { readonly kind: "dropped"; readonly timeMs: number; readonly checksum: number; readonly what: string }
  | { readonly kind: "opened"; readonly timeMs: number; readonly ownId: string; readonly what: string }
  /** Nothing follows. */
  | { readonly kind: "ended"; readonly timeMs: number };

const longestWord = 100;
const mostFrames = 64;

/** What a line of a trace says; undefined for one that says nothing we know. Never throws. */
export function readTraced(line: string): Traced | undefined {
  const record = parsed(line.startsWith("\u001e") ? line.slice(1) : line);
  if ("qlog_version" in record) return readHead(record);
  const name = word(record["name"]);
  const timeMs = amount(record["time"]);
  const data = fields(record["data"]);
  const dcid = word(data["dcid"]);
  switch (name) {
    case "transport:packet_sent":
    case "transport:packet_received":
      return readPacket(name === "transport:packet_sent" ? "sent" : "received", data, timeMs);
    case "transport:packet_dropped": {
      const why = data["trigger"] === "unknown_connection_id" ? "for no session here" : "here before, or damaged";
      const what = `dropped ${amount(fields(data["raw"])["length"])} B from ${word(data["remote"])}: ${why}`;
      return { kind: "dropped", timeMs, checksum: amount(data["datagram_id"]), what };
    }
    case "recovery:packet_lost": {
      const header = fields(data["header"]);
      return { kind: "other", timeMs, what: `lost ${word(header["dcid"])}/${amount(header["packet_number"])}` };
    }
    case "recovery:metrics_updated":
      return { kind: "other", timeMs, what: `metrics ${dcid} ${metrics(data)}` };
    case "connectivity:connection_started": {
      const [ownId, remoteId] = [word(data["src_cid"]), word(data["dst_cid"])];
      const what = `session ${ownId} with ${word(data["remote"])}, which calls it ${remoteId}, opened by ${word(data["opener"])}`;
      return { kind: "opened", timeMs, ownId, what };
    }
    case "connectivity:path_assigned":
      return { kind: "other", timeMs, what: `session ${word(data["src_cid"])} moved to ${word(data["remote"])}` };
    case "security:key_updated":
      return { kind: "other", timeMs, what: `session ${word(data["src_cid"])} seals with new keys` };
    case "connectivity:connection_superseded":
      return { kind: "other", timeMs, what: `session ${word(data["src_cid"])} superseded: ${word(data["trigger"])}` };
    case "connectivity:connection_closed":
      return { kind: "other", timeMs, what: `session ${word(data["src_cid"])} ended: ${word(data["trigger"])}` };
    case "loglevel:info":
      return { kind: "ended", timeMs };
    case "loglevel:warning":
      return { kind: "other", timeMs, what: word(data["message"]) };
    default:
      return undefined;
  }
}

function readHead(record: Fields): Traced {
  const trace = fields(record["trace"]);
  const { name, type } = fields(trace["vantage_point"]);
  const epochMs = amount(fields(trace["common_fields"])["reference_time"]);
  return { kind: "head", name: word(name), type: word(type), epochMs };
}

function readPacket(kind: "sent" | "received", data: Fields, timeMs: number): TracedPacket {
  const header = fields(data["header"]);
  const type = word(header["packet_type"]);
  const dcid = word(header["dcid"]);
  const isPacket = type === "1RTT";
  const number = isPacket ? amount(header["packet_number"]) : undefined;
  const frames = Array.isArray(data["frames"]) ? data["frames"].slice(0, mostFrames) : [];
  return {
    kind,
    timeMs,
    type,
    key: isPacket ? `${dcid}/${number}` : `${type} ${amount(data["datagram_id"])}`,
    dcid,
    checksum: amount(data["datagram_id"]),
    number,
    bytes: amount(fields(data["raw"])["length"]),
    remote: word(data["remote"]),
    frames: frames.map((frame) => frameText(fields(frame))),
  };
}

function frameText(frame: Fields): string {
  const type = word(frame["frame_type"]);
  switch (type) {
    case "ack":
      return `ack ${ranges(frame["acked_ranges"])}`;
    case "message": {
      const [offset, length, total] = [amount(frame["offset"]), amount(frame["length"]), amount(frame["total"])];
      const part = length === total ? `${total} B` : `${offset}-${offset + length} of ${total} B`;
      return `${laneName(amount(frame["lane"]))} #${amount(frame["number"])} ${part}`;
    }
    case "credit":
    case "blocked":
      return `${type} ${word(frame["class"])} ${amount(frame["limit"])}`;
    case "connection_close":
      return `close ${amount(frame["error_code"])}`;
    default:
      return type.replaceAll("_", " ");
  }
}

/** The newest first, as they are written; of many only some. */
function ranges(value: unknown): string {
  const all = Array.isArray(value) ? value : [];
  const texts = all.slice(0, 4).map((range) => {
    const [first, last] = Array.isArray(range) ? range.map(amount) : [];
    return first === last ? `${first}` : `${first}-${last}`;
  });
  return texts.join(",") + (all.length > 4 ? ",…" : "");
}

function laneName(lane: number): string {
  return Object.entries(Lane).find(([, number]) => number === lane)?.[0] ?? `lane ${lane}`;
}

function metrics(data: Fields): string {
  const rtt = `rtt ${amount(data["smoothed_rtt"]).toFixed(1)} ms ± ${amount(data["rtt_variance"]).toFixed(1)}`;
  const least = `least ${amount(data["min_rtt"]).toFixed(1)}`;
  return `${rtt}, ${least}, window ${amount(data["congestion_window"])} B, in flight ${amount(data["bytes_in_flight"])} B`;
}

type Fields = Readonly<Record<string, unknown>>;

function parsed(text: string): Fields {
  try {
    return fields(JSON.parse(text));
  } catch {
    return {};
  }
}

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function amount(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

function word(value: unknown): string {
  return typeof value === "string" ? shownText(value.slice(0, longestWord)).replaceAll("\n", " ") : "";
}
