// What the bench asks of whoever carries its messages from host a to host b. Pure: types only.

/** The sending end. */
export interface SendingEnd {
  /** Hands over a text; an error if the carrier cannot take it. */
  send(text: string): void;
  /** Until so much waits to leave as the carrier asks its users to let wait. */
  hasRoom(): Promise<void>;
}

/** A receiving end calls `take` with each text in the order of delivery, and `broken` if nothing will come any more. */
export interface Recipient {
  readonly take: (text: string) => void;
  readonly broken: (why: string) => void;
}
