// The time that mail is shown with. Pure. PROTOCOL §9.9.

/** Mail is forgotten after so long, ms. */
export const MAIL_AGE_MS = 30 * 24 * 60 * 60 * 1000;

/** Wall-clock ms of sending; or of arrival at the server, where mail cannot have been sent then and arrived so. */
export function mailTimeMs(sentAtMs: number, arrivedMs: number): number {
  return sentAtMs > arrivedMs || sentAtMs < arrivedMs - MAIL_AGE_MS ? arrivedMs : sentAtMs;
}
