// SIGINT, SIGTERM and SIGHUP: the first one asks for a goodbye, and the exit code says which it was (behaviour.md, "Exit
// codes"). SIGUSR2 begins and ends a trace. Listens from its making on, so that a signal while the program still loads works, too.

import { exitCodes } from "./exit-codes.ts";

/** The part of `process` that signals need. */
export interface SignalSource {
  on(signal: "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGUSR2", listener: () => void): unknown;
}

export class Signals {
  readonly #exit: (code: number) => void;
  #sayGoodbye: ((code: number) => void) | undefined;
  #toggleTrace = (): void => {};
  #isLeaving = false;

  /** `exit` ends the process at once: while nobody has anything to say goodbye to, and at a second signal. */
  constructor(source: SignalSource, exit: (code: number) => void, options: { readonly ignoresHangup: boolean }) {
    this.#exit = exit;
    source.on("SIGINT", () => this.receive(exitCodes.interrupted));
    source.on("SIGTERM", () => this.receive(exitCodes.terminated));
    source.on("SIGHUP", () => {
      if (!options.ignoresHangup) this.receive(exitCodes.hungUp);
    });
    source.on("SIGUSR2", () => this.#toggleTrace());
  }

  /** From now on the first signal goes to `sayGoodbye`, which is to end the process with that code. */
  onFirst(sayGoodbye: (code: number) => void): void {
    this.#sayGoodbye = sayGoodbye;
  }

  /** From now on SIGUSR2 goes there; before, it does nothing. */
  onTrace(toggle: () => void): void {
    this.#toggleTrace = toggle;
  }

  /** A signal has come, or a key that means one. */
  receive(code: number): void {
    if (this.#sayGoodbye === undefined || this.#isLeaving) return this.#exit(code);
    this.#isLeaving = true;
    this.#sayGoodbye(code);
  }
}
