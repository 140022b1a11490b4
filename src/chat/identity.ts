// Who is who: persons, their devices, servers, and the signatures that tie them together. Pure. PROTOCOL §8.1.

import {
  type Codec,
  concatBytes,
  decode,
  encode,
  equalBytes,
  fixed,
  optional,
  struct,
  text,
  toHex,
  u48,
  utf8,
  type Value,
} from "#bytes";
import { sha256, type SigningKey, VerifiedSignatures } from "#crypto";

/** A name in UTF-8: 32 code points of up to 4 bytes. */
export const LONGEST_NAME_BYTES = 128;

const SIGNATURE_BYTES = 64;
/** Certificates whose signatures are remembered as valid. */
const verified = new VerifiedSignatures(4096);
const signature = fixed(SIGNATURE_BYTES);
const key = fixed(32);

const deviceFields = struct({ personKey: key, deviceId: fixed(16), staticKey: key, mailKey: key, issuedMs: u48 });
/** A person's word for a device: its Noise static key and its current mail key. */
export const deviceCertificateCodec = signed(deviceFields);
export type DeviceCertificate = Value<typeof deviceCertificateCodec>;

const registrationFields = struct({
  serverKey: key,
  name: text(LONGEST_NAME_BYTES),
  personKey: key,
  firstSeenMs: u48,
  expiresMs: u48,
});
/** A server's word for a name: which person it belongs to, and until when. */
export const registrationCodec = signed(registrationFields);
export type Registration = Value<typeof registrationCodec>;

const serverFields = struct({ identityKey: key, staticKey: key });
/** A server's word for the Noise static key it answers with. */
export const serverCertificateCodec = signed(serverFields);
export type ServerCertificate = Value<typeof serverCertificateCodec>;

/** What a client says of itself in a handshake: to servers the device, to peers also the name that a server gave it. */
export const clientHelloCodec = struct({ device: deviceCertificateCodec, registration: optional(registrationCodec) });
export type ClientHello = Value<typeof clientHelloCodec>;

export function certifyDevice(
  person: SigningKey,
  device: Omit<Value<typeof deviceFields>, "personKey">,
): DeviceCertificate {
  return sign("device", deviceFields, { ...device, personKey: person.publicKey }, person);
}

export function isValidDevice(certificate: DeviceCertificate): boolean {
  return verify("device", deviceFields, certificate, certificate.personKey);
}

export function certifyRegistration(
  server: SigningKey,
  registration: Omit<Value<typeof registrationFields>, "serverKey">,
): Registration {
  return sign("registration", registrationFields, { ...registration, serverKey: server.publicKey }, server);
}

/** Whether that server vouches for the name now, by the wall clock. */
export function isValidRegistration(registration: Registration, serverKey: Uint8Array, wallMs: number): boolean {
  if (!equalBytes(registration.serverKey, serverKey) || registration.expiresMs < wallMs) return false;
  return verify("registration", registrationFields, registration, serverKey);
}

export function certifyServer(server: SigningKey, staticKey: Uint8Array): ServerCertificate {
  return sign("server", serverFields, { identityKey: server.publicKey, staticKey }, server);
}

/** The server that answers with that static key, or undefined for anything that does not prove it. */
export function provenServer(application: Uint8Array, staticKey: Uint8Array): ServerCertificate | undefined {
  const certificate = decode(serverCertificateCodec, application);
  if (certificate === undefined || !equalBytes(certificate.staticKey, staticKey)) return undefined;
  return verify("server", serverFields, certificate, certificate.identityKey) ? certificate : undefined;
}

/** The client that answers with that static key, or undefined for anything that does not prove it. Its registration is
 * not looked at. */
export function provenClient(application: Uint8Array, staticKey: Uint8Array): ClientHello | undefined {
  const hello = decode(clientHelloCodec, application);
  if (hello === undefined || !equalBytes(hello.device.staticKey, staticKey)) return undefined;
  return isValidDevice(hello.device) ? hello : undefined;
}

/** What a registration request signs: bound to this session, so that it is good for nothing else. */
export function registrationProof(handshakeHash: Uint8Array, name: string): Uint8Array {
  return concatBytes(utf8("udpchat register\0"), handshakeHash, utf8(name));
}

/** How people compare keys: 16 bytes of hash in 8 groups of 4 digits. */
export function fingerprint(publicKey: Uint8Array): string {
  const digits = toHex(sha256(utf8("udpchat fingerprint\0"), publicKey).subarray(0, 16));
  return digits.match(/.{4}/g)?.join("-") ?? digits;
}

function signed<T extends object>(fields: Codec<T>): Codec<T & { readonly signature: Uint8Array }> {
  return {
    read: (reader) => ({ ...fields.read(reader), signature: signature.read(reader) }),
    write: (writer, value) => {
      fields.write(writer, value);
      signature.write(writer, value.signature);
    },
  };
}

function sign<T extends object>(
  what: string,
  fields: Codec<T>,
  value: T,
  signer: SigningKey,
): T & { readonly signature: Uint8Array } {
  return { ...value, signature: signer.sign(signedBytes(what, fields, value)) };
}

function verify<T extends object>(
  what: string,
  fields: Codec<T>,
  value: T & { readonly signature: Uint8Array },
  signer: Uint8Array,
): boolean {
  return verified.verify(signer, signedBytes(what, fields, value), value.signature);
}

/** The purpose comes first, so that no signature serves for another kind of statement. */
function signedBytes<T>(what: string, fields: Codec<T>, value: T): Uint8Array {
  return concatBytes(utf8(`udpchat ${what} 1\0`), encode(fields, value));
}
