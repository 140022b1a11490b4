// What a client prints when something happens, row by row of behaviour.md, "Lines a client prints". Pure.

import type { ClientEvent } from "#client";

import { shownText } from "./shown-text.ts";
import { believableTimeMs, shownTime } from "./shown-time.ts";

type Ended = Extract<ClientEvent, { readonly kind: "messageEnded" }>;
type Received = Extract<ClientEvent, { readonly kind: "messageReceived" }>;
type Post = Extract<ClientEvent, { readonly kind: "postReceived" }>;

/** The lines for one event, without their prompt and safe for a terminal; `now` is wall-clock milliseconds. */
export function shownEvent(event: ClientEvent, now: number): readonly string[] {
  switch (event.kind) {
    case "registered":
      return ["[Welcome, You are registered.]"];
    case "tableUpdated":
      return ["[Client table updated.]"];
    case "messageReceived":
      return [received(event, now)];
    case "mailBegan":
      return ["[You have messages]"];
    case "privateKept":
      return [`[Private message from ${shownText(event.from)}, shown when you leave.]`];
    case "messageMailed":
      return [`[No ACK from ${shownText(event.to)}, message sent to server.]`];
    case "messageEnded":
      return [verdict(event)];
    case "mailCollected":
      return [`[Offline Message sent at ${shownTime(event.sentAtMs)} received by ${shownText(event.to)}.]`];
    case "postTaken":
      return ["[Message received by Server.]"];
    case "postReceived":
      return [post(event)];
    case "groupCreated":
      return [`[Group ${shownText(event.group)} created by Server.]`];
    case "groupExists":
      return [`[Group ${shownText(event.group)} already exists.]`];
    case "groupEntered":
      return [`[Entered group ${shownText(event.group)} successfully]`];
    case "groupMissing":
      return [`[Group ${shownText(event.group)} does not exist]`];
    case "groupLeft":
      return [`[Leave group chat ${shownText(event.group)}]`];
    case "groupsListed":
      return ["[Available group chats:]", ...event.groups.map(shownText)];
    case "membersListed":
      return [`[Members in the group ${shownText(event.group)}:]`, ...event.members.map(shownText)];
    case "removedFromGroup":
      return [`[You were removed from group ${shownText(event.group)}.]`];
    case "requestRefused":
    case "refused":
      return [refusal(event.reason)];
    case "keyChanged": {
      const name = shownText(event.name);
      return [`[Key of ${name} changed: message held. trust ${name} to accept.]`];
    }
    case "unknownName":
      return [unknownName(event.name)];
    case "nothingToAccept":
      return [nothingToAccept(event.name)];
    case "serverSilent": {
      const kept = event.kept > 0 ? [`[${event.kept} messages kept, sent when you are back.]`] : [];
      return [...kept, "[Server not responding]"];
    }
    case "deregistered":
      return ["[You are Offline. Bye.]"];
    case "nameTaken":
      return [`[Name ${shownText(event.name)} is taken.]`];
    case "serverChanged":
    case "versionUnknown":
    case "profileFailed":
      return [];
    default:
      return unreachable(event);
  }
}

/** Nobody has that name, as the session or the server says. */
export function unknownName(name: string): string {
  return `[No such client: ${shownText(name)}]`;
}

/** The key of that name has not changed. */
export function nothingToAccept(name: string): string {
  return `[Nothing to accept from ${shownText(name)}.]`;
}

/** Something was asked and is not done. */
export function refusal(reason: string): string {
  return `[Refused: ${shownText(reason)}]`;
}

function received({ from, text, sentAtMs, isLate, mailedAtMs }: Received, now: number): string {
  const atMs = mailedAtMs ?? (isLate ? believableTimeMs(sentAtMs, now) : undefined);
  return `${shownText(from)}: ${timeBefore(atMs)}${shownText(text)}`;
}

function post({ group, from, text, mailedAtMs }: Post): string {
  if (group !== undefined) return `Group_Message ${shownText(from)}: ${shownText(text)}`;
  return `Channel_Message ${shownText(from)}: ${timeBefore(mailedAtMs)}${shownText(text)}`;
}

function timeBefore(atMs: number | undefined): string {
  return atMs === undefined ? "" : `${shownTime(atMs)} `;
}

function verdict({ to, end, reason }: Ended): string {
  const name = shownText(to);
  switch (end) {
    case "received":
      return `[Message received by ${name}.]`;
    case "notDelivered":
      return `[No ACK from ${name}, message not delivered]`;
    case "saved":
      return "[Messages received by the server and saved]";
    case "exists":
      return `[Client ${name} exists!!]`;
    case "refused":
      return refusal(reason ?? "the server gave no reason");
    default:
      return unreachable(end);
  }
}

function unreachable(value: never): never {
  throw new TypeError(`not expected: ${String(value)}`);
}
