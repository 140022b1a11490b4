// What an endpoint tells whoever watches it: plain data about what left, came in and was lost. Pure. PROTOCOL §7.4.
// Never a key, never a token, never a byte of a message: a frame that carries a message is told by lane, number, lengths.

import { type Address, DatagramType, type Frame, type LocalSessionId, readFrames, sessionIdBytes } from "#wire";

import { type SentFrame } from "./sent-frame.ts";
import { type TransportEvent } from "./transport-event.ts";

/** A frame without what people say and without what proves anything. */
export type ObservedFrame =
  | Extract<Frame, { readonly type: "ack" | "credit" | "blocked" | "ping" }>
  | { readonly type: "challenge" | "response" | "observedAddress" }
  | {
      readonly type: "message";
      readonly lane: number;
      readonly number: number;
      readonly offset: number;
      readonly length: number;
      readonly total: number;
    }
  | { readonly type: "close"; readonly code: number };

/** A datagram that is no packet of a session. */
type ObservedKind = Exclude<keyof typeof DatagramType, "packet"> | "unknown";

/** What happened, told as it happens; ids of sessions as their receiver chose them, sizes in bytes of datagrams. A checksum
 * is one of all bytes of a datagram, by which the two ends find the same one. */
export type Observation =
  | {
      readonly kind: "packetSent";
      /** The id that the packet is addressed to, the same at both ends. */
      readonly id: Uint8Array;
      readonly number: number;
      readonly bytes: number;
      readonly checksum: number;
      readonly address: Address;
      readonly frames: readonly ObservedFrame[];
      /** The first so many of the messages in it are second copies (PROTOCOL §5.7). */
      readonly copies: number;
    }
  | {
      readonly kind: "packetReceived";
      readonly id: Uint8Array;
      readonly number: number;
      readonly bytes: number;
      readonly address: Address;
      readonly frames: readonly ObservedFrame[];
    }
  | { readonly kind: "packetLost"; readonly id: Uint8Array; readonly number: number }
  /** Addressed to nobody here; or forged, or here before. */
  | {
      readonly kind: "packetDropped";
      readonly why: "unknownSession" | "unusable";
      readonly bytes: number;
      readonly checksum: number;
      readonly address: Address;
    }
  | {
      readonly kind: "metricsUpdated";
      readonly id: Uint8Array;
      readonly smoothedMs: number;
      readonly variationMs: number;
      readonly latestMs: number;
      readonly leastMs: number;
      readonly windowBytes: number;
      readonly bytesInFlight: number;
    }
  | {
      readonly kind: "datagramSent" | "datagramReceived";
      readonly type: ObservedKind;
      readonly bytes: number;
      readonly checksum: number;
      readonly address: Address;
    }
  | {
      readonly kind: "sessionOpened";
      readonly ownId: Uint8Array;
      readonly remoteId: Uint8Array;
      readonly opener: "us" | "them";
      readonly address: Address;
    }
  | { readonly kind: "sessionMoved"; readonly ownId: Uint8Array; readonly address: Address }
  /** This side seals with the next keys from now on. */
  | { readonly kind: "keysRenewed"; readonly ownId: Uint8Array }
  /** One of two sessions with the same endpoint goes; `sessionEnded` follows. */
  | { readonly kind: "sessionSuperseded"; readonly ownId: Uint8Array; readonly why: SupersededWhy }
  | { readonly kind: "sessionEnded"; readonly ownId: Uint8Array; readonly by: string };

/** What the one of two sessions that stays was to the other. */
export type SupersededWhy = "replaced" | "forgotten" | "bothOpened" | "newer";

/** Whoever watches; `note` may come and go, and must not throw. */
export interface Observer {
  note: ((seen: Observation) => void) | undefined;
}

interface Metrics {
  readonly roundTrip: {
    readonly smoothed: number;
    readonly variation: number;
    readonly latest: number;
    readonly least: number;
  };
  readonly windowBytes: number;
  readonly bytesInFlight: number;
}

/** One session's part of what an observer is told. */
export class SessionWatch {
  readonly #observer: Observer;
  readonly #ownId: Uint8Array;
  readonly #remoteId: Uint8Array;

  constructor(observer: Observer, id: LocalSessionId, remoteId: Uint8Array) {
    this.#observer = observer;
    this.#ownId = sessionIdBytes(id);
    this.#remoteId = remoteId;
  }

  /** `payload` is what was sealed, and holds the frames. */
  sent(number: number, payload: Uint8Array, sent: readonly SentFrame[], datagram: Uint8Array, address: Address): void {
    const { note } = this.#observer;
    if (note === undefined) return;
    const frames = observedFrames(payload);
    const copies = sent.filter((frame) => frame.type === "part" && frame.isCopy).length;
    note({ kind: "packetSent", id: this.#remoteId, number, ...sizeOf(datagram), address, frames, copies });
  }

  /** `payload` is what was opened. */
  received(number: number, payload: Uint8Array, bytes: number, address: Address): void {
    const { note } = this.#observer;
    if (note === undefined) return;
    note({ kind: "packetReceived", id: this.#ownId, number, bytes, address, frames: observedFrames(payload) });
  }

  lost(number: number): void {
    this.#observer.note?.({ kind: "packetLost", id: this.#remoteId, number });
  }

  renewed(): void {
    this.#observer.note?.({ kind: "keysRenewed", ownId: this.#ownId });
  }

  measured({ roundTrip, windowBytes, bytesInFlight }: Metrics): void {
    const { note } = this.#observer;
    if (note === undefined) return;
    const { smoothed, variation, latest, least } = roundTrip;
    const times = { smoothedMs: smoothed, variationMs: variation, latestMs: latest, leastMs: least };
    note({ kind: "metricsUpdated", id: this.#remoteId, ...times, windowBytes, bytesInFlight });
  }
}

/** Tells of a datagram, unless it is a packet: of those their sessions tell. */
export function observeDatagram(
  observer: Observer | undefined,
  kind: "datagramSent" | "datagramReceived",
  bytes: Uint8Array,
  address: Address,
): void {
  if (observer?.note === undefined) return;
  const first = bytes[0] ?? 0;
  if ((first & 0xfc) === DatagramType.packet) return;
  observer.note({ kind, type: kindOf(first), ...sizeOf(bytes), address });
}

/** Tells of a packet that is of no use. */
export function observeDrop(
  observer: Observer | undefined,
  why: "unknownSession" | "unusable",
  bytes: Uint8Array,
  address: Address,
): void {
  observer?.note?.({ kind: "packetDropped", why, ...sizeOf(bytes), address });
}

/** Tells of what an endpoint has told its application, where it is about the life of a session. */
export function observeEvent(observer: Observer | undefined, event: TransportEvent): void {
  if (observer?.note === undefined) return;
  if (event.kind === "sessionMoved")
    observer.note({ kind: "sessionMoved", ownId: sessionIdBytes(event.session), address: event.address });
  if (event.kind === "sessionEnded")
    observer.note({ kind: "sessionEnded", ownId: sessionIdBytes(event.session), by: event.end.by });
}

function kindOf(first: number): ObservedKind {
  for (const [name, value] of Object.entries(DatagramType)) if (value === first) return name as ObservedKind;
  return "unknown";
}

/** Length and FNV-1a of a datagram. */
function sizeOf(datagram: Uint8Array): { readonly bytes: number; readonly checksum: number } {
  let hash = 0x811c9dc5;
  for (const byte of datagram) hash = Math.imul(hash ^ byte, 0x01000193);
  return { bytes: datagram.length, checksum: hash >>> 0 };
}

function observedFrames(payload: Uint8Array): readonly ObservedFrame[] {
  const frames = readFrames(payload);
  return typeof frames === "string" ? [] : frames.map(observedFrame);
}

function observedFrame(frame: Frame): ObservedFrame {
  switch (frame.type) {
    case "ack":
    case "credit":
    case "blocked":
    case "ping":
      return frame;
    case "challenge":
    case "response":
    case "observedAddress":
      return { type: frame.type };
    case "part": {
      const { lane, number, offset, total, bytes } = frame;
      return { type: "message", lane, number, offset, length: bytes.length, total };
    }
    case "close":
      return { type: "close", code: frame.code };
    default:
      return frame satisfies never;
  }
}
