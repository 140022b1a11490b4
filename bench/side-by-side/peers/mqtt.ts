// MQTT over TCP at quality of service 0: the broker aedes in the hub's process, mqtt.js at the ends.

import { createServer, type Socket } from "node:net";

import { load } from "../../peers/load.ts";
import { brokerContestant, type BrokerClient } from "../broker-contestant.ts";
import { type Place, type Take } from "../contestant.ts";

interface Broker {
  readonly Aedes: { createBroker(): Promise<{ readonly handle: (socket: Socket) => void }> };
}

interface Client {
  on(event: "message", listener: (topic: string, payload: Buffer) => void): void;
  subscribeAsync(topic: string): Promise<unknown>;
  publish(topic: string, text: string): void;
  endAsync(): Promise<void>;
}

interface Module {
  connectAsync(url: string, options: { readonly clientId: string; readonly reconnectPeriod: number }): Promise<Client>;
}

async function serve({ port }: Place): Promise<readonly number[]> {
  const { Aedes } = (await load("aedes")) as Broker;
  const broker = await Aedes.createBroker();
  const server = createServer({ noDelay: true }, broker.handle);
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(port, "127.0.0.1", resolve);
  await promise;
  return [];
}

async function connect(place: Place, name: string, channel: string | undefined, take: Take): Promise<BrokerClient> {
  const module = (await load("mqtt")) as Module;
  const client = await module.connectAsync(`mqtt://127.0.0.1:${place.port}`, { clientId: name, reconnectPeriod: 0 });
  client.on("message", (_, payload) => take(payload.toString("utf8")));
  if (channel !== undefined) await client.subscribeAsync(channel);
  return {
    publish: (to, text) => client.publish(to, text),
    close: () => client.endAsync(),
  };
}

export const mqtt = brokerContestant({ serve, connect });
