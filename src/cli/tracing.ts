// The trace of a running client or server: into the file that was asked for at its start, and begun and ended by SIGUSR2
// while it runs, then into that file or one beside what it keeps.

import { join } from "node:path";

import { type TraceEnd, Tracer } from "#io";
import { StartError } from "#library";
import type { Observer } from "#transport";

import { shownText } from "./shown-text.ts";

const usualName = "trace.sqlog";

export interface TracingOptions {
  readonly name: string;
  readonly type: "client" | "server";
  /** The file that was asked for. */
  readonly file: string | undefined;
  /** Where a trace lies that was not asked for at the start; made by then. */
  readonly folder: () => string;
}

export class Tracing {
  readonly #options: TracingOptions;
  readonly #tracer = new Tracer();
  /** Who shows lines, once somebody does. */
  onLine: (line: string) => void = () => {};

  constructor(options: TracingOptions) {
    this.#options = options;
  }

  /** For the endpoint. */
  get observer(): Observer {
    return this.#tracer;
  }

  /** Begins the trace that was asked for, if one was. StartError where it cannot be written. */
  begin(): void {
    if (this.#options.file === undefined) return;
    try {
      this.#start(this.#options.file);
    } catch (error) {
      throw StartError.from(error);
    }
  }

  /** Begins a trace, or ends the one that there is; says so. */
  toggle(): void {
    const path = this.#options.file ?? join(this.#options.folder(), usualName);
    if (this.#tracer.isOn) {
      void this.#tracer.stop();
      return this.onLine(`[Trace ended: ${shownText(path)}]`);
    }
    try {
      this.#start(path);
      this.onLine(`[Tracing to ${shownText(path)}]`);
    } catch (error) {
      this.onLine(`[No trace: ${reasonOf(error)}]`);
    }
  }

  async close(): Promise<void> {
    await this.#tracer.stop();
  }

  #start(path: string): void {
    const { name, type } = this.#options;
    this.#tracer.start(path, { name, type }, (end) => this.onLine(`[Trace ended: ${endText(end, path)}]`));
  }
}

function endText(end: TraceEnd, path: string): string {
  if (end.kind === "failed") return reasonOf(end.error);
  return `${shownText(path)} is full with ${end.bytes / 1024 / 1024} MiB`;
}

function reasonOf(error: unknown): string {
  return shownText(error instanceof Error ? error.message : String(error)).replaceAll("\n", " ");
}
