// What this process uses right after each of V8's own full collections. It holds a thousand clients in more than a gigabyte:
// to collect that on demand stops them all for a second, and a second of silence is a verdict.

import { constants, PerformanceObserver } from "node:perf_hooks";

import { type Sample } from "./flatness.ts";

export class HeapWatch {
  readonly samples: Sample[] = [];
  /** The longest that a full collection stopped this process, ms. */
  longestStopMs = 0;
  readonly #observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (isFull(entry)) this.#collected(entry.duration);
  });

  constructor() {
    this.#observer.observe({ entryTypes: ["gc"] });
  }

  /** Collects by force, if V8 has not since that time. */
  collectUnlessSince(at: number): void {
    if ((this.samples.at(-1)?.at ?? Number.NEGATIVE_INFINITY) >= at) return;
    globalThis.gc?.();
    // The observer is told later; what is used is known now.
    this.#note();
  }

  close(): void {
    this.#observer.disconnect();
  }

  #collected(stopMs: number): void {
    this.longestStopMs = Math.max(this.longestStopMs, stopMs);
    this.#note();
  }

  #note(): void {
    const { external, heapUsed } = process.memoryUsage();
    this.samples.push({ at: performance.now(), bytes: heapUsed + external });
  }
}

function isFull(entry: object): boolean {
  const detail: unknown = "detail" in entry ? entry.detail : undefined;
  return isObject(detail) && "kind" in detail && detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
