// WebSocket over TCP by the package ws, with its defaults: text messages, no compression, TCP_NODELAY on both ends.

import { Bell } from "./bell.ts";
import { type Recipient, type SendingEnd } from "./channel.ts";
import { addresses } from "./link.ts";
import { peer } from "./peers.ts";

/** What is used of ws. */
interface WebSocket {
  readonly bufferedAmount: number;
  readonly readyState: number;
  on(event: "open", listener: () => void): void;
  on(event: "message", listener: (bytes: Buffer) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  on(event: "close", listener: (code: number) => void): void;
  send(text: string, sent: () => void): void;
}

interface WebSocketServer {
  on(event: "listening", listener: () => void): void;
  on(event: "connection", listener: (socket: WebSocket) => void): void;
}

interface Module {
  readonly WebSocket: new (url: string) => WebSocket;
  readonly WebSocketServer: new (options: { readonly host: string; readonly port: number }) => WebSocketServer;
}

const PORT = 8080;
/** Bytes that wait in this process before more are sent. */
const MOST_WAITING = 1024 * 1024;
const OPEN = 1;

export async function receiveByWebSocket({ take, broken }: Recipient): Promise<void> {
  const { WebSocketServer } = peer("ws") as Module;
  const server = new WebSocketServer({ host: addresses.b, port: PORT });
  server.on("connection", (socket) => {
    socket.on("message", (bytes) => take(bytes.toString("utf8")));
    socket.on("error", (error) => broken(error.message));
    socket.on("close", (code) => broken(`closed with ${code}`));
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.on("listening", resolve);
  await promise;
}

export async function sendByWebSocket(): Promise<SendingEnd> {
  const { WebSocket } = peer("ws") as Module;
  const socket = new WebSocket(`ws://${addresses.b}:${PORT}`);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.on("open", resolve);
  socket.on("error", reject);
  await promise;
  const moved = new Bell();
  return {
    send: (text) => {
      if (socket.readyState !== OPEN) throw new Error("closed");
      socket.send(text, () => moved.ring());
    },
    hasRoom: async () => {
      while (socket.bufferedAmount > MOST_WAITING) await moved.rung();
    },
  };
}
