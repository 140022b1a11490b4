// libp2p over TCP with Noise and Yamux, its usual choice between Node processes: one stream a connection, texts behind their
// length. Its bounds on connections from one address are lifted.

import { load } from "../../peers/load.ts";
import { type Line, type Place, type Take } from "../contestant.ts";
import { framed, Unframer } from "../length-prefixed.ts";
import { type HubLine, streamContestant } from "../stream-contestant.ts";

interface Stream {
  addEventListener(event: "message", listener: (event: { readonly data: Bytes }) => void): void;
  addEventListener(event: "close", listener: () => void): void;
  send(bytes: Uint8Array): boolean;
}

/** Its bytes come in one piece or several; either way they can be had as one. */
interface Bytes {
  subarray(): Uint8Array;
}

interface Connection {
  newStream(protocol: string): Promise<Stream>;
  close(): Promise<void>;
}

interface Node {
  handle(protocol: string, handler: (stream: Stream) => void, options: object): Promise<void>;
  dial(to: unknown, options: { readonly force: boolean }): Promise<Connection>;
}

const PROTOCOL = "/udpchat-bench/1";
const MOST_CONNECTIONS = 20_000;

let dialer: Promise<Node> | undefined;

async function node(listen: readonly string[]): Promise<Node> {
  const { createLibp2p } = (await load("libp2p")) as { createLibp2p(options: object): Promise<Node> };
  const { tcp } = (await load("@libp2p/tcp")) as { tcp(): unknown };
  const { noise } = (await load("@libp2p/noise")) as { noise(): unknown };
  const { yamux } = (await load("@libp2p/yamux")) as { yamux(): unknown };
  return createLibp2p({
    addresses: { listen },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false },
    connectionManager: {
      maxConnections: MOST_CONNECTIONS,
      inboundConnectionThreshold: MOST_CONNECTIONS,
      maxIncomingPendingConnections: MOST_CONNECTIONS,
      maxParallelDials: 64,
    },
  });
}

async function listen({ port }: Place, accept: (line: HubLine) => Take): Promise<void> {
  const hub = await node([address(port)]);
  const streams = new Set<Stream>();
  const open = (stream: Stream): void => {
    streams.add(stream);
    stream.addEventListener("close", () => streams.delete(stream));
    const take = accept({
      send: (text) => stream.send(framed(text)),
      broadcast: (text) => {
        const bytes = framed(text);
        for (const other of streams) if (other !== stream) other.send(bytes);
      },
    });
    listenTo(stream, take);
  };
  await hub.handle(PROTOCOL, open, { maxInboundStreams: MOST_CONNECTIONS });
}

async function connect({ port }: Place, take: Take): Promise<Line> {
  const { multiaddr } = (await load("@multiformats/multiaddr")) as { multiaddr(text: string): unknown };
  dialer ??= node([]);
  // Connections of their own, though they are between the same two.
  const connection = await (await dialer).dial(multiaddr(address(port)), { force: true });
  const stream = await connection.newStream(PROTOCOL);
  listenTo(stream, take);
  return {
    send: (text) => stream.send(framed(text)),
    close: () => connection.close(),
  };
}

function address(port: number): string {
  return `/ip4/127.0.0.1/tcp/${port}`;
}

function listenTo(stream: Stream, take: Take): void {
  const unframer = new Unframer(take);
  stream.addEventListener("message", ({ data }) => {
    const { buffer, byteOffset, byteLength } = data.subarray();
    unframer.push(Buffer.from(buffer, byteOffset, byteLength));
  });
}

export const libp2p = streamContestant({ listen, connect });
