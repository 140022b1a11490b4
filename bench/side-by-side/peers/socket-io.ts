// Socket.IO on WebSockets from the start, without its detour over polling; events with a text, rooms by its own broadcast.

import { load } from "../../peers/load.ts";
import { type Line, type Place, type Take } from "../contestant.ts";
import { type HubLine, streamContestant } from "../stream-contestant.ts";

interface Socket {
  readonly broadcast: { emit(event: string, text: string): void };
  on(event: string, listener: (text: string) => void): void;
  once(event: string, listener: (value: Error) => void): void;
  emit(event: string, text: string): void;
  disconnect(): void;
}

interface ServerModule {
  readonly Server: new (
    port: number,
    options: object,
  ) => {
    on(event: "connection", listener: (socket: Socket) => void): void;
  };
}

interface ClientModule {
  readonly io: (url: string, options: object) => Socket;
}

const EVENT = "message";
const transports = ["websocket"];

async function listen({ port }: Place, accept: (line: HubLine) => Take): Promise<void> {
  const { Server } = (await load("socket.io")) as ServerModule;
  // Bound at once, so that whoever connects next finds it.
  const server = new Server(port, { transports, serveClient: false });
  server.on("connection", (socket) => {
    const take = accept({
      send: (text) => socket.emit(EVENT, text),
      broadcast: (text) => socket.broadcast.emit(EVENT, text),
    });
    socket.on(EVENT, take);
  });
}

async function connect({ port }: Place, take: Take): Promise<Line> {
  const { io } = (await load("socket.io-client")) as ClientModule;
  const socket = io(`http://127.0.0.1:${port}`, { transports, forceNew: true, reconnection: false });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once("connect", () => resolve());
  socket.once("connect_error", reject);
  socket.on(EVENT, take);
  await promise;
  return {
    send: (text) => socket.emit(EVENT, text),
    close: () => {
      socket.disconnect();
      return Promise.resolve();
    },
  };
}

export const socketIo = streamContestant({ listen, connect });
