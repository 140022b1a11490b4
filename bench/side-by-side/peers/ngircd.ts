// IRC: ngircd as Debian has it, without its brake for people who type too fast; at the ends the few lines of the protocol
// that a text in a channel needs.

import { writeFileSync } from "node:fs";
import { connect as connectTcp, type Socket } from "node:net";
import { join } from "node:path";

import { brokerContestant, type BrokerClient } from "../broker-contestant.ts";
import { type Place, type Take } from "../contestant.ts";
import { writeCorked } from "../corked.ts";
import { startProgram } from "../program.ts";

/** No look-ups, no bounds on connections, and no pause after many commands. */
function configuration(port: number): string {
  return `[Global]
Name = bench.udpchat
AdminInfo1 = bench
Listen = 127.0.0.1
Ports = ${port}
MotdPhrase = bench
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxNickLength = 30
MaxPenaltyTime = 0
PingTimeout = 3600
[Options]
DNS = no
Ident = no
PAM = no
`;
}

async function serve({ port, folder }: Place): Promise<readonly number[]> {
  const file = join(folder, "ngircd.conf");
  writeFileSync(file, configuration(port));
  return [await startProgram("ngircd", ["--nodaemon", "--config", file], /Now listening on/)];
}

async function connect(place: Place, name: string, channel: string | undefined, take: Take): Promise<BrokerClient> {
  const socket = connectTcp({ host: "127.0.0.1", port: place.port, noDelay: true });
  const waiting = new Map<string, () => void>();
  const failed = Promise.withResolvers<never>();
  socket.once("error", failed.reject);
  socket.once("close", () => failed.reject(new Error("ngircd closed the connection")));
  readLines(socket, (line) => {
    const text = line.indexOf(" PRIVMSG ");
    if (text > 0) return take(line.slice(line.indexOf(" :", text) + 2));
    if (line.startsWith("PING ")) return void socket.write(`PONG ${line.slice(5)}\r\n`);
    waiting.get(line.split(" ")[1] ?? "")?.();
  });
  const reply = (code: string): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.set(code, resolve);
    return Promise.race([promise, failed.promise]);
  };
  socket.write(`NICK ${name}\r\nUSER ${name} 0 * :${name}\r\n`);
  // RPL_WELCOME, RPL_ENDOFNAMES: RFC 2812 §5.1.
  await reply("001");
  if (channel !== undefined) {
    socket.write(`JOIN #${channel}\r\n`);
    await reply("366");
  }
  // Who writes into a channel without being in it needs no JOIN: ngircd's channels are open to that unless set otherwise.
  failed.promise.catch(() => {});
  return {
    publish: (to, text) => writeCorked(socket, `PRIVMSG #${to} :${text}\r\n`),
    close: async () => {
      const closed = Promise.withResolvers<void>();
      socket.once("close", () => closed.resolve());
      socket.end("QUIT\r\n");
      await closed.promise;
    },
  };
}

function readLines(socket: Socket, take: (line: string) => void): void {
  let rest = "";
  socket.setEncoding("utf8");
  socket.on("data", (piece: string) => {
    const lines = (rest + piece).split("\r\n");
    rest = lines.pop() ?? "";
    for (const line of lines) take(line);
  });
}

export const ngircd = brokerContestant({ serve, connect });
