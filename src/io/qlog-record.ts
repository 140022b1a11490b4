// What an observer is told, as records of a trace: the event names and fields of qlog (draft-ietf-quic-qlog-quic-events,
// version 0.3 of the schema), with our own frames. No key, no token and no text can be in what it is given.

import { toHex } from "#bytes";
import { type Observation, type ObservedFrame } from "#transport";
import { showAddress } from "#wire";

/** How each trace of ours begins, the record separator of RFC 7464 included. */
export const traceStart = '\u001e{"qlog_version":"0.3","qlog_format":"JSON-SEQ","title":"udpchat"';

/** Whose trace it is. */
export interface VantagePoint {
  readonly name: string;
  readonly type: "client" | "server";
}

/** The first record; `epochMs` is the wall clock at time 0. */
export function qlogHead(vantagePoint: VantagePoint, epochMs: number): string {
  const trace = {
    common_fields: { time_format: "relative", reference_time: epochMs },
    vantage_point: vantagePoint,
  };
  return `${traceStart},"trace":${JSON.stringify(trace)}}\n`;
}

/** A record for what happened at `timeMs`. */
export function qlogEvent(seen: Observation, timeMs: number): string {
  const [name, data] = eventOf(seen);
  return qlogRecord(name, data, timeMs);
}

/** A word about the trace itself. */
export function qlogNote(level: "info" | "warning", message: string, timeMs: number): string {
  return qlogRecord(`loglevel:${level}`, { message }, timeMs);
}

function qlogRecord(name: string, data: object, timeMs: number): string {
  return `\u001e${JSON.stringify({ time: rounded(timeMs), name, data })}\n`;
}

function eventOf(seen: Observation): readonly [string, object] {
  switch (seen.kind) {
    case "packetSent":
    case "packetReceived": {
      const { address, bytes, frames, id, number } = seen;
      const name = seen.kind === "packetSent" ? "transport:packet_sent" : "transport:packet_received";
      const header = { packet_type: "1RTT", packet_number: number, dcid: toHex(id) };
      const named = seen.kind === "packetSent" ? { datagram_id: seen.checksum } : {};
      const where = { raw: { length: bytes }, ...named, remote: showAddress(address) };
      return [name, { header, ...where, frames: frames.map(frameOf) }];
    }
    case "datagramSent":
    case "datagramReceived": {
      const { address, bytes, checksum, type } = seen;
      const name = seen.kind === "datagramSent" ? "transport:packet_sent" : "transport:packet_received";
      const raw = { length: bytes };
      return [name, { header: { packet_type: type }, raw, datagram_id: checksum, remote: showAddress(address) }];
    }
    case "packetDropped": {
      const trigger = seen.why === "unknownSession" ? "unknown_connection_id" : "general";
      const { address, bytes, checksum } = seen;
      const datagram = { raw: { length: bytes }, datagram_id: checksum, remote: showAddress(address) };
      return ["transport:packet_dropped", { ...datagram, trigger }];
    }
    case "packetLost":
      return ["recovery:packet_lost", { header: { packet_number: seen.number, dcid: toHex(seen.id) } }];
    case "metricsUpdated":
      return [
        "recovery:metrics_updated",
        {
          dcid: toHex(seen.id),
          smoothed_rtt: rounded(seen.smoothedMs),
          rtt_variance: rounded(seen.variationMs),
          latest_rtt: rounded(seen.latestMs),
          min_rtt: rounded(seen.leastMs),
          congestion_window: Math.round(seen.windowBytes),
          bytes_in_flight: seen.bytesInFlight,
        },
      ];
    case "sessionOpened": {
      const { address, opener, ownId, remoteId } = seen;
      const ids = { src_cid: toHex(ownId), dst_cid: toHex(remoteId) };
      return ["connectivity:connection_started", { ...ids, opener, remote: showAddress(address) }];
    }
    case "sessionMoved":
      return ["connectivity:path_assigned", { src_cid: toHex(seen.ownId), remote: showAddress(seen.address) }];
    case "keysRenewed":
      return ["security:key_updated", { src_cid: toHex(seen.ownId), trigger: "local_update" }];
    case "sessionSuperseded":
      return ["connectivity:connection_superseded", { src_cid: toHex(seen.ownId), trigger: seen.why }];
    case "sessionEnded":
      return ["connectivity:connection_closed", { src_cid: toHex(seen.ownId), trigger: seen.by }];
    default:
      return seen satisfies never;
  }
}

function frameOf(frame: ObservedFrame): object {
  switch (frame.type) {
    case "ack": {
      const ranges = frame.ranges.map(({ first, last }) => [first, last]);
      return { frame_type: "ack", ack_delay: rounded(frame.delayMs), acked_ranges: ranges };
    }
    case "message": {
      const { type, ...rest } = frame;
      return { frame_type: type, ...rest };
    }
    case "credit":
    case "blocked":
      return { frame_type: frame.type, class: frame.class, limit: frame.limit };
    case "close":
      return { frame_type: "connection_close", error_code: frame.code };
    case "challenge":
      return { frame_type: "path_challenge" };
    case "response":
      return { frame_type: "path_response" };
    case "observedAddress":
      return { frame_type: "observed_address" };
    case "ping":
      return { frame_type: "ping" };
    default:
      return frame satisfies never;
  }
}

/** To the µs; what is not known yet, as JSON has no ∞. */
function rounded(ms: number): number | null {
  return Number.isFinite(ms) ? Math.round(ms * 1000) / 1000 : null;
}
