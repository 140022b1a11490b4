// Closing what has a goodbye to say, without waiting for it longer than somebody at a keyboard would.

const mostWaitMs = 1000;

/** Resolves when `close` has, or after a second. */
export async function sayGoodbye(close: () => Promise<void>): Promise<void> {
  const { promise: isLate, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, mostWaitMs);
  try {
    await Promise.race([close(), isLate]);
  } finally {
    clearTimeout(timer);
  }
}
