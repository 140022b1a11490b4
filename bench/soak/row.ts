// The rows that a soak run prints: how long it has run, what was said and shown, and what its two processes use.

/** How it is after some minutes. Memory in MB, `used` is V8's heap and what hangs on it; cpu in cores since the last row. */
export interface Row {
  readonly minutes: number;
  readonly here: number;
  /** Times that somebody deregistered, quit or was killed. */
  readonly went: number;
  readonly texts: number;
  readonly textsShown: number;
  /** Texts that the server was given to keep. */
  readonly mailed: number;
  readonly posts: number;
  readonly postsShown: number;
  /** Texts and posts that have not settled. */
  readonly open: number;
  readonly datagrams: number;
  readonly lost: number;
  readonly serverUsedMb: number;
  readonly serverRssMb: number;
  readonly serverCpu: number;
  readonly booksMb: number;
  readonly clientsUsedMb: number;
  readonly clientsRssMb: number;
  readonly clientsCpu: number;
  /** Findings so far. */
  readonly wrong: number;
}

const percent = (part: number): string => `${(100 * part).toFixed(0)} %`;

/** The columns: head, width and what stands there. */
const columns: readonly (readonly [string, number, (row: Row) => string])[] = [
  ["min", 5, ({ minutes }) => minutes.toFixed(1)],
  ["here", 5, ({ here }) => String(here)],
  ["went", 5, ({ went }) => String(went)],
  ["texts", 7, ({ texts }) => String(texts)],
  ["shown", 7, ({ textsShown }) => String(textsShown)],
  ["mailed", 6, ({ mailed }) => String(mailed)],
  ["posts", 6, ({ posts }) => String(posts)],
  ["shown", 8, ({ postsShown }) => String(postsShown)],
  ["open", 5, ({ open }) => String(open)],
  ["datagrams", 9, ({ datagrams }) => String(datagrams)],
  ["lost", 7, ({ lost, datagrams }) => `${((100 * lost) / Math.max(1, datagrams)).toFixed(2)} %`],
  ["server MB", 9, ({ serverUsedMb }) => serverUsedMb.toFixed(1)],
  ["rss", 5, ({ serverRssMb }) => serverRssMb.toFixed(0)],
  ["cpu", 5, ({ serverCpu }) => percent(serverCpu)],
  ["books MB", 8, ({ booksMb }) => booksMb.toFixed(1)],
  ["clients MB", 10, ({ clientsUsedMb }) => clientsUsedMb.toFixed(1)],
  ["rss", 5, ({ clientsRssMb }) => clientsRssMb.toFixed(0)],
  ["cpu", 5, ({ clientsCpu }) => percent(clientsCpu)],
  ["wrong", 5, ({ wrong }) => String(wrong)],
];

export function heads(): string {
  return columns.map(([head, width]) => head.padStart(width)).join(" ");
}

export function show(row: Row): string {
  return columns.map(([, width, cell]) => cell(row).padStart(width)).join(" ");
}
