import assert from "node:assert/strict";
import { test } from "node:test";

import { ladderLines } from "../../src/cli/ladder.ts";
import { readTraced, type Traced } from "../../src/cli/trace-record.ts";
import { qlogEvent, qlogHead } from "../../src/io/qlog-record.ts";
import type { Observation } from "../../src/transport/observer.ts";

const epochMs = 1_790_000_000_000;
const idOfA = Uint8Array.of(0xaa, 0, 0, 1);
const idOfB = Uint8Array.of(0xbb, 0, 0, 2);
const placeOfA = { host: "10.0.0.1", port: 1 };
const placeOfB = { host: "10.0.0.2", port: 2 };
const frames = [{ type: "ping" }] as const;

type Event = readonly [timeMs: number, seen: Observation];

function trace(name: string, epoch: number, events: readonly Event[]): readonly Traced[] {
  const lines = [qlogHead({ name, type: "client" }, epoch), ...events.map(([at, seen]) => qlogEvent(seen, at))];
  return lines.flatMap((line) => readTraced(line.trimEnd()) ?? []);
}

function call(kind: "datagramSent" | "datagramReceived", checksum: number): Observation {
  return { kind, type: "message1", bytes: 1200, checksum, address: kind === "datagramSent" ? placeOfB : placeOfA };
}

function sent(id: Uint8Array, number: number): Observation {
  const address = id === idOfB ? placeOfB : placeOfA;
  return { kind: "packetSent", id, number, bytes: 40, checksum: 1000 + number, address, frames, copies: 0 };
}

function received(id: Uint8Array, number: number): Observation {
  return { kind: "packetReceived", id, number, bytes: 40, address: id === idOfB ? placeOfA : placeOfB, frames };
}

const opened: Observation = { kind: "sessionOpened", ownId: idOfB, remoteId: idOfA, opener: "them", address: placeOfA };
const later: Observation = { kind: "packetLost", id: idOfA, number: 99 };

/** Rows without the two above them and the summary below. */
function rows(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => line.includes("|"));
}

test("each datagram between the two has its row, in the order of leaving, whichever side it left from", () => {
  const a = trace("ana", epochMs, [
    [0, call("datagramSent", 5)],
    [10, sent(idOfB, 0)],
    [14, received(idOfA, 0)],
    [20, sent(Uint8Array.of(9, 9, 9, 9), 1)],
  ]);
  const b = trace("bob", epochMs + 1, [
    [4, call("datagramReceived", 5)],
    [5, opened],
    [11, sent(idOfA, 0)],
    [12, received(idOfB, 0)],
    [2000, later],
  ]);
  assert.deepEqual(ladderLines(a, b), [
    "ms since 2026-09-21T14:13:20.000Z",
    "",
    `${" ".repeat(13)}client ana${" ".repeat(46)}client bob`,
    "      0.000  |-- message1 1200 B -------------------------------------------->|      5.000",
    "     10.000  |-- bb000002/0 ping --------------------------------------------->|     13.000".replace(
      "-->|",
      "->|",
    ),
    "     14.000  |<-------------------------------------------- aa000001/0 ping --|     12.000",
    "",
    "3 datagrams, 0 lost",
  ]);
});

test("what never came is lost, what came and was dropped is not, and at the end of a trace nobody knows", () => {
  const a = trace("ana", epochMs, [
    [0, call("datagramSent", 5)],
    [1, call("datagramSent", 5)],
    [10, sent(idOfB, 0)],
    [11, sent(idOfB, 1)],
    [12, sent(idOfB, 2)],
    [5000, sent(idOfB, 3)],
  ]);
  const b = trace("bob", epochMs, [
    [2, call("datagramReceived", 5)],
    [3, opened],
    [13, received(idOfB, 2)],
    [14, { kind: "packetDropped", why: "unusable", bytes: 40, checksum: 1001, address: placeOfA }],
    [5001, later],
  ]);
  const lines = ladderLines(a, b);
  assert.deepEqual(
    rows(lines).map((row) => row.slice(0, 11).trim() + row.slice(row.lastIndexOf("|"))),
    [
      "0.000|      2.000",
      "1.000|       lost",
      "10.000|       lost",
      "11.000|    dropped",
      "12.000|     13.000",
      "5000.000|          ?",
    ],
  );
  assert.match(rows(lines)[2] ?? "", /\|-- bb000002\/0 ping --x {10,}\|/);
  assert.equal(lines.at(-1), "6 datagrams, 2 lost");
});

test("clocks that do not agree are brought together, so that nothing comes before it left", () => {
  const a = trace("ana", epochMs, [
    [10, sent(idOfB, 0)],
    [34, received(idOfA, 0)],
  ]);
  // 500 ms behind; the way takes 10 each way.
  const b = trace("bob", epochMs - 500, [
    [0, opened],
    [20, received(idOfB, 0)],
    [24, sent(idOfA, 0)],
  ]);
  const lines = ladderLines(a, b);
  assert.equal(lines[1], "The clock of client bob is taken to be 500.000 ms behind.");
  assert.deepEqual(
    rows(lines).map((row) => [row.slice(0, 11).trim(), row.slice(-11).trim()]),
    [
      ["0.000", "10.000"],
      ["24.000", "14.000"],
    ],
  );
});

test("with one way only the clocks are brought together just enough", () => {
  const a = trace("ana", epochMs, [[10, sent(idOfB, 0)]]);
  const b = trace("bob", epochMs - 500, [[20, received(idOfB, 0)]]);
  assert.deepEqual(
    rows(ladderLines(a, b)).map((row) => row.slice(-11).trim()),
    ["0.000"],
  );
});

test("two traces that have nothing to do with each other", () => {
  const a = trace("ana", epochMs, [[10, sent(Uint8Array.of(1, 1, 1, 1), 0)]]);
  const b = trace("bob", epochMs, [[10, sent(Uint8Array.of(2, 2, 2, 2), 0)]]);
  assert.deepEqual(ladderLines(a, b), ["The two traces have nothing between them."]);
  assert.deepEqual(ladderLines([], []), ["The two traces have nothing between them."]);
});

test("no row is wider than 100 columns, whatever a packet carries", () => {
  const many = Array.from({ length: 60 }, (_, i) => ({ type: "credit", class: "data", limit: 1e9 + i }) as const);
  const long: Observation = {
    kind: "packetSent",
    id: idOfB,
    number: 1,
    bytes: 1200,
    checksum: 1,
    address: placeOfB,
    frames: many,
    copies: 0,
  };
  const a = trace("ana", epochMs, [
    [10, long],
    [11, sent(idOfB, 2)],
  ]);
  const b = trace("bob", epochMs, [
    [10, opened],
    [12, received(idOfB, 2)],
    [5000, later],
  ]);
  for (const line of ladderLines(a, b)) assert.ok(line.length <= 100, line);
});
