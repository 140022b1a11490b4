// How a text of a soak run says what it is: where it was said, by whom, which one of them, and how long it is, so that one
// that comes cut short, or to somebody else, is seen.

/** What stands before the first `|` of a text. */
export interface Head {
  /** The recipient, a group, or EVERYBODY. */
  readonly to: string;
  readonly from: string;
  /** Counts from 1 for each sender and place. */
  readonly number: number;
}

export function writeText({ to, from, number }: Head, padding: number): string {
  return `${to} ${from} ${number} ${padding}|${"x".repeat(padding)}`;
}

/** The head of a text; undefined where nobody wrote such a text, or part of it is missing. */
export function readHead(text: string): Head | undefined {
  const end = text.indexOf("|");
  const [to, from, number, padding] = text.slice(0, Math.max(0, end)).split(" ");
  if (to === undefined || from === undefined || text.length - end - 1 !== Number(padding)) return undefined;
  return { to, from, number: Number(number) };
}
