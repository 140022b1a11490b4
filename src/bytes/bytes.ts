// Small questions about byte arrays. Pure.

const encoder = new TextEncoder();

/** The character codes of the first and of the second digit of each byte. */
const firstDigits = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0").charCodeAt(0));
const secondDigits = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0").charCodeAt(1));
/** Written over each time: keys of 32 bytes are what most texts are made of. */
const keyCodes = Array.from({ length: 64 }, () => 0);
/** Bytes read at once; far below what a call takes as arguments. */
const CHUNK_BYTES = 1024;
/** Characters up to which a loop is quicker than the encoder. */
const SHORT_TEXT = 64;

/** Lower-case hexadecimal; also the key under which maps hold byte strings. */
export function toHex(bytes: Uint8Array): string {
  if (bytes.length <= CHUNK_BYTES) return hexOf(bytes, 2 * bytes.length === keyCodes.length ? keyCodes : []);
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    text += hexOf(bytes.subarray(at, at + CHUNK_BYTES), []);
  }
  return text;
}

/** From codes, as a string added up digit by digit is kept by V8 as a tree of its pieces, 30 times its size. */
function hexOf(bytes: Uint8Array, codes: number[]): string {
  for (let i = 0, to = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    codes[to++] = firstDigits[byte] as number;
    codes[to++] = secondDigits[byte] as number;
  }
  return String.fromCharCode(...codes);
}

/** Bytes of an even number of hexadecimal digits; undefined for anything else. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) return undefined;
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

/** Whether two byte strings are the same, in time that depends on their lengths only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number);
  return difference === 0;
}

/** Which of two byte strings of one length comes first: below 0, 0 or above 0. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] as number) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** One byte string after the other, in memory of its own. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** UTF-8 bytes of a text. */
export function utf8(text: string): Uint8Array {
  if (text.length > SHORT_TEXT) return encoder.encode(text);
  // Short ASCII, as names and labels are, six times quicker than the encoder.
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return encoder.encode(text);
    bytes[i] = code;
  }
  return bytes;
}
