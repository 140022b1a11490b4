// A process that floods: told on its input what to throw, at whom, how fast and for how long, it throws from a thousand
// loopback addresses and counts, for each of them, what comes back. It is also the box through which one client speaks to
// the server, so that it has real traffic to replay. Paced in bursts of a millisecond, so that it leaves the processors to
// others; "full" is as fast as it can.

import { createSocket, type Socket } from "node:dgram";
import { createInterface } from "node:readline";

import { hmacSha256, sha256, x25519KeyPair } from "#crypto";
import { utf8 } from "#bytes";
import { systemDice } from "#io";
import { Purpose } from "#transport";
import { DatagramType, writeMessage1 } from "#wire";

export type FloodKind = "handshakes" | "garbage" | "replays" | "mixed";

/** What the flooder is told. */
export interface Flood {
  readonly kind: FloodKind;
  readonly port: number;
  /** Datagrams a second; 0 for as many as the machine sends. */
  readonly perSecond: number;
  readonly seconds: number;
}

const SOURCES = 1000;
const POOL = 4096;
const MOST_CAPTURED = 4096;
/** Sent in one go before the loop turns. */
const BURST = 128;

const sources: Socket[] = [];
const sentBy = new Uint32Array(SOURCES);
const gotBy = new Uint32Array(SOURCES);
const captured: Uint8Array[] = [];
const loopback = "127.0.0.1";

async function bound(host: string, port = 0): Promise<Socket> {
  const socket = createSocket({ type: "udp4", lookup: (name, _, found) => found(null, name, 4) });
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.on("error", () => {});
  socket.bind(port, host, resolve);
  await promise;
  return socket;
}

/** A spoofer's addresses: nobody there has a session, and nobody there answers. */
async function standAtManyAddresses(): Promise<void> {
  for (let i = 0; i < SOURCES; i++) {
    const socket = await bound(`127.1.${i >> 8}.${i & 255}`);
    socket.on("message", (bytes) => {
      gotBy[i] = (gotBy[i] ?? 0) + bytes.length;
    });
    sources.push(socket);
  }
}

/** One client's way to the server; what it sends is remembered. */
async function relay(serverPort: number): Promise<number> {
  const [inside, outside] = [await bound(loopback), await bound(loopback)];
  let client = 0;
  inside.on("message", (bytes, { port }) => {
    client = port;
    if (captured.length < MOST_CAPTURED) captured.push(bytes);
    outside.send(bytes, serverPort, loopback);
  });
  outside.on("message", (bytes) => inside.send(bytes, client, loopback));
  return inside.address().port;
}

function handshake(): Uint8Array {
  const noise = Uint8Array.from([...x25519KeyPair(systemDice(32)).publicKey, 1, 1, 1]);
  const key = sha256(utf8("udpchat mac1"), new Uint8Array(32));
  const message = {
    version: 1,
    suite: 1,
    purpose: Purpose.directory,
    initiatorId: systemDice(4),
    cookie: new Uint8Array(16),
    noise,
  };
  return writeMessage1(message, (covered) => hmacSha256(key, covered).subarray(0, 16));
}

function garbage(i: number): Uint8Array {
  const bytes = systemDice(1 + (i % 1472));
  const types = [...Object.values(DatagramType), i & 255];
  bytes[0] = types[i % types.length] ?? 0;
  return bytes;
}

/** What one client really sent: as it was, or with another number and so to be opened before it is found to be forged. */
function replay(i: number): Uint8Array {
  const bytes = (captured[i % captured.length] ?? new Uint8Array(25)).slice();
  if (i % 2 === 1 && bytes.length > 9) bytes[8] = (bytes[8] ?? 0) ^ (1 + (i & 127));
  return bytes;
}

const makers = { handshakes: handshake, garbage, replays: replay };

function poolOf(kind: FloodKind): readonly Uint8Array[] {
  if (kind !== "mixed") return Array.from({ length: POOL }, (_, i) => makers[kind](i));
  const all = Object.values(makers);
  return Array.from({ length: POOL }, (_, i) => all[i % all.length]?.(i) ?? new Uint8Array(1));
}

async function flood({ kind, port, perSecond, seconds }: Flood): Promise<Readonly<Record<string, number>>> {
  const pool = poolOf(kind);
  sentBy.fill(0);
  gotBy.fill(0);
  const cpu = process.cpuUsage();
  const started = performance.now();
  let sent = 0;
  while (performance.now() < started + seconds * 1000) {
    const due = perSecond === 0 ? sent + BURST : Math.floor(((performance.now() - started) / 1000) * perSecond);
    for (const end = Math.min(due, sent + BURST); sent < end; sent++) {
      const at = sent % SOURCES;
      const bytes = pool[sent % POOL] ?? new Uint8Array(1);
      sentBy[at] = (sentBy[at] ?? 0) + bytes.length;
      sources[at]?.send(bytes, port, loopback);
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    if (sent < due || perSecond === 0) setImmediate(resolve);
    else setTimeout(resolve, 1);
    await promise;
  }
  const tookMs = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  // What was answered last is still on its way.
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, 200);
  await promise;
  const gains = Array.from(sentBy, (bytes, i) => (gotBy[i] ?? 0) / Math.max(1, bytes));
  return {
    perSecond: (sent / tookMs) * 1000,
    sentBytes: sentBy.reduce((sum, bytes) => sum + bytes, 0),
    gotBytes: gotBy.reduce((sum, bytes) => sum + bytes, 0),
    /** Bytes back for a byte sent, of the address that got most. */
    mostBack: Math.max(...gains),
    cpu: (user + system) / 1000 / tookMs,
  };
}

function tell(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

if (import.meta.main) {
  const [serverPort = "0"] = process.argv.slice(2);
  await standAtManyAddresses();
  tell({ relayPort: await relay(Number(serverPort)) });
  let before: Promise<void> = Promise.resolve();
  createInterface({ input: process.stdin })
    .on("line", (line) => {
      before = before.then(async () => tell(await flood(JSON.parse(line) as Flood)));
    })
    .on("close", () => process.exit());
}
