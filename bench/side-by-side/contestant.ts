// What the bench asks of whoever carries its messages. Every contestant's processes: a hub, for a pair perhaps an end that
// answers, and the one that drives and measures. Pure but for the error.

/** What the processes are together for: two who talk, a room with a hub, connections made and dropped, or made and kept, bare
 * packets. */
export type Layout = "pair" | "room" | "greeting" | "idle" | "packets";

/** Where the processes of a cell meet: a port of 127.0.0.1, and a folder of the cell's own. */
export interface Place {
  readonly port: number;
  readonly folder: string;
}

/** An open connection, from its user's side. */
export interface Line {
  send(text: string): void;
  close(): Promise<void>;
}

/** Called with each text in the order of arrival. */
export type Take = (text: string) => void;

/** Everything is awaited before the next process begins: hub, answering end, driving end. */
export interface Contestant {
  /** The process in the middle; gives the ids of programs that it started. */
  hub(place: Place, layout: Layout): Promise<readonly number[]>;
  /** The end that acknowledges each message, where the hub does not. */
  answer?(place: Place): Promise<void>;
  /** The end that sends; `acknowledged` is called once for each message. */
  call(place: Place, acknowledged: () => void): Promise<Line>;
  /** A member of a room, from number 0 on, who hears what others say there. */
  join(place: Place, number: number, take: Take): Promise<Line>;
  /** An open connection that says nothing. */
  arrive(place: Place, number: number): Promise<Line>;
  /** Somebody who opens a connection until it could be used and closes it, as often as it is called. */
  greeter(place: Place): Promise<() => Promise<void>>;
}

/** A text begins with its number, in so many digits; an acknowledgement is that alone. */
export const NUMBER_DIGITS = 10;

export function numbered(number: number, padding: string): string {
  return String(number).padStart(NUMBER_DIGITS, "0") + padding;
}

export function numberOf(text: string): number {
  return Number(text.slice(0, NUMBER_DIGITS));
}

/** So many bare packets are answered by one. */
export const PACKETS_PER_ANSWER = 64;

/** What the machine does not have: the contestant is left out, and named. */
export class Unavailable extends Error {
  readonly code = "unavailable";

  constructor(why: string) {
    super(why);
    this.name = "Unavailable";
  }
}
