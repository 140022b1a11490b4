// What a fuzzed reader is to the fuzzer. Types only.

/** One reader of outside bytes, and what must hold whatever the bytes are. */
export interface Target {
  readonly name: string;
  /** Samples from the real writers, for the corpus; the same each time. */
  readonly samples: () => readonly Uint8Array[];
  /** What is watched to learn where the fields of a sample lie: the bare reader. */
  readonly read: (bytes: Uint8Array) => unknown;
  /** Reads the bytes and throws where a promise is broken. True if they were accepted. */
  readonly check: (bytes: Uint8Array) => boolean;
  /** Tries in `npm test`; a hunt goes on for its minutes. */
  readonly tries: number;
}
