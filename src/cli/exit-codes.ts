// The exit codes of every face, as behaviour.md ("Starting") names them. Pure.

export const exitCodes = {
  fine: 0,
  internal: 1,
  /** Of `sim`: something was not as promised. */
  brokenPromise: 1,
  usage: 2,
  serverUnreachable: 69,
  /** A port, profile or data folder is taken, locked, full, corrupt, read-only, without rights or from a newer version. */
  cannotUse: 73,
  /** Accepted, not yet delivered; one-shot commands only. */
  notYetDelivered: 75,
  protocolVersion: 76,
  /** Name taken, banned, or a server that is not the one pinned. */
  refused: 77,
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;
