// Node's own TLS 1.3 with a certificate made for the cell, no session resumed; texts behind their length.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { connect as connectTls, createServer, type TLSSocket } from "node:tls";

import { type Line, type Place, type Take, Unavailable } from "../contestant.ts";
import { writeCorked } from "../corked.ts";
import { framed, Unframer } from "../length-prefixed.ts";
import { type HubLine, streamContestant } from "../stream-contestant.ts";

const KEY = "key.pem";
const CERTIFICATE = "certificate.pem";

/** By the openssl program, as Node makes no certificates. */
function makeCertificate(folder: string): void {
  const subject = ["-subj", "/CN=udpchat bench", "-addext", "subjectAltName=IP:127.0.0.1"];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", join(folder, KEY)];
  try {
    execFileSync("openssl", ["req", "-x509", ...key, ...subject, "-out", join(folder, CERTIFICATE)], { stdio: "pipe" });
  } catch (error) {
    throw new Unavailable(`openssl makes no certificate: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function listen({ port, folder }: Place, accept: (line: HubLine) => Take): Promise<void> {
  makeCertificate(folder);
  const key = readFileSync(join(folder, KEY));
  const cert = readFileSync(join(folder, CERTIFICATE));
  const sockets = new Set<TLSSocket>();
  const server = createServer({ key, cert, minVersion: "TLSv1.3", noDelay: true }, (socket) => {
    sockets.add(socket);
    const take = accept({
      send: (text) => writeCorked(socket, framed(text)),
      broadcast: (text) => {
        const bytes = framed(text);
        for (const other of sockets) if (other !== socket) writeCorked(other, bytes);
      },
    });
    const unframer = new Unframer(take);
    socket.on("data", (piece: Buffer) => unframer.push(piece));
    // Whoever goes without a goodbye is gone, too.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(port, "127.0.0.1", resolve);
  await promise;
}

async function connect({ port, folder }: Place, take: Take): Promise<Line> {
  const ca = readFileSync(join(folder, CERTIFICATE));
  const socket = connectTls({ host: "127.0.0.1", port, ca, minVersion: "TLSv1.3" });
  socket.setNoDelay(true);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once("secureConnect", resolve);
  socket.once("error", reject);
  const unframer = new Unframer(take);
  socket.on("data", (piece: Buffer) => unframer.push(piece));
  await promise;
  return {
    send: (text) => writeCorked(socket, framed(text)),
    close: async () => {
      const closed = Promise.withResolvers<void>();
      socket.once("close", () => closed.resolve());
      socket.end();
      await closed.promise;
    },
  };
}

export const tls = streamContestant({ listen, connect });
