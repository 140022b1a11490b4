// A stream of udx-native between two of its sockets, with its defaults; messages stand behind their length in four bytes.

import { type Recipient, type SendingEnd } from "./channel.ts";
import { addresses, type Side } from "./link.ts";
import { peer } from "./peers.ts";

interface Stream {
  connect(socket: object, remoteId: number, port: number, host: string): void;
  write(bytes: Buffer): boolean;
  readonly destroyed: boolean;
  on(event: "data", listener: (bytes: Buffer) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  once(event: "drain", listener: () => void): void;
}

type Module = new () => {
  createSocket(): { bind(port: number, host: string): void };
  createStream(id: number): Stream;
};

const PORT = 8081;
const LENGTH_BYTES = 4;
const ids: Readonly<Record<Side, number>> = { a: 1, b: 2 };

export function receiveByUdx({ take, broken }: Recipient): Promise<void> {
  const stream = open("b", "a");
  let chunks: Buffer[] = [];
  let held = 0;
  stream.on("error", (error) => broken(error.message));
  stream.on("data", (chunk) => {
    chunks.push(Buffer.from(chunk));
    held += chunk.length;
    const first = chunks[0];
    if (first === undefined || held < wanted(first, chunks)) return;
    let bytes = Buffer.concat(chunks);
    while (bytes.length >= LENGTH_BYTES && bytes.length >= LENGTH_BYTES + bytes.readUInt32BE(0)) {
      const end = LENGTH_BYTES + bytes.readUInt32BE(0);
      take(bytes.toString("utf8", LENGTH_BYTES, end));
      bytes = bytes.subarray(end);
    }
    chunks = [bytes];
    held = bytes.length;
  });
  return Promise.resolve();
}

export function sendByUdx(): Promise<SendingEnd> {
  const stream = open("a", "b");
  let failure: Error | undefined;
  let drained: Promise<void> | undefined;
  stream.on("error", (error) => {
    failure = error;
  });
  return Promise.resolve({
    send: (text) => {
      if (failure !== undefined || stream.destroyed) throw failure ?? new Error("closed");
      const body = Buffer.from(text);
      const bytes = Buffer.allocUnsafe(LENGTH_BYTES + body.length);
      bytes.writeUInt32BE(body.length);
      body.copy(bytes, LENGTH_BYTES);
      if (stream.write(bytes)) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      stream.once("drain", resolve);
      drained = promise;
    },
    hasRoom: async () => drained,
  });
}

function open(self: Side, other: Side): Stream {
  const Udx = peer("udx-native") as Module;
  const udx = new Udx();
  const socket = udx.createSocket();
  socket.bind(PORT, addresses[self]);
  const stream = udx.createStream(ids[self]);
  stream.connect(socket, ids[other], PORT, addresses[other]);
  return stream;
}

/** Bytes before the next message is whole; at least those of its length. */
function wanted(first: Buffer, chunks: readonly Buffer[]): number {
  const head = first.length >= LENGTH_BYTES ? first : Buffer.concat(chunks);
  return head.length >= LENGTH_BYTES ? LENGTH_BYTES + head.readUInt32BE(0) : LENGTH_BYTES;
}
