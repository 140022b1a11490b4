// Noise's handshake patterns as data (Noise §7.4, §7.5). Pure.
// XX opens sessions and X seals mail; the other rows cost nothing and put more published vectors through the machine.

/** What a message carries (`e`, `s`), or which two keys are mixed in: the initiator's letter first (Noise §7.1). */
export type Token = "e" | "s" | Agreement;

/** A Diffie-Hellman step between an ephemeral (`e`) or static (`s`) key of each side. */
export type Agreement = "ee" | "es" | "se" | "ss";

/** The messages of a handshake in turn, the initiator's first. */
export interface Pattern {
  /** Whether the initiator has the responder's static key before the first message (`<- s` above the dots). */
  readonly responderIsKnown: boolean;
  readonly messages: readonly (readonly Token[])[];
}

export type PatternName = "XX" | "X" | "IK" | "N" | "NN";

export const patterns: Readonly<Record<PatternName, Pattern>> = {
  XX: { responderIsKnown: false, messages: [["e"], ["e", "ee", "s", "es"], ["s", "se"]] },
  X: { responderIsKnown: true, messages: [["e", "es", "s", "ss"]] },
  IK: {
    responderIsKnown: true,
    messages: [
      ["e", "es", "s", "ss"],
      ["e", "ee", "se"],
    ],
  },
  N: { responderIsKnown: true, messages: [["e", "es"]] },
  NN: { responderIsKnown: false, messages: [["e"], ["e", "ee"]] },
};
