// UDP ports for servers and clients that are about to be started: below those that systems hand out by themselves, so that
// no socket gets one by chance, and from a block that is this process's own, so that no other run of tests does.

import { createSocket, type Socket } from "node:dgram";

/** From here to below 32768, where Linux begins to hand out; other systems begin at 49152. */
const firstPort = 20_000;
const blocks = 200;
const portsPerBlock = 60;

let block: Promise<number> | undefined;
let given = 0;

/** A port that nobody uses at this moment, and that nobody is given but who asks for it by its number. */
export async function freePort(): Promise<number> {
  block ??= ownBlock();
  const first = await block;
  for (let tries = 0; tries < portsPerBlock; tries++) {
    // The first one stands for the block.
    const port = first + 1 + (given++ % (portsPerBlock - 1));
    const socket = await bound(port);
    if (socket === undefined) continue;
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.close(resolve);
    await promise;
    return port;
  }
  throw new Error(`all ports from ${first} to ${first + portsPerBlock - 1} are in use`);
}

/** The first port of a block, held until this process ends. */
async function ownBlock(): Promise<number> {
  for (let i = 0; i < blocks; i++) {
    const first = firstPort + ((process.pid + i) % blocks) * portsPerBlock;
    const socket = await bound(first);
    if (socket === undefined) continue;
    socket.unref();
    return first;
  }
  throw new Error(`all blocks of ports from ${firstPort} on are in use`);
}

/** A socket on that port of all addresses of both families; none if somebody has it. */
async function bound(port: number): Promise<Socket | undefined> {
  const socket = createSocket("udp6");
  const { promise, resolve, reject } = Promise.withResolvers<Socket | undefined>();
  socket.once("error", (error: NodeJS.ErrnoException) => {
    socket.close();
    if (error.code === "EADDRINUSE") resolve(undefined);
    else reject(error);
  });
  socket.bind(port, () => resolve(socket));
  return promise;
}
