// NATS: its server as Debian has it, with its defaults, and its client; texts published on subjects, acknowledged by a text
// on another, which costs less than its request and reply.

import { load } from "../../peers/load.ts";
import { brokerContestant, type BrokerClient } from "../broker-contestant.ts";
import { type Place, type Take } from "../contestant.ts";
import { endWith } from "../end-with.ts";
import { startProgram } from "../program.ts";

interface Message {
  string(): string;
}

interface Connection {
  subscribe(subject: string, options: { readonly callback: (error: Error | null, message: Message) => void }): void;
  publish(subject: string, text: string): void;
  flush(): Promise<void>;
  close(): Promise<void>;
}

interface Module {
  connect(options: {
    readonly servers: string;
    readonly noEcho: boolean;
    readonly reconnect: boolean;
    readonly name: string;
  }): Promise<Connection>;
}

async function serve({ port }: Place): Promise<readonly number[]> {
  return [await startProgram("nats-server", ["--addr", "127.0.0.1", "--port", String(port)], /Server is ready/)];
}

async function connect(place: Place, name: string, channel: string | undefined, take: Take): Promise<BrokerClient> {
  const module = (await load("@nats-io/transport-node")) as Module;
  const servers = `127.0.0.1:${place.port}`;
  const connection = await module.connect({ servers, noEcho: true, reconnect: false, name });
  if (channel !== undefined) {
    connection.subscribe(channel, {
      callback: (error, message) => {
        if (error !== null) return endWith(error.message);
        take(message.string());
      },
    });
    // The server has the subscription when it has answered what followed it.
    await connection.flush();
  }
  return {
    publish: (to, text) => connection.publish(to, text),
    close: () => connection.close(),
  };
}

export const nats = brokerContestant({ serve, connect });
