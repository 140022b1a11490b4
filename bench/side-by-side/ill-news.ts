// Events that end a measurement: what a client of udpchat says when it will not have what was sent.

import { type ClientEvent } from "#client";

import { endWith } from "./end-with.ts";

const illNews: ReadonlySet<ClientEvent["kind"]> = new Set([
  "requestRefused",
  "removedFromGroup",
  "serverSilent",
  "nameTaken",
  "refused",
]);

/** Ends the process with such an event. */
export function endWithIllNews(event: ClientEvent): void {
  const isLost = event.kind === "messageEnded" && event.end !== "received";
  if (!isLost && !illNews.has(event.kind)) return;
  endWith(`a client was told ${isLost ? event.end : event.kind}`);
}
