// Mail: a message sealed to a person's mail key, for a server to keep that cannot open it. Pure. PROTOCOL §9.8.
//
//    0         1            9                      9 + n
//   +---------+------------+----------------------+-----------------------+
//   | version | mail key 8 | header blob ≤ 1,024  | content blob ≤ 65,604 |
//   +---------+------------+----------------------+-----------------------+
//
// The header is a Noise X message and says who sent what to whom; the content is the message under the header's key.

import { blob, concatBytes, decode, encode, equalBytes, fixed, struct, u8, utf8 } from "#bytes";
import { type ClientHello, clientHelloCodec, type DeviceCertificate, isValidDevice } from "#chat";
import { chachaPoly, type Dice, isUsablePublicKey, type KeyPair, NoiseHandshake, sha256, TAG_BYTES } from "#crypto";

import { LONGEST_TEXT, type PeerMessage, peerMessageCodec } from "./peer-message.ts";

const VERSION = 1;
const KEY_ID_BYTES = 8;
const LONGEST_HEADER = 1024;
/** Tag, id, epoch, number, floor, flag, time and length of the longest text go before it. */
const LONGEST_CONTENT = 1 + 16 + 8 + 8 + 8 + 1 + 6 + 4 + LONGEST_TEXT + TAG_BYTES;
/** An envelope at its longest, bytes: version, mail key, and both blobs behind their lengths. */
export const LONGEST_ENVELOPE = 1 + KEY_ID_BYTES + (2 + LONGEST_HEADER) + (4 + LONGEST_CONTENT);

const nothing = new Uint8Array(0);
const key = fixed(32);
const envelopeCodec = struct({
  version: u8,
  keyId: fixed(KEY_ID_BYTES),
  header: blob(LONGEST_HEADER),
  content: blob(LONGEST_CONTENT),
});
/** What the header's Noise message carries. */
const headerCodec = struct({ contentKey: key, contentHash: key, personKey: key, sender: clientHelloCodec });

/** Who seals: a device with its Noise static key, and what it says of itself. */
export interface Sealer {
  /** The key that the device certificate in `hello` names. */
  readonly staticKey: KeyPair;
  readonly hello: ClientHello;
}

/** What was inside. Its bytes are in memory of their own. */
export interface OpenedEnvelope {
  /** Its device certificate is valid, and its static key sealed this. The registration was not judged. */
  readonly sender: ClientHello;
  /** A text or receipts. */
  readonly message: PeerMessage;
}

/**
 * A text or receipts for the person of that certificate; the dice are thrown twice for 32 bytes. Undefined where the
 * certificate is not valid or nothing can be sealed to its mail key: it came from a stranger. That it belongs to the
 * person who is meant, the caller has compared. Throws RangeError for a `resend`, a message that its codec does not
 * write, and a sealer whose static key is not the one in its hello.
 */
export function sealEnvelope(
  sealer: Sealer,
  to: DeviceCertificate,
  message: PeerMessage,
  dice: Dice,
): Uint8Array | undefined {
  const { staticKey, hello } = sealer;
  if (!isMailed(message)) throw new RangeError(`no ${message.kind} goes by mail`);
  if (!equalBytes(hello.device.staticKey, staticKey.publicKey)) throw new RangeError("a hello with another static key");
  if (!isUsablePublicKey(to.mailKey) || !isValidDevice(to)) return undefined;

  const contentKey = dice(32);
  const content = chachaPoly(contentKey).seal(0, nothing, encode(peerMessageCodec, message));
  const keyId = mailKeyId(to.mailKey);
  const noise = new NoiseHandshake({
    pattern: "X",
    initiator: true,
    prologue: prologueOf(to.personKey, keyId),
    staticKey,
    ephemeralSecret: dice(32),
    remoteStatic: to.mailKey,
  });
  const inside = { contentKey, contentHash: sha256(content), personKey: to.personKey, sender: hello };
  const header = noise.writeMessage(encode(headerCodec, inside));
  return encode(envelopeCodec, { version: VERSION, keyId, header, content });
}

/** Undefined for anything that is not an envelope for that person and one of those mail keys. Never throws. */
export function openEnvelope(
  bytes: Uint8Array,
  personKey: Uint8Array,
  mailKeys: readonly KeyPair[],
): OpenedEnvelope | undefined {
  const envelope = decode(envelopeCodec, bytes);
  if (envelope === undefined || envelope.version !== VERSION) return undefined;
  const { keyId, header, content } = envelope;
  const mailKey = mailKeys.find(({ publicKey }) => equalBytes(mailKeyId(publicKey), keyId));
  if (mailKey === undefined) return undefined;

  const prologue = prologueOf(personKey, keyId);
  const noise = new NoiseHandshake({ pattern: "X", initiator: false, prologue, staticKey: mailKey });
  const payload = noise.readMessage(header);
  const inside = payload === undefined ? undefined : decode(headerCodec, payload);
  if (inside === undefined || !equalBytes(inside.personKey, personKey)) return undefined;
  const { contentKey, contentHash, sender } = inside;
  if (!equalBytes(sender.device.staticKey, noise.remoteStatic ?? nothing) || !isValidDevice(sender.device))
    return undefined;

  // So that one who learned the content key, and no other, cannot put other content behind this header.
  if (!equalBytes(sha256(content), contentHash)) return undefined;
  const plain = chachaPoly(contentKey).open(0, nothing, content);
  const message = plain === undefined ? undefined : decode(peerMessageCodec, plain);
  return message !== undefined && isMailed(message) ? { sender, message } : undefined;
}

/** Asking for what is missing makes sense only to somebody who is there. */
function isMailed(message: PeerMessage): boolean {
  return message.kind !== "resend";
}

/** Tells the recipient which of its mail keys to take. */
function mailKeyId(publicKey: Uint8Array): Uint8Array {
  return sha256(utf8("udpchat mail key\0"), publicKey).subarray(0, KEY_ID_BYTES);
}

function prologueOf(personKey: Uint8Array, keyId: Uint8Array): Uint8Array {
  return concatBytes(utf8("udpchat envelope 1"), personKey, keyId);
}
