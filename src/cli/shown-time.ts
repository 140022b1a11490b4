// When a message was sent, as its reader sees it. Pure (behaviour.md, "mail on coming back").

const mostAgeMs = 30 * 24 * 60 * 60 * 1000;

/** Wall-clock milliseconds as `YYYY-MM-DD HH:MM:SS` in the reader's zone. */
export function shownTime(atMs: number): string {
  const time = new Date(atMs);
  const day = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join("-");
  return `${day} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(":")}`;
}

/**
 * The time to show of two wall-clock ones: that of sending, but after the arrival, or more than 30 days before it, it is
 * a sender's wrong clock, and the arrival counts.
 */
export function believableTimeMs(sentAtMs: number, arrivedAtMs: number): number {
  return sentAtMs <= arrivedAtMs && sentAtMs >= arrivedAtMs - mostAgeMs ? sentAtMs : arrivedAtMs;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
