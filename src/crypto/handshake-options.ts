// What a Noise handshake is begun with, and whether that suffices for its pattern. Pure.

import type { HashName } from "./hash.ts";
import type { PatternName } from "./noise-patterns.ts";
import { patterns } from "./noise-patterns.ts";
import type { KeyPair } from "./x25519.ts";
import { KEY_BYTES, isUsablePublicKey } from "./x25519.ts";

export interface HandshakeOptions {
  readonly pattern: PatternName;
  readonly initiator: boolean;
  /** What both sides must have in common before they begin; any length. */
  readonly prologue: Uint8Array;
  /** Ours. Needed where the pattern sends it or the initiator knows it beforehand. */
  readonly staticKey?: KeyPair | undefined;
  /** 32 fresh random bytes, never used for another handshake. Only the receiver of X or N needs none. */
  readonly ephemeralSecret?: Uint8Array | undefined;
  /**
   * Theirs, one for which `isUsablePublicKey` holds. Where the pattern does not ask for it beforehand it is the key we
   * expect: a message with another one fails as a forgery does, so nobody else can answer in between.
   */
  readonly remoteStatic?: Uint8Array | undefined;
  /** SHA256 if not given. */
  readonly hash?: HashName;
}

/** Throws RangeError where a key is missing, malformed, or one that the pattern would never look at. */
export function checkKeys(options: HandshakeOptions): void {
  const { pattern, initiator, staticKey, ephemeralSecret, remoteStatic } = options;
  const { responderIsKnown, messages } = patterns[pattern];
  const ours = messages.filter((_, turn) => turn % 2 === (initiator ? 0 : 1));
  const theirs = messages.filter((tokens) => !ours.includes(tokens));
  const needsStatic = ours.flat().includes("s") || (responderIsKnown && !initiator);
  const needsRemote = responderIsKnown && initiator;

  if (needsStatic && staticKey === undefined) throw new RangeError(`${pattern} needs our static key`);
  if (ours.length > 0 && ephemeralSecret?.length !== KEY_BYTES)
    throw new RangeError("an ephemeral secret has 32 bytes");
  if (remoteStatic === undefined) {
    if (needsRemote) throw new RangeError(`${pattern} needs their static key`);
    return;
  }
  if (!isUsablePublicKey(remoteStatic)) throw new RangeError("their static key is not usable");
  if (!needsRemote && !theirs.flat().includes("s")) throw new RangeError(`${pattern} never tells their static key`);
}
