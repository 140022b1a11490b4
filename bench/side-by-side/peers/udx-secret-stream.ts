// Streams of udx-native, encrypted by @hyperswarm/secret-stream (Noise XX, its default): messages as it frames them. Who
// wants to connect says so in a bare datagram with its stream's id and is told the id of the other one, where the two's
// usual surroundings have a DHT.

import { setTimeout as pause } from "node:timers/promises";

import { load } from "../../peers/load.ts";
import { type Line, type Place, type Take } from "../contestant.ts";
import { type HubLine, streamContestant } from "../stream-contestant.ts";

interface UdxStream {
  connect(socket: UdxSocket, remoteId: number, port: number, host: string): void;
}

interface UdxSocket {
  bind(port: number, host: string): void;
  on(event: "message", listener: (bytes: Buffer, from: { readonly host: string; readonly port: number }) => void): void;
  send(bytes: Buffer, port: number, host: string): Promise<boolean>;
  close(): Promise<void>;
}

type Udx = new () => { createSocket(): UdxSocket; createStream(id: number): UdxStream };

interface Stream {
  readonly opened: Promise<boolean>;
  write(bytes: Buffer): boolean;
  destroy(): void;
  on(event: "data", listener: (bytes: Buffer) => void): void;
  on(event: "error" | "close", listener: () => void): void;
}

type SecretStream = new (isInitiator: boolean, stream: UdxStream) => Stream;

const HOST = "127.0.0.1";
const CALLER_ID = 1;
const REPEAT_MS = 250;
const MOST_CALLS = 20;

async function modules(): Promise<{ readonly Udx: Udx; readonly Secret: SecretStream }> {
  const { default: Udx } = (await load("udx-native")) as { readonly default: Udx };
  const { default: Secret } = (await load("@hyperswarm/secret-stream")) as { readonly default: SecretStream };
  return { Udx, Secret };
}

async function listen({ port }: Place, accept: (line: HubLine) => Take): Promise<void> {
  const { Udx, Secret } = await modules();
  const udx = new Udx();
  const socket = udx.createSocket();
  const streams = new Set<Stream>();
  /** The id of our stream, by the caller's address. */
  const ids = new Map<number, number>();
  const answer = (callerPort: number): void => {
    const id = ids.size + 1;
    ids.set(callerPort, id);
    const udxStream = udx.createStream(id);
    udxStream.connect(socket, CALLER_ID, callerPort, HOST);
    const stream = new Secret(false, udxStream);
    streams.add(stream);
    const take = accept({
      send: (text) => stream.write(Buffer.from(text)),
      broadcast: (text) => {
        const bytes = Buffer.from(text);
        for (const other of streams) if (other !== stream) other.write(bytes);
      },
    });
    stream.on("data", (bytes) => take(bytes.toString("utf8")));
    // Callers end theirs by destroying it, which is an error here.
    stream.on("error", () => streams.delete(stream));
    stream.on("close", () => streams.delete(stream));
  };
  socket.on("message", (_, from) => {
    if (!ids.has(from.port)) answer(from.port);
    const told = Buffer.alloc(4);
    told.writeUInt32BE(ids.get(from.port) ?? 0);
    void socket.send(told, from.port, HOST);
  });
  socket.bind(port, HOST);
}

async function connect({ port }: Place, take: Take): Promise<Line> {
  const { Udx, Secret } = await modules();
  const udx = new Udx();
  const socket = udx.createSocket();
  const told = Promise.withResolvers<number>();
  socket.on("message", (bytes) => told.resolve(bytes.readUInt32BE()));
  socket.bind(0, HOST);
  const remoteId = await call(socket, port, told.promise);
  const udxStream = udx.createStream(CALLER_ID);
  udxStream.connect(socket, remoteId, port, HOST);
  const stream = new Secret(true, udxStream);
  stream.on("data", (bytes) => take(bytes.toString("utf8")));
  if (!(await stream.opened)) throw new Error("the stream did not open");
  return {
    send: (text) => stream.write(Buffer.from(text)),
    close: async () => {
      stream.destroy();
      await socket.close();
    },
  };
}

/** A datagram may be lost: it is sent again until there is an answer. */
async function call(socket: UdxSocket, port: number, told: Promise<number>): Promise<number> {
  for (let calls = 0; calls < MOST_CALLS; calls++) {
    await socket.send(Buffer.from("hello"), port, HOST);
    const answered = new AbortController();
    const id = await Promise.race([
      told,
      pause(REPEAT_MS, undefined, { signal: answered.signal }).catch(() => undefined),
    ]);
    answered.abort();
    if (id !== undefined) return id;
  }
  throw new Error("no answer");
}

export const udxSecretStream = streamContestant({ listen, connect });
