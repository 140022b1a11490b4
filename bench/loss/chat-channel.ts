// udpchat as its library offers it: two clients with profiles on disk, and a server on the host of the receiving one.

import { join } from "node:path";

import { type ChatSession, connect, serve } from "#library";

import { Bell } from "./bell.ts";
import { type Recipient, type SendingEnd } from "./channel.ts";
import { addresses } from "./link.ts";

const PORT = 4119;
const SENDER = "ana";
const RECIPIENT = "bob";
/** Messages without a verdict before more are sent: 4 MiB of large ones. */
const MOST_PENDING = 128;

export async function serveChat(folder: string): Promise<void> {
  await serve({ port: PORT, folder, hasMailbox: true, onLine: () => {} });
}

export async function receiveByChat({ take, broken }: Recipient, folder: string): Promise<void> {
  const session = await open(RECIPIENT, folder);
  const { promise, resolve } = Promise.withResolvers<void>();
  const read = async (): Promise<void> => {
    for await (const event of session) {
      if (event.kind === "messageReceived") take(event.text);
      if (event.kind === "registered") resolve();
    }
  };
  read().catch((error: unknown) => broken(String(error)));
  await promise;
}

export async function sendByChat(folder: string): Promise<SendingEnd> {
  const session = await open(SENDER, folder);
  const isKnown = Promise.withResolvers<void>();
  const moved = new Bell();
  const read = async (): Promise<void> => {
    for await (const _event of session) {
      if (session.table().some(({ name, isOnline }) => name === RECIPIENT && isOnline)) isKnown.resolve();
      moved.ring();
    }
  };
  read().catch((error: unknown) => isKnown.reject(error));
  await isKnown.promise;
  return {
    send: (text) => {
      const { kind } = session.send(RECIPIENT, text);
      if (kind !== "accepted") throw new Error(kind);
    },
    hasRoom: async () => {
      while (session.pending >= MOST_PENDING) await moved.rung();
    },
  };
}

function open(name: string, folder: string): Promise<ChatSession> {
  return connect({ name, host: addresses.b, port: PORT, folder: join(folder, name) });
}
