// WebSocket over TCP by the package ws, with its defaults: text messages, no compression, nothing encrypted.

import { load } from "../../peers/load.ts";
import { type Line, type Place, type Take } from "../contestant.ts";
import { type HubLine, streamContestant } from "../stream-contestant.ts";

interface Socket {
  on(event: "message", listener: (bytes: Buffer) => void): void;
  once(event: "open" | "close", listener: () => void): void;
  once(event: "error", listener: (error: Error) => void): void;
  send(text: string): void;
  close(): void;
}

interface Server {
  readonly clients: Set<Socket>;
  once(event: "listening", listener: () => void): void;
  on(event: "connection", listener: (socket: Socket) => void): void;
}

interface Module {
  readonly WebSocket: new (url: string) => Socket;
  readonly WebSocketServer: new (options: { readonly host: string; readonly port: number }) => Server;
}

async function listen({ port }: Place, accept: (line: HubLine) => Take): Promise<void> {
  const { WebSocketServer } = (await load("ws")) as Module;
  const server = new WebSocketServer({ host: "127.0.0.1", port });
  server.on("connection", (socket) => {
    const take = accept({
      send: (text) => socket.send(text),
      broadcast: (text) => {
        for (const other of server.clients) if (other !== socket) other.send(text);
      },
    });
    socket.on("message", (bytes) => take(bytes.toString("utf8")));
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.once("listening", resolve);
  await promise;
}

async function connect({ port }: Place, take: Take): Promise<Line> {
  const { WebSocket } = (await load("ws")) as Module;
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once("open", resolve);
  socket.once("error", reject);
  socket.on("message", (bytes) => take(bytes.toString("utf8")));
  await promise;
  return {
    send: (text) => socket.send(text),
    close: async () => {
      const closed = Promise.withResolvers<void>();
      socket.once("close", closed.resolve);
      socket.close();
      await closed.promise;
    },
  };
}

export const ws = streamContestant({ listen, connect });
