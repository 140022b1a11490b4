// When a message was sent, as its reader sees it. Pure (behaviour.md, "mail on coming back").

const mostAgeMs = 30 * 24 * 60 * 60 * 1000;

/**
 * `YYYY-MM-DD HH:MM:SS` in the reader's zone. Both times are wall-clock milliseconds; a time of sending after the arrival,
 * or more than 30 days before it, is a sender's wrong clock and is shown as the arrival.
 */
export function shownTime(sentAtMs: number, arrivedAtMs: number): string {
  const isBelievable = sentAtMs <= arrivedAtMs && sentAtMs >= arrivedAtMs - mostAgeMs;
  const time = new Date(isBelievable ? sentAtMs : arrivedAtMs);
  const day = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join("-");
  return `${day} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(":")}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
