import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import type { Observation } from "#transport";

import { traceLine } from "../../src/cli/trace-line.ts";
import { readTraced } from "../../src/cli/trace-record.ts";
import { qlogEvent, qlogHead, qlogNote } from "../../src/io/qlog-record.ts";

const id = Uint8Array.of(0x3f, 0x2a, 0x91, 0xc0);
const address = { host: "10.0.0.2", port: 5000 };

function line(record: string): string {
  const traced = readTraced(record.trimEnd());
  return traced === undefined ? "" : traceLine(traced);
}

function lineOf(seen: Observation): string {
  return line(qlogEvent(seen, 12.3456));
}

test("what a trace holds is shown line by line: packets", () => {
  const frames = [
    {
      type: "ack",
      delayMs: 0,
      ranges: [
        { first: 3, last: 7 },
        { first: 1, last: 1 },
      ],
    },
    { type: "message", lane: 2, number: 4, offset: 0, length: 53, total: 53 },
    { type: "message", lane: 7, number: 1, offset: 100, length: 20, total: 900 },
    { type: "credit", class: "data", limit: 1000 },
    { type: "close", code: 3 },
    { type: "challenge" },
    { type: "ping" },
  ] as const;
  const carried =
    "ack 3-7,1, chat #4 53 B, lane 7 #1 100-120 of 900 B, credit data 1000, close 3, path challenge, ping";
  assert.equal(
    lineOf({ kind: "packetSent", id, number: 12, bytes: 99, checksum: 1, address, frames, copies: 0 }),
    `      12.346  -> 10.0.0.2:5000  3f2a91c0/12  99 B: ${carried}`,
  );
  assert.equal(
    lineOf({ kind: "packetReceived", id, number: 3, bytes: 40, address, frames: [] }),
    "      12.346  <- 10.0.0.2:5000  3f2a91c0/3  40 B",
  );
  assert.equal(
    lineOf({ kind: "datagramSent", type: "message1", bytes: 1200, checksum: 1, address }),
    "      12.346  -> 10.0.0.2:5000  message1  1200 B",
  );
});

test("what a trace holds is shown line by line: the rest", () => {
  const metrics = {
    smoothedMs: 12.34,
    variationMs: 1,
    latestMs: 12,
    leastMs: 11,
    windowBytes: 12_000,
    bytesInFlight: 9,
  };
  assert.deepEqual(
    [
      lineOf({ kind: "packetLost", id, number: 12 }),
      lineOf({ kind: "packetDropped", why: "unknownSession", bytes: 9, checksum: 1, address }),
      lineOf({ kind: "packetDropped", why: "unusable", bytes: 9, checksum: 1, address }),
      lineOf({ kind: "metricsUpdated", id, ...metrics }),
      lineOf({ kind: "sessionOpened", ownId: id, remoteId: Uint8Array.of(1), opener: "us", address }),
      lineOf({ kind: "sessionMoved", ownId: id, address }),
      lineOf({ kind: "keysRenewed", ownId: id }),
      lineOf({ kind: "sessionSuperseded", ownId: id, why: "bothOpened" }),
      lineOf({ kind: "sessionEnded", ownId: id, by: "idle" }),
      line(qlogNote("warning", "3 records were left out", 1)),
      line(qlogNote("info", "the trace has ended", 1)),
    ].map((each) => each.slice(17)),
    [
      "lost 3f2a91c0/12",
      "dropped 9 B from 10.0.0.2:5000: for no session here",
      "dropped 9 B from 10.0.0.2:5000: here before, or damaged",
      "metrics 3f2a91c0 rtt 12.3 ms ± 1.0, least 11.0, window 12000 B, in flight 9 B",
      "session 3f2a91c0 with 10.0.0.2:5000, which calls it 01, opened by us",
      "session 3f2a91c0 moved to 10.0.0.2:5000",
      "session 3f2a91c0 seals with new keys",
      "session 3f2a91c0 superseded: bothOpened",
      "session 3f2a91c0 ended: idle",
      "3 records were left out",
      "the trace has ended",
    ],
  );
  assert.equal(
    line(qlogHead({ name: "ana", type: "client" }, 0)),
    "Trace of client ana, from 1970-01-01T00:00:00.000Z; ms since then",
  );
});

test("whatever stands in a file, reading it throws nothing and shows nothing that drives a terminal", () => {
  const anything = fc.oneof(
    fc.string(),
    fc.json(),
    fc.anything().map((value) => JSON.stringify(value) ?? ""),
  );
  fc.assert(
    fc.property(anything, (text) => {
      const traced = readTraced(text);
      if (traced !== undefined) traceLine(traced);
    }),
  );
  const names = fc.constantFrom(
    "transport:packet_sent",
    "transport:packet_dropped",
    "recovery:packet_lost",
    "recovery:metrics_updated",
    "connectivity:connection_started",
    "loglevel:warning",
  );
  const value = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.constant("\u001b[2J\n\u202e"),
    fc.array(fc.anything()),
    fc.object(),
  );
  const keys = fc.constantFrom("header", "frames", "raw", "remote", "dcid", "src_cid", "message", "trigger", "time");
  fc.assert(
    fc.property(names, fc.dictionary(keys, value), fc.anything(), (name, data, time) => {
      const traced = readTraced(JSON.stringify({ name, time, data }));
      assert.ok(traced !== undefined);
      assert.doesNotMatch(traceLine(traced), /[\p{Cc}\u202e]/u);
    }),
  );
  const head = { vantage_point: { name: "\u001b[2Jana", type: 5 }, common_fields: { reference_time: 1e300 } };
  const shown = "Trace of  ana, from no time that there is; ms since then";
  assert.equal(line(JSON.stringify({ qlog_version: "0.3", trace: head })), shown);
});
