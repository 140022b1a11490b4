// A message of the bench: numbered, with its time of sending, padded, and with a digest that gives any damage away. It is
// text, as chat is.

import { createHash } from "node:crypto";

const DIGEST_CHARS = 16;

export interface NumberedMessage {
  readonly number: number;
  /** Monotonic time of this machine, µs. */
  readonly sentUs: number;
}

/** Text of that many bytes. */
export function writeMessage({ number, sentUs }: NumberedMessage, bytes: number): string {
  const body = ` ${number} ${sentUs} `.padEnd(bytes - DIGEST_CHARS, ".");
  return digest(body) + body;
}

/** Undefined for what is not a message as it was written. */
export function readMessage(text: string): NumberedMessage | undefined {
  const body = text.slice(DIGEST_CHARS);
  const [, number, sentUs] = /^ (\d+) (\d+) \.*$/.exec(body) ?? [];
  if (number === undefined || sentUs === undefined || digest(body) !== text.slice(0, DIGEST_CHARS)) return undefined;
  return { number: Number(number), sentUs: Number(sentUs) };
}

function digest(body: string): string {
  return createHash("sha256").update(body).digest("hex").slice(0, DIGEST_CHARS);
}
