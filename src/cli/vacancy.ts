// When a server that serves `--until-empty` ends: when its last client has left, or when nobody came for a minute.

/** How long a first client is waited for. */
const waitMs = 60_000;

export class Vacancy {
  readonly #end: () => void;
  readonly #timer: NodeJS.Timeout;
  #hasBeenUsed = false;

  /** `end` is called when nobody is there any more, maybe more than once. */
  constructor(end: () => void) {
    this.#end = end;
    this.#timer = setTimeout(end, waitMs);
  }

  /** Somebody came or left; whoever is expected back after a crash counts as there. */
  look(clients: readonly { readonly isOnline: boolean }[]): void {
    if (!clients.some(({ isOnline }) => isOnline)) {
      if (this.#hasBeenUsed) this.#end();
      return;
    }
    this.#hasBeenUsed = true;
    clearTimeout(this.#timer);
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
