// Messages, what is done with them, and bytes for the tests of profiles.

import type {
  IncomingRecord,
  MailKey,
  OutgoingEnd,
  OutgoingRecord,
  ProfileOperation,
  SentRecord,
} from "../../src/client/profile.ts";

/** A message of ours told from others by `n`, 1–255. */
export function outgoing(n: number): OutgoingRecord {
  return {
    messageId: bytes(n, 16),
    toName: "Ann",
    toKey: bytes(n + 1, 32),
    epoch: bytes(200, 8),
    number: n,
    sentAtMs: 1_700_000_000_000 + n,
    text: `to ${n}`,
  };
}

/** A message of somebody else's told from others by `n`, 1–255. */
export function incoming(n: number): IncomingRecord {
  return {
    channel: undefined,
    mailedAtMs: undefined,
    messageId: bytes(n, 16),
    fromName: "Bob",
    fromKey: bytes(n + 2, 32),
    epoch: bytes(201, 8),
    number: n,
    sentAtMs: 1_700_000_000_000 + n,
    receivedAtMs: 1_700_000_000_050 + n,
    text: `from ${n}`,
  };
}

export function putOutgoing(message: OutgoingRecord): ProfileOperation {
  return { kind: "putOutgoing", message };
}

export function endOutgoing(n: number): ProfileOperation {
  return endOutgoingAs(n, "received");
}

export function endOutgoingAs(n: number, end: OutgoingEnd): ProfileOperation {
  return { kind: "endOutgoing", messageId: outgoing(n).messageId, end, atMs: 1_700_000_000_900 };
}

export function endKept(n: number, end: "received" | "expired" = "received"): ProfileOperation {
  return { kind: "endKept", messageId: outgoing(n).messageId, end, atMs: 1_700_000_001_000 };
}

/** A post of our own, told from others by `n`, 1–255. */
export function sent(n: number, channel: string): SentRecord {
  return { messageId: bytes(n, 16), channel, sentAtMs: 1_700_000_000_000 + n, text: `post ${n}` };
}

export function putSent(message: SentRecord): ProfileOperation {
  return { kind: "putSent", message };
}

/** A mail key told from others by `n`, 1–255. */
export function mailKey(n: number): MailKey {
  return { secret: bytes(n, 32), createdAtMs: 1_700_000_000_000 + n };
}

export function putMailKey(n: number): ProfileOperation {
  return { kind: "putMailKey", mailKey: mailKey(n) };
}

export function dropMailKey(n: number): ProfileOperation {
  return { kind: "dropMailKey", secret: mailKey(n).secret };
}

export function putIncoming(message: IncomingRecord, isShown: boolean): ProfileOperation {
  return { kind: "putIncoming", message, isShown };
}

/** `length` bytes, each of them `n`. */
export function bytes(n: number, length: number): Uint8Array {
  return new Uint8Array(length).fill(n);
}
