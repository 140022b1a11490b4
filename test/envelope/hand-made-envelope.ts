// People for tests of envelopes, and a sealer that follows PROTOCOL §9.8 by hand, so that it can also break it.

import { concatBytes, encode, utf8 } from "#bytes";
import { certifyDevice, certifyRegistration, type ClientHello, clientHelloCodec } from "#chat";
import { chachaPoly, type KeyPair, NoiseHandshake, sha256, signingKey, x25519KeyPair } from "#crypto";
import { type PeerMessage, peerMessageCodec, type Sealer, type TextMessage } from "#envelope";

/** 32 bytes of one value. */
export function filled(value: number): Uint8Array {
  return new Uint8Array(32).fill(value);
}

/** A person with a device: its keys come from seeds that count up from `seed`. */
export interface Somebody extends Sealer {
  readonly personKey: Uint8Array;
  readonly mailKey: KeyPair;
}

export function somebody(seed: number, name = "alice"): Somebody {
  const person = signingKey(filled(seed));
  const staticKey = x25519KeyPair(filled(seed + 1));
  const mailKey = x25519KeyPair(filled(seed + 2));
  const device = certifyDevice(person, {
    deviceId: filled(seed).subarray(0, 16),
    staticKey: staticKey.publicKey,
    mailKey: mailKey.publicKey,
    issuedMs: 1_700_000_000_000,
  });
  const registration = certifyRegistration(signingKey(filled(200)), {
    name,
    personKey: person.publicKey,
    firstSeenMs: 1_700_000_000_000,
    expiresMs: 1_702_592_000_000,
  });
  return { personKey: person.publicKey, staticKey, mailKey, hello: { device, registration } };
}

export function textMessage(text: string): TextMessage {
  return {
    kind: "text",
    messageId: filled(0x11).subarray(0, 16),
    epoch: filled(0x22).subarray(0, 8),
    number: 7,
    floor: 3,
    hasEarlier: false,
    sentAtMs: 1_700_000_000_123,
    text,
  };
}

/** What a sealer may do differently; everything left out is as it should be. */
export interface Deviations {
  readonly version?: number;
  readonly prologue?: Uint8Array;
  readonly sealedTo?: Uint8Array;
  readonly staticKey?: KeyPair;
  readonly hello?: ClientHello;
  readonly personKey?: Uint8Array;
  readonly contentHash?: Uint8Array;
  readonly plain?: Uint8Array;
  readonly message?: PeerMessage;
  readonly behindHello?: Uint8Array;
}

/** An envelope from `from` to `to`, except for what deviates. */
export function handMadeEnvelope(from: Somebody, to: Somebody, deviations: Deviations = {}): Uint8Array {
  const mailKey = deviations.sealedTo ?? to.mailKey.publicKey;
  const keyId = sha256(utf8("udpchat mail key\0"), mailKey).subarray(0, 8);
  const contentKey = filled(1);
  const message = deviations.message ?? textMessage("hello");
  const plain = deviations.plain ?? encode(peerMessageCodec, message);
  const content = chachaPoly(contentKey).seal(0, new Uint8Array(0), plain);
  const noise = new NoiseHandshake({
    pattern: "X",
    initiator: true,
    prologue: deviations.prologue ?? concatBytes(utf8("udpchat envelope 1"), to.personKey, keyId),
    staticKey: deviations.staticKey ?? from.staticKey,
    ephemeralSecret: filled(2),
    remoteStatic: mailKey,
  });
  const header = noise.writeMessage(
    concatBytes(
      contentKey,
      deviations.contentHash ?? sha256(content),
      deviations.personKey ?? to.personKey,
      encode(clientHelloCodec, deviations.hello ?? from.hello),
      deviations.behindHello ?? new Uint8Array(0),
    ),
  );
  return concatBytes(
    Uint8Array.of(deviations.version ?? 1),
    keyId,
    Uint8Array.of(0x40 | (header.length >> 8), header.length & 0xff),
    header,
    content.length < 64
      ? Uint8Array.of(content.length)
      : Uint8Array.of(0x40 | (content.length >> 8), content.length & 0xff),
    content,
  );
}
