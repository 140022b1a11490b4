// What `why` prints: where a message of ours is, and every try before, each with the ms since it was typed. Pure.
//
//   [Message 3 to bob, 12 bytes: delivered]
//   [0.6 ms: left for 192.168.1.31:40112 2 times, at 0.6, 5.7 ms]
//   [7.1 ms: delivered]

import type { SentMessage, Try, Whereabout } from "#client";
import type { ChatSession } from "#library";

import { shownText } from "./shown-text.ts";
import { addressText } from "./table-line.ts";

type Left = Extract<Try, { readonly kind: "left" }>;

/** A message up to so long leaves in one datagram. */
const shortBytes = 1000;

/** `number` is as it was typed: empty for the last. */
export function whyLines(session: Pick<ChatSession, "sentCount" | "sentMessage">, number: string): readonly string[] {
  const message = session.sentMessage(number === "" ? undefined : Number(number));
  if (message !== undefined) return linesOf(message);
  const { sentCount } = session;
  if (sentCount === 0) return ["[Nothing was sent yet.]"];
  return Number(number) > sentCount ? [`[The last message is ${sentCount}.]`] : [`[Message ${number} is forgotten.]`];
}

function linesOf(message: SentMessage): readonly string[] {
  const { bytes, is, number, tries } = message;
  const head = `[Message ${number} to ${recipientOf(message)}, ${bytes} bytes: ${whereabouts[is]}]`;
  return [head, ...tries.map((each) => `[${tryText(each, bytes)}]`)];
}

function recipientOf({ group, to }: SentMessage): string {
  if (to !== undefined) return shownText(to);
  return group === undefined ? "everybody" : `group ${shownText(group)}`;
}

const whereabouts: Readonly<Record<Whereabout, string>> = {
  kept: "kept here",
  held: "held here until the key is trusted",
  sent: "sent, no receipt yet",
  asked: "kept here, the server is asked to keep it",
  saved: "saved at the server",
  handedOver: "at the server, which found the recipient there",
  taken: "taken by the server, which passes it on",
  delivered: "delivered",
  notDelivered: "not delivered",
  refused: "refused",
  nobody: "nobody has that name",
};

function tryText(each: Try, bytes: number): string {
  switch (each.kind) {
    case "called":
      return `${ms(each.atMs)} ms: called ${addressText(each.address)}`;
    case "left":
      return leftText(each, bytes);
    case "asked":
      return `${ms(each.atMs)} ms: asked the server to keep it`;
    case "told":
      return `${ms(each.atMs)} ms: ${whereabouts[each.is]}${each.reason === undefined ? "" : `: ${shownText(each.reason)}`}`;
    default:
      return each satisfies never;
  }
}

function leftText({ address, datagrams, lastMs, timesMs }: Left, bytes: number): string {
  const first = `${ms(timesMs[0] ?? 0)} ms: left for ${addressText(address)}`;
  if (datagrams === 1) return first;
  if (bytes > shortBytes) return `${first} in ${datagrams} datagrams, the last at ${ms(lastMs)} ms`;
  const times = timesMs.map(ms).join(", ");
  const more = datagrams > timesMs.length ? ` and up to ${ms(lastMs)}` : "";
  return `${first} ${datagrams} times, at ${times}${more} ms`;
}

function ms(value: number): string {
  return value.toFixed(1);
}
