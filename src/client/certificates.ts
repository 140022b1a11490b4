// The device certificates of people whom mail is for, as the server has them: believed when they are that person's own
// word, and remembered for a while. Pure. PROTOCOL §8.7, §9.9.

import { equalBytes, toHex } from "#bytes";
import { type DeviceCertificate, isValidDevice, type ReplyBody } from "#chat";

/** A certificate is taken from memory for so long. */
export const REMEMBER_MS = 10 * 60_000;
/** People whose certificates are remembered, the ones heard of last. */
export const MOST_REMEMBERED = 1024;

/** What the server says of a person: its certificate, or why there is none. */
export type Certificate =
  | { readonly kind: "certificate"; readonly device: DeviceCertificate }
  | { readonly kind: "none"; readonly reason: string };

interface Remembered {
  readonly certificate: Certificate;
  readonly heardAt: number;
}

/** Times in monotonic ms. */
export class Certificates {
  /** By person, the one heard of first at the front. */
  readonly #remembered = new Map<string, Remembered>();

  /** The certificate that mail to a person is sealed to; undefined where the server must be asked. */
  of(personKey: Uint8Array, now: number): Certificate | undefined {
    const known = this.#remembered.get(toHex(personKey));
    return known === undefined || now >= known.heardAt + REMEMBER_MS ? undefined : known.certificate;
  }

  /** The server's answer. */
  heard(personKey: Uint8Array, reply: ReplyBody, now: number): Certificate {
    const certificate = certificateOf(personKey, reply);
    if (certificate.kind === "certificate") this.#remember(toHex(personKey), { certificate, heardAt: now });
    return certificate;
  }

  #remember(key: string, certificate: Remembered): void {
    this.#remembered.delete(key);
    const [oldest] = this.#remembered.keys();
    if (oldest !== undefined && this.#remembered.size >= MOST_REMEMBERED) this.#remembered.delete(oldest);
    this.#remembered.set(key, certificate);
  }
}

function certificateOf(personKey: Uint8Array, reply: ReplyBody): Certificate {
  if (reply.kind === "refused") return { kind: "none", reason: reply.text };
  const device = reply.kind === "certificate" ? reply.device : undefined;
  if (device === undefined) return { kind: "none", reason: "no such person" };
  // Whatever else it is, it is not this person's own word.
  if (!equalBytes(device.personKey, personKey) || !isValidDevice(device))
    return { kind: "none", reason: "the server has no valid certificate of that person" };
  return { kind: "certificate", device };
}
