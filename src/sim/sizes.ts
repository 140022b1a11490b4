// How large what machines hold may grow in a simulated world. Pure: data.

const KIB = 1024;

/** So many a client: some sessions a pair while they take each other's place. */
const FOR_EACH: Readonly<Record<string, number>> = {
  sessions: 6,
  halfOpen: 6,
  openings: 4,
  calls: 6,
  probings: 4,
  invited: 6,
  visitors: 6,
};

/** A batch or two for a disk, all posts that a short run has. */
const LARGEST: Readonly<Record<string, number>> = {
  storeOperations: 200,
  waitingBytes: 256 * KIB,
  groups: 2,
  groupPosts: 200,
  groupLogBytes: 512 * KIB,
  heldPosts: 0,
};

/** Of these there is at most one a client. */
const ONE_EACH: ReadonlySet<string> = new Set([
  "peers",
  "persons",
  "questions",
  "members",
  "deliveries",
  "posters",
  "fetches",
]);

/** What is left of something, and so no size. */
const LEFT = "creditLeft";

/** Whether something is too large; a size that nobody thought of is. */
export function oversized(what: string, size: number, clients: number): boolean {
  if (what === LEFT) return false;
  const each = ONE_EACH.has(what) ? 1 : FOR_EACH[what];
  return size > (each === undefined ? (LARGEST[what] ?? -1) : each * clients);
}
