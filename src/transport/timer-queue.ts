// Who wants to be woken when: a binary heap of deadlines, for thousands of sessions behind one timer. Pure.

interface Entry<K> {
  readonly key: K;
  readonly at: number;
}

/** One deadline a key; setting and taking cost O(log n). Entries overtaken by a newer deadline are passed over lazily
 * and swept when they outnumber the live ones. */
export class TimerQueue<K> {
  #heap: Entry<K>[] = [];
  readonly #deadlines = new Map<K, number>();

  /** The earliest deadline, +∞ without any. */
  get next(): number {
    this.#dropStale();
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Sets the one deadline of a key; +∞ removes it. */
  set(key: K, at: number): void {
    if (this.#deadlines.get(key) === at) return;
    if (at === Number.POSITIVE_INFINITY) {
      this.#deadlines.delete(key);
      return;
    }
    this.#deadlines.set(key, at);
    this.#push({ key, at });
    if (this.#heap.length > 64 + 4 * this.#deadlines.size) this.#sweep();
  }

  /** Takes a key whose deadline is at or before `now`; undefined if there is none. */
  take(now: number): K | undefined {
    this.#dropStale();
    const [top] = this.#heap;
    if (top === undefined || top.at > now) return undefined;
    this.#pop();
    this.#deadlines.delete(top.key);
    return top.key;
  }

  #dropStale(): void {
    for (let top = this.#heap[0]; top !== undefined && this.#deadlines.get(top.key) !== top.at; top = this.#heap[0])
      this.#pop();
  }

  #sweep(): void {
    const live = [...this.#deadlines].map(([key, at]) => ({ key, at }));
    this.#heap = [];
    for (const entry of live) this.#push(entry);
  }

  #push(entry: Entry<K>): void {
    const heap = this.#heap;
    let i = heap.push(entry) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent] as Entry<K>;
      if (above.at <= entry.at) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && right.at < (heap[child] as Entry<K>).at) child++;
      const smaller = heap[child] as Entry<K>;
      if (last.at <= smaller.at) break;
      heap[i] = smaller;
      i = child;
    }
    heap[i] = last;
  }
}
