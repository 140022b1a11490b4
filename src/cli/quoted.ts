// What a user or a stranger wrote, as it may stand in one line of an error message. Pure.

const mostShown = 64;
const unsafe = /[\p{C}\p{Zl}\p{Zp}"\\]/u;

/** The text in double quotes: what is not plainly visible as `\u{…}`, and no more than 64 code points of it. */
export function quoted(text: string): string {
  const start = Array.from(text.slice(0, 2 * mostShown + 2));
  const shown = start.slice(0, mostShown).map((point) => (unsafe.test(point) ? escaped(point) : point));
  return `"${shown.join("")}${start.length > mostShown ? "…" : ""}"`;
}

function escaped(point: string): string {
  if (point === '"' || point === "\\") return `\\${point}`;
  return `\\u{${(point.codePointAt(0) as number).toString(16)}}`;
}
