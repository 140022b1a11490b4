// Why a server ends sessions, beside the transport's reasons. Pure. PROTOCOL §8.6. A client may come back after each.

/** The application's close codes begin at 64 (PROTOCOL §6.4). */
export const ServerCloseCode = {
  /** Nothing was registered in time. */
  unregistered: 64,
  /** More requests at once than may wait. */
  tooManyRequests: 65,
  /** What was sent to the client piled up. */
  tooSlow: 66,
  /** The name was freed at the server. */
  nameReleased: 67,
} as const;
