// What a server tells the process that started it, over the channel that Node gives it for that. A server that was
// started by hand has none, and one whose starter has died needs none.

/** How a start ended. */
export type ServerStart =
  | { readonly kind: "online" }
  /** `code` is that of a StartError, or `ended` for one that said nothing. */
  | { readonly kind: "failed"; readonly code: string; readonly exitCode: number; readonly message: string };

/** Tells it, and ends the channel. */
export async function tellStarter(start: ServerStart): Promise<void> {
  if (process.send === undefined) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  process.send(start, undefined, undefined, () => resolve());
  await promise;
  if (process.connected) process.disconnect();
}
