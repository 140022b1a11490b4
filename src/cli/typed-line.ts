// A line as it was typed or piped in. Pure: types only.

export interface TypedLine {
  /** Without its line break; of a line that was too long to keep, its beginning. */
  readonly text: string;
  /** UTF-8 bytes of the whole line, without its line break. */
  readonly bytes: number;
  /** Whether `text` is the whole line. */
  readonly isWhole: boolean;
}
