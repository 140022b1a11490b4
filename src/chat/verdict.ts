// When silence is a verdict: the same time for whoever waits, client or server. Pure. BEHAVIOUR "Time and truth".

/** Silence is waited for at least so long, unless the user says otherwise, ms. */
export const ACK_TIMEOUT_MS = 500;
/** A request to the server fails after so much silence: five tries of 500 ms. */
export const REQUEST_TIMEOUT_MS = 2500;
/** A request that is acknowledged and not answered fails after so long. */
export const ANSWER_TIMEOUT_MS = 10_000;

const PROBE_TIMEOUTS = 5;
const LONGEST_VERDICT_MS = 3000;

/** How long somebody must be silent to count as gone, on a path with that probe timeout. */
export function verdictMs(probeTimeoutMs: number, ackTimeoutMs: number = ACK_TIMEOUT_MS): number {
  return Math.min(Math.max(ackTimeoutMs, PROBE_TIMEOUTS * probeTimeoutMs), Math.max(LONGEST_VERDICT_MS, ackTimeoutMs));
}
