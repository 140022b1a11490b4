// The floor: bare datagrams, neither encrypted nor repeated nor in any order but the network's.

import { createSocket, type Socket } from "node:dgram";

import { type Line, type Place, type Take } from "../contestant.ts";
import { type HubLine, streamContestant } from "../stream-contestant.ts";

const HOST = "127.0.0.1";
const BUFFER_BYTES = 4 * 1024 * 1024;

/** Addresses are numbers here: node's default would ask the resolver for every datagram. */
function open(): Socket {
  return createSocket({ type: "udp4", lookup: (host, _, found) => found(null, host, 4) });
}

async function bind(socket: Socket, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once("error", reject);
  socket.bind(port, HOST, resolve);
  await promise;
  socket.setRecvBufferSize(BUFFER_BYTES);
}

async function listen({ port }: Place, accept: (line: HubLine) => Take): Promise<void> {
  const socket = open();
  let callerPort = 0;
  const take = accept({
    send: (text) => socket.send(text, callerPort, HOST),
    broadcast: () => {
      throw new Error("datagrams have no rooms");
    },
  });
  socket.on("message", (bytes, from) => {
    callerPort = from.port;
    take(bytes.toString("latin1"));
  });
  await bind(socket, port);
}

async function connect({ port }: Place, take: Take): Promise<Line> {
  const socket = open();
  socket.on("message", (bytes) => take(bytes.toString("latin1")));
  await bind(socket, 0);
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.connect(port, HOST, () => resolve());
  await promise;
  return {
    send: (text) => socket.send(text),
    close: async () => {
      const closed = Promise.withResolvers<void>();
      socket.close(() => closed.resolve());
      await closed.promise;
    },
  };
}

export const datagramFloor = streamContestant({ listen, connect });
