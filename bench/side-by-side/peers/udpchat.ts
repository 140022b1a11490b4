// udpchat without history: its client library on profiles in memory, and its server with books in memory.

import { LightClient } from "../../light-client.ts";
import { type Contestant, type Line, type Place, type Take } from "../contestant.ts";
import { answerCalls, caller } from "../greeting-endpoint.ts";
import { endWith } from "../end-with.ts";
import { endWithIllNews } from "../ill-news.ts";
import { serveFromMemory } from "../memory-server.ts";

/** Without limits on what one client may ask for: a bench has few clients that ask for much. */
export const unlimited = { requestsPerSecond: 1e6, requestBurst: 1e6, persons: 40_000 };
export const ANSWERER = "answerer";
export const GROUP = "room";

let callers = 0;

export const udpchat: Contestant = {
  hub: async ({ port }, layout) => {
    await (layout === "greeting" ? answerCalls(port) : serveFromMemory(port, unlimited));
    return [];
  },
  answer: async (place) => {
    await enter(place, ANSWERER);
  },
  call: async (place, acknowledged) => {
    const client = await enter(place, "caller");
    const known = Promise.withResolvers<void>();
    client.onEvent = (event) => {
      if (event.kind === "tableUpdated" && knowsAnswerer(client)) known.resolve();
      endWithIllNews(event);
      if (event.kind === "messageEnded") acknowledged();
    };
    if (!knowsAnswerer(client)) await known.promise;
    return {
      send: (text) => {
        const { kind } = client.ask((machine, now) => machine.send(ANSWERER, text, now));
        if (kind !== "accepted") endWith(`a message is ${kind}`);
      },
      close: () => client.stop(),
    };
  },
  join: async (place, number, take) => joinRoom(await enter(place, `member${number}`), number, take),
  arrive: async (place, number) => {
    const client = await LightClient.enterAtLast(`idle${number}`, { host: "127.0.0.1", port: place.port });
    return { send: () => {}, close: () => client.stop() };
  },
  greeter: ({ port }) => caller(port, callers++),
};

async function enter({ port }: Place, name: string): Promise<LightClient> {
  return LightClient.enter(name, { host: "127.0.0.1", port });
}

function knowsAnswerer(client: LightClient): boolean {
  return client.ask((machine) => machine.table()).some(({ name, isOnline }) => name === ANSWERER && isOnline);
}

/** The first member makes the room that all enter. */
async function joinRoom(client: LightClient, number: number, take: Take): Promise<Line> {
  let done = Promise.withResolvers<void>();
  client.onEvent = (event) => {
    endWithIllNews(event);
    if (event.kind === "groupCreated" || event.kind === "groupEntered") done.resolve();
    if (event.kind === "postReceived") take(event.text);
  };
  if (number === 0) {
    client.ask((machine, now) => machine.createGroup(GROUP, now));
    await done.promise;
    done = Promise.withResolvers<void>();
  }
  client.ask((machine, now) => machine.joinGroup(GROUP, now));
  await done.promise;
  return {
    send: (text) => {
      const { kind } = client.ask((machine, now) => machine.sendGroup(text, now));
      if (kind !== "accepted") endWith(`a post is ${kind}`);
    },
    close: () => client.stop(),
  };
}
