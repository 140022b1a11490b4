// Server events as the lines that a server prints. Pure. BEHAVIOUR "Lines a server prints"; the prompt is the printer's.

import { showAddress } from "#wire";

import { type ServerEvent } from "./server-event.ts";

/** The lines for an event, without the prompt: one, and one for each name of a list. */
export function serverLines(event: ServerEvent): readonly string[] {
  const first = firstLine(event);
  if (event.kind === "groupsListed") return [first, ...event.groups];
  if (event.kind === "membersListed") return [first, ...event.members];
  return [first];
}

function firstLine(event: ServerEvent): string {
  const client = `[Client ${event.name}`;
  switch (event.kind) {
    case "registered":
      return `${client} registered from ${showAddress(event.address)}]`;
    case "deregistered":
      return `${client} deregistered]`;
    case "wentOffline":
      return `${client} offline: no answer]`;
    case "groupCreated":
      return `${client} created group ${event.group} successfully]`;
    case "groupNotCreated":
      return `${client} creating group ${event.group} failed, group already exists]`;
    case "groupsListed":
      return `${client} requested listing groups, current groups:]`;
    case "groupJoined":
      return `${client} joined group ${event.group}]`;
    case "groupNotJoined":
      return `${client} joining group ${event.group} failed, group does not exist]`;
    case "groupPostTaken":
      return `${client} sent group message]`;
    case "membersListed":
      return `${client} requested listing members of group ${event.group}:]`;
    case "groupLeft":
      return `${client} left group ${event.group}]`;
    case "memberRemoved":
      return `${client} not responsive, removed from group ${event.group}]`;
    case "messageSaved":
      return `[Message for ${event.name} saved]`;
    default:
      throw new TypeError(`no such event: ${JSON.stringify(event satisfies never)}`);
  }
}
