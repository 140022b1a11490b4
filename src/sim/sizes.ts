// How large what machines hold may grow in a simulated world. Pure: data.

const KIB = 1024;

/** So many a client: some sessions a pair while they take each other's place, and places of calls that ended because the
 * session beside them was answered, each for 5 s. */
const FOR_EACH: Readonly<Record<string, number>> = {
  sessions: 4,
  halfOpen: 4,
  openings: 3,
  calls: 3,
  probings: 2,
  invited: 3,
  visitors: 4,
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

/** What may be there when nobody has talked for long: one session a pair, whoever was a member, and what is forgotten when
 * the next comes. All else is over. */
const STAYING: ReadonlySet<string> = new Set([
  "sessions",
  "visitors",
  "peers",
  "persons",
  "groups",
  "members",
  "deliveries",
  "posters",
]);
const FORGOTTEN_LATER: ReadonlySet<string> = new Set(["halfOpen", "invited"]);
/** The server notes now and then that it is alive. */
const NOTES = "storeOperations";

/** What is left of something, and so no size. */
const LEFT = "creditLeft";

/** Whether something is too large; a size that nobody thought of is. */
export function oversized(what: string, size: number, clients: number): boolean {
  if (what === LEFT) return false;
  const each = ONE_EACH.has(what) ? 1 : FOR_EACH[what];
  return size > (each === undefined ? (LARGEST[what] ?? -1) : each * clients);
}

/** Whether something is there still although nobody has talked for long. */
export function leftOver(what: string, size: number, clients: number): boolean {
  if (what === LEFT || FORGOTTEN_LATER.has(what)) return false;
  if (STAYING.has(what)) return size > clients;
  return size > (what === NOTES ? 1 : 0);
}
