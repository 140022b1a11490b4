// Posts to groups that somebody has yet to acknowledge, each with those who owe it. Pure. PROTOCOL §8.8.
// Counted for each post and each member: an acknowledgement is for one post, and settles no other.

/** What a post in the log weighs beside its notice, and each member that owes it, bytes. */
const POST_BYTES = 512;
const OWER_BYTES = 128;

/** A post on its way to the members of a group. */
export interface LoggedPost {
  readonly number: number;
  /** The encoded notice, which all members get. */
  readonly notice: Uint8Array;
  /** What it takes up, bytes. */
  readonly weight: number;
  /** Key of the group. */
  readonly group: string;
  /** Keys of persons. */
  readonly owedBy: Set<string>;
}

/** Nothing in it is owed by nobody; its length is bounded by whoever adds to it, by `bytes`. */
export class GroupLog {
  readonly #onSettled: (number: number, now: number) => void;
  /** What each person owes, in the order of numbers. */
  readonly #owed = new Map<string, Map<number, LoggedPost>>();
  /** What posts take up, by group. */
  readonly #groups = new Map<string, number>();
  #bytes = 0;
  #size = 0;

  /** `onSettled` is told the number of every post that nobody owes any more. */
  constructor(onSettled: (number: number, now: number) => void) {
    this.#onSettled = onSettled;
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** What a post weighs that so many owe. */
  static weightOf(notice: Uint8Array, owers: number): number {
    return notice.length + POST_BYTES + owers * OWER_BYTES;
  }

  /** What that person owes, in the order of numbers. */
  owedBy(key: string): Iterable<LoggedPost> {
    return this.#owed.get(key)?.values() ?? [];
  }

  /** What that person owes, bytes of notices. */
  bytesOwedBy(key: string): number {
    let bytes = 0;
    for (const { notice } of this.owedBy(key)) bytes += notice.length;
    return bytes;
  }

  /** The group whose posts, with those that are to come, take up the most. */
  get heaviestGroup(): string | undefined {
    let [heaviest, most] = [undefined as string | undefined, 0];
    for (const [group, bytes] of this.#groups) if (bytes > most) [heaviest, most] = [group, bytes];
    return heaviest;
  }

  /** Takes up room for a post of a group that is to come, or gives it back where `bytes` is negative. */
  hold(group: string, bytes: number): void {
    this.#weigh(group, bytes);
  }

  owes(key: string): boolean {
    return this.#owed.has(key);
  }

  /** Adds a post with a higher number than all before; one person owes it at least. */
  add(number: number, group: string, notice: Uint8Array, owers: readonly string[]): LoggedPost {
    const weight = GroupLog.weightOf(notice, owers.length);
    const post = { number, group, notice, weight, owedBy: new Set(owers) };
    this.#size++;
    this.#weigh(group, weight);
    for (const key of owers) {
      const owed = this.#owed.get(key) ?? new Map<number, LoggedPost>();
      this.#owed.set(key, owed.set(number, post));
    }
    return post;
  }

  /** The person has that post; undefined if it does not owe it. */
  acknowledge(key: string, number: number, now: number): LoggedPost | undefined {
    const owed = this.#owed.get(key);
    const post = owed?.get(number);
    if (owed === undefined || post === undefined) return undefined;
    owed.delete(number);
    if (owed.size === 0) this.#owed.delete(key);
    this.#settle(post, key, now);
    return post;
  }

  /** The person owes nothing any more. */
  forget(key: string, now: number): void {
    const owed = this.#owed.get(key);
    this.#owed.delete(key);
    for (const post of owed?.values() ?? []) this.#settle(post, key, now);
  }

  #settle(post: LoggedPost, key: string, now: number): void {
    post.owedBy.delete(key);
    if (post.owedBy.size > 0) return;
    this.#size--;
    this.#weigh(post.group, -post.weight);
    this.#onSettled(post.number, now);
  }

  #weigh(group: string, bytes: number): void {
    this.#bytes += bytes;
    const sum = (this.#groups.get(group) ?? 0) + bytes;
    if (sum === 0) this.#groups.delete(group);
    else this.#groups.set(group, sum);
  }
}
