// Why sessions end, as numbers on the wire. Pure. PROTOCOL §6.4.

/** Close codes. The application's own begin at 64. */
export const CloseCode = {
  goodbye: 0,
  malformed: 1,
  unknownFrame: 2,
  creditOverrun: 3,
  falseAcknowledgement: 4,
  stalledMessage: 5,
  renewalFailed: 6,
  versions: 7,
} as const;

/** The other side of a session broke the protocol; caught where packets are received, nowhere else. */
export class PeerError extends Error {
  readonly code: number;

  constructor(code: number, reason: string) {
    super(reason);
    this.code = code;
  }
}
