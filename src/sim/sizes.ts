// How large what machines hold may grow in a simulated world. Pure: data.

const KIB = 1024;

/** Some sessions a pair while they take each other's place, a batch or two for a disk, all posts that a run has. */
const LARGEST: Readonly<Record<string, number>> = {
  sessions: 24,
  halfOpen: 24,
  openings: 16,
  calls: 24,
  probings: 16,
  invited: 24,
  visitors: 24,
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
  return size > (ONE_EACH.has(what) ? clients : (LARGEST[what] ?? -1));
}
