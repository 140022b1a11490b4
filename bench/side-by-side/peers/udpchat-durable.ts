// udpchat as its library offers it: profiles on disk at both ends, the server's books on disk. An acknowledgement says that
// the message is written where it came from and where it went to.

import { join as joinPath } from "node:path";

import { type ClientEvent } from "#client";
import { type ChatSession, connect, serve } from "#library";

import { type Contestant, type Place } from "../contestant.ts";
import { endWith } from "../end-with.ts";
import { endWithIllNews } from "../ill-news.ts";
import { ANSWERER, GROUP, udpchat, unlimited } from "./udpchat.ts";

export const udpchatDurable: Contestant = {
  hub: async ({ port, folder }) => {
    await serve({ port, folder: joinPath(folder, "server"), hasMailbox: true, onLine: () => {}, limits: unlimited });
    return [];
  },
  answer: async (place) => {
    await enter(place, ANSWERER, () => {});
  },
  call: async (place, acknowledged) => {
    const known = Promise.withResolvers<void>();
    const session = await enter(place, "caller", (event, self) => {
      if (event.kind === "tableUpdated" && knowsAnswerer(self)) known.resolve();
      if (event.kind === "messageEnded") acknowledged();
    });
    if (!knowsAnswerer(session)) await known.promise;
    return {
      send: (text) => {
        const { kind } = session.send(ANSWERER, text);
        if (kind !== "accepted") endWith(`a message is ${kind}`);
      },
      close: () => session.close(),
    };
  },
  join: async (place, number, take) => {
    let done = Promise.withResolvers<void>();
    const session = await enter(place, `member${number}`, (event) => {
      if (event.kind === "groupCreated" || event.kind === "groupEntered") done.resolve();
      if (event.kind === "postReceived") take(event.text);
    });
    if (number === 0) {
      session.createGroup(GROUP);
      await done.promise;
      done = Promise.withResolvers<void>();
    }
    session.joinGroup(GROUP);
    await done.promise;
    return {
      send: (text) => {
        const { kind } = session.sendGroup(text);
        if (kind !== "accepted") endWith(`a post is ${kind}`);
      },
      close: () => session.close(),
    };
  },
  // What is looked at is the server, which does not know where a client has its profile.
  arrive: (place, number) => udpchat.arrive(place, number),
  greeter: (place) => udpchat.greeter(place),
};

/** A registered client whose events are taken as they come. */
async function enter(
  { port, folder }: Place,
  name: string,
  note: (event: ClientEvent, session: ChatSession) => void,
): Promise<ChatSession> {
  const session = await connect({ name, host: "127.0.0.1", port, folder: joinPath(folder, name) });
  const { promise, resolve } = Promise.withResolvers<void>();
  const read = async (): Promise<void> => {
    for await (const event of session) {
      if (event.kind === "registered") resolve();
      endWithIllNews(event);
      note(event, session);
    }
  };
  // An error here is one of the bench: the process ends with it.
  void read();
  await promise;
  return session;
}

function knowsAnswerer(session: ChatSession): boolean {
  return session.table().some(({ name, isOnline }) => name === ANSWERER && isOnline);
}
