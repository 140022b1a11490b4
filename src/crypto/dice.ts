// Where randomness comes from: always from outside, so that a run with the same throws is the same run. Pure.

/**
 * Gives `length` bytes that nobody can predict, in memory the caller owns.
 * The io room supplies the operating system's; the simulator supplies a seeded one, which is why nothing in this room
 * throws dice itself and every secret comes in as bytes.
 */
export type Dice = (length: number) => Uint8Array;
