// How long the other side of a conversation may be silent. Pure. PROTOCOL §9.6.

import { verdictMs } from "#chat";
import { type Endpoint } from "#transport";

import { type Conversation, type Outgoing } from "./conversation.ts";
import { type Peers } from "./peers.ts";

/** Somebody who answers the transport and gives no receipt counts as silent after so long. */
const NO_RECEIPT_MS = 10_000;
/** What it takes in counts on so many sessions without a receipt: whoever only reconnects must not put a verdict off for
 * ever. */
export const MOST_RESTARTS = 8;

export interface VerdictClockParts {
  readonly endpoint: Pick<Endpoint, "view">;
  readonly peers: Pick<Peers, "sessionWith">;
  readonly ackTimeoutMs: number;
  /** Probe timeout of the path to the server, ms, where the one to the peer is not measured. */
  readonly serverProbeTimeoutMs: () => number | undefined;
}

/** Times in monotonic ms. */
export class VerdictClock {
  readonly #parts: VerdictClockParts;

  constructor(parts: VerdictClockParts) {
    this.#parts = parts;
  }

  /** Silence that makes a verdict. */
  verdictMs({ toKey }: Conversation): number {
    const { ackTimeoutMs, serverProbeTimeoutMs } = this.#parts;
    return verdictMs(this.#view(toKey)?.probeTimeoutMs ?? serverProbeTimeoutMs() ?? 0, ackTimeoutMs);
  }

  /** When the oldest message that has left directly is given up, unless something comes meanwhile. */
  verdictAt(conversation: Conversation): number {
    const leftAt = conversation.next?.leftAt;
    if (leftAt === undefined) return Number.POSITIVE_INFINITY;
    this.#noteProgress(conversation);
    return dueAt(leftAt, conversation, this.verdictMs(conversation));
  }

  /** The messages that are given up now, the oldest first: those that left so long ago. */
  overdue(conversation: Conversation, now: number): readonly Outgoing[] {
    const ms = this.verdictMs(conversation);
    const overdue: Outgoing[] = [];
    for (const message of conversation.left()) {
      if (dueAt(message.leftAt ?? now, conversation, ms) > now) break;
      overdue.push(message);
    }
    return overdue;
  }

  #noteProgress(conversation: Conversation): void {
    const view = this.#view(conversation.toKey);
    if (view === undefined) return;
    const hasMoved = view.queuedBytes < conversation.queuedBytes;
    if (hasMoved && conversation.restarts <= MOST_RESTARTS)
      conversation.progressAt = Math.max(conversation.progressAt, view.heardAt);
    conversation.queuedBytes = view.queuedBytes;
    conversation.heardAt = Math.max(conversation.heardAt, view.heardAt);
  }

  #view(toKey: Uint8Array): ReturnType<Endpoint["view"]> {
    const session = this.#parts.peers.sessionWith(toKey);
    return session === undefined ? undefined : this.#parts.endpoint.view(session);
  }
}

/** When a message that left then is given up: after silence, or without a receipt and without progress. */
function dueAt(leftAt: number, { heardAt, progressAt }: Conversation, ms: number): number {
  return Math.min(Math.max(leftAt, heardAt) + ms, Math.max(leftAt, progressAt) + NO_RECEIPT_MS);
}
