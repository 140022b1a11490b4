// Numbers of several runs, and how they are told: median with its range, never a single one.

/** One measured figure. */
export interface Figure {
  readonly figure: string;
  readonly subject: string;
  readonly unit: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
}

export function figure(name: string, unit: string, values: readonly number[]): Figure {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
  return { figure: name, subject: "udpchat", unit, median: at(0.5), min: at(0), max: at(1), runs: values.length };
}

/** The value below which that part of the values lies. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

export function show({ figure: name, unit, median, min, max, runs }: Figure): string {
  const number = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
  return `${name.padEnd(28)} ${number(median).padStart(9)} ${unit.padEnd(12)} (${number(min)} – ${number(max)}, ${runs} runs)`;
}
