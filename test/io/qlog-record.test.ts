import assert from "node:assert/strict";
import { test } from "node:test";

import type { Observation } from "#transport";

import { qlogEvent, qlogHead, qlogNote, traceStart } from "../../src/io/qlog-record.ts";

const id = Uint8Array.of(1, 2, 3, 0xff);
const address = { host: "fe80::1", port: 5000 };

function written(seen: Observation): unknown {
  const record = qlogEvent(seen, 1.23456);
  assert.equal(record[0], "\u001e");
  assert.equal(record.indexOf("\n"), record.length - 1);
  return JSON.parse(record.slice(1));
}

function record(name: string, data: object): object {
  return { time: 1.235, name, data };
}

test("the first record says whose trace it is and when it began, and is known by its start", () => {
  const head = qlogHead({ name: "ana", type: "client" }, 1_790_000_000_000.25);
  assert.ok(head.startsWith(traceStart));
  assert.deepEqual(JSON.parse(head.slice(1)), {
    qlog_version: "0.3",
    qlog_format: "JSON-SEQ",
    title: "udpchat",
    trace: {
      common_fields: { time_format: "relative", reference_time: 1_790_000_000_000.25 },
      vantage_point: { name: "ana", type: "client" },
    },
  });
});

test("packets: id, number, size, place, and frames without what they carry", () => {
  const frames = [
    { type: "ack", delayMs: 0.5, ranges: [{ first: 3, last: 7 }] },
    { type: "message", lane: 2, number: 4, offset: 10, length: 20, total: 90 },
    { type: "credit", class: "data", limit: 1000 },
    { type: "blocked", class: "control", limit: 10 },
    { type: "close", code: 3 },
    { type: "challenge" },
    { type: "response" },
    { type: "observedAddress" },
    { type: "ping" },
  ] as const;
  const shown = [
    { frame_type: "ack", ack_delay: 0.5, acked_ranges: [[3, 7]] },
    { frame_type: "message", lane: 2, number: 4, offset: 10, length: 20, total: 90 },
    { frame_type: "credit", class: "data", limit: 1000 },
    { frame_type: "blocked", class: "control", limit: 10 },
    { frame_type: "connection_close", error_code: 3 },
    { frame_type: "path_challenge" },
    { frame_type: "path_response" },
    { frame_type: "observed_address" },
    { frame_type: "ping" },
  ];
  const header = { packet_type: "1RTT", packet_number: 12, dcid: "010203ff" };
  const where = { raw: { length: 99 }, remote: "[fe80::1]:5000" };
  const both = { id, number: 12, bytes: 99, address, frames };
  assert.deepEqual(
    written({ kind: "packetSent", checksum: 7, copies: 0, ...both }),
    record("transport:packet_sent", { header, ...where, datagram_id: 7, frames: shown }),
  );
  assert.deepEqual(
    written({ kind: "packetReceived", ...both }),
    record("transport:packet_received", { header, ...where, frames: shown }),
  );
  assert.deepEqual(
    written({ kind: "packetLost", id, number: 12 }),
    record("recovery:packet_lost", { header: { packet_number: 12, dcid: "010203ff" } }),
  );
});

test("other datagrams, drops, and the life of a session", () => {
  const where = { raw: { length: 5 }, datagram_id: 9, remote: "[fe80::1]:5000" };
  for (const [kind, name] of [
    ["datagramSent", "transport:packet_sent"],
    ["datagramReceived", "transport:packet_received"],
  ] as const) {
    assert.deepEqual(
      written({ kind, type: "message1", bytes: 5, checksum: 9, address }),
      record(name, { header: { packet_type: "message1" }, ...where }),
    );
  }
  for (const [why, trigger] of [
    ["unknownSession", "unknown_connection_id"],
    ["unusable", "general"],
  ] as const) {
    assert.deepEqual(
      written({ kind: "packetDropped", why, bytes: 5, checksum: 9, address }),
      record("transport:packet_dropped", { ...where, trigger }),
    );
  }
  assert.deepEqual(
    written({ kind: "sessionOpened", ownId: id, remoteId: Uint8Array.of(5), opener: "them", address }),
    record("connectivity:connection_started", {
      src_cid: "010203ff",
      dst_cid: "05",
      opener: "them",
      remote: "[fe80::1]:5000",
    }),
  );
  assert.deepEqual(
    written({ kind: "sessionMoved", ownId: id, address }),
    record("connectivity:path_assigned", { src_cid: "010203ff", remote: "[fe80::1]:5000" }),
  );
  assert.deepEqual(
    written({ kind: "keysRenewed", ownId: id }),
    record("security:key_updated", { src_cid: "010203ff", trigger: "local_update" }),
  );
  assert.deepEqual(
    written({ kind: "sessionSuperseded", ownId: id, why: "bothOpened" }),
    record("connectivity:connection_superseded", { src_cid: "010203ff", trigger: "bothOpened" }),
  );
  assert.deepEqual(
    written({ kind: "sessionEnded", ownId: id, by: "idle" }),
    record("connectivity:connection_closed", { src_cid: "010203ff", trigger: "idle" }),
  );
});

test("estimates to the µs, and what is not known is null", () => {
  const seen = { smoothedMs: 1.23456, variationMs: 0.5, latestMs: 2, windowBytes: 12_000.4, bytesInFlight: 80 };
  assert.deepEqual(
    written({ kind: "metricsUpdated", id, ...seen, leastMs: Number.POSITIVE_INFINITY }),
    record("recovery:metrics_updated", {
      dcid: "010203ff",
      smoothed_rtt: 1.235,
      rtt_variance: 0.5,
      latest_rtt: 2,
      min_rtt: null,
      congestion_window: 12_000,
      bytes_in_flight: 80,
    }),
  );
});

test("a word about the trace itself", () => {
  assert.deepEqual(JSON.parse(qlogNote("warning", "3 records were left out", 5).slice(1)), {
    time: 5,
    name: "loglevel:warning",
    data: { message: "3 records were left out" },
  });
});
