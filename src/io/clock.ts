// The two clocks: one that only moves forward, and the wall's.

/** Monotonic ms; its zero means nothing. */
export function monotonicMs(): number {
  return performance.now();
}

/** What to add to the monotonic clock to get the wall clock, ms. */
export function wallOffsetMs(): number {
  return Date.now() - performance.now();
}
