// The contestants, each in its natural use. One process holds one end; the sending end is on host a, the receiving one on
// host b.

import { type Recipient, type SendingEnd } from "./channel.ts";
import { receiveByChat, sendByChat, serveChat } from "./chat-channel.ts";
import { receiveByUdx, sendByUdx } from "./udx-channel.ts";
import { type Contestant } from "./weather.ts";
import { receiveByWebSocket, sendByWebSocket } from "./websocket-channel.ts";

/** How a contestant's ends are opened; `folder` is the cell's own. */
interface Carrier {
  readonly receive: (recipient: Recipient, folder: string) => Promise<void>;
  /** Ready when a text can be handed over. */
  readonly send: (folder: string) => Promise<SendingEnd>;
  /** A third process, on host b; ready when it serves. */
  readonly serve?: (folder: string) => Promise<void>;
}

const webSocket: Carrier = { receive: receiveByWebSocket, send: sendByWebSocket };

export const carriers: Readonly<Record<Contestant, Carrier>> = {
  udpchat: { receive: receiveByChat, send: sendByChat, serve: serveChat },
  "ws-cubic": webSocket,
  "ws-bbr": webSocket,
  udx: { receive: receiveByUdx, send: sendByUdx },
};
