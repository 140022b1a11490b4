// Numbers as bars of text. Pure.

const mostRows = 14;
const longestBar = 40;

/** One row a bucket, of equal widths up to where all but a hundredth are, and one for the rest; `sorted` ascends. */
export function histogram(sorted: readonly number[]): readonly string[] {
  const [first] = sorted;
  if (first === undefined) return [];
  const width = widthFor(percentile(sorted, 0.99) - first);
  const start = Math.floor(first / width) * width;
  const counts: number[] = [];
  for (const value of sorted) {
    const row = Math.min(mostRows - 1, Math.floor((value - start) / width));
    for (let i = counts.length; i <= row; i++) counts.push(0);
    counts[row] = (counts[row] as number) + 1;
  }
  const most = Math.max(...counts);
  const digits = String(start + mostRows * width).length;
  return counts.map((count, i) => {
    const from = String(start + i * width).padStart(digits);
    const to = i === mostRows - 1 ? "more".padEnd(digits) : String(start + (i + 1) * width).padEnd(digits);
    const bar = "#".repeat(count === 0 ? 0 : Math.max(1, Math.round((longestBar * count) / most)));
    return `${from} - ${to}  ${bar.padEnd(longestBar)} ${count}`;
  });
}

/** The value below which that part of all lies; `sorted` ascends. NaN of nothing. */
export function percentile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

/** 1, 2 or 5 times a power of ten, so that the rows but the last are enough for that span. */
function widthFor(span: number): number {
  for (let power = 1; ; power *= 10)
    for (const step of [1, 2, 5]) if (step * power * (mostRows - 2) >= span) return step * power;
}
