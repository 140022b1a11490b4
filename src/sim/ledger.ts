// What was said, shown and told in a simulated world, and whether that is what was promised. Pure. DESIGN §1, promise 1.

interface Said {
  readonly from: string;
  readonly to: string;
  /** Counts up for each (from, to). */
  readonly number: number;
  shown: number;
  isLate: boolean;
  verdicts: number;
  isReceived: boolean;
  /** The sender was killed before it had said that the message is safe: it may never have been. */
  isExcused: boolean;
}

/** Numbers of one run. */
export interface Tally {
  readonly said: number;
  readonly shown: number;
  readonly received: number;
  readonly notDelivered: number;
  /** Given up in time and shown all the same: the word that came too late. */
  readonly lateWord: number;
}

/** Every message of a run, by its text. */
export class Ledger {
  readonly violations: string[] = [];
  readonly #said = new Map<string, Said>();
  readonly #counts = new Map<string, number>();
  readonly #lastShown = new Map<string, number>();
  readonly #killed = new Set<string>();

  /** The text of the next message from one to another, unique in the run. */
  nextText(from: string, to: string): string {
    const pair = `${from}>${to}`;
    const number = (this.#counts.get(pair) ?? 0) + 1;
    this.#counts.set(pair, number);
    return `${pair} ${number}`;
  }

  said(from: string, to: string, text: string): void {
    const number = Number(text.split(" ")[1]);
    this.#said.set(text, {
      from,
      to,
      number,
      shown: 0,
      isLate: false,
      verdicts: 0,
      isReceived: false,
      isExcused: false,
    });
  }

  shown(to: string, from: string, text: string, isLate: boolean): void {
    const head = text.split("|")[0] ?? text;
    const message = this.#said.get(head);
    if (message === undefined || message.from !== from || message.to !== to) {
      this.violations.push(`${to} was shown what ${from} never said to it: ${text.slice(0, 80)}`);
      return;
    }
    message.shown++;
    message.isLate ||= isLate;
    if (message.shown > 1) this.violations.push(`shown twice: ${head}`);
    const pair = `${from}>${to}`;
    const last = this.#lastShown.get(pair) ?? 0;
    if (message.number < last && !isLate) this.violations.push(`out of order: ${head} after number ${last}`);
    this.#lastShown.set(pair, Math.max(last, message.number));
  }

  ended(text: string, isReceived: boolean): void {
    const message = this.#said.get(text);
    if (message === undefined) {
      this.violations.push(`a verdict on what was never said: ${text}`);
      return;
    }
    message.verdicts++;
    message.isReceived = isReceived;
    if (message.verdicts > 1) this.violations.push(`two verdicts: ${text}`);
  }

  /** A client was killed: what it had under way between disk and screen is judged more mildly. */
  killed(name: string): void {
    this.#killed.add(name);
    for (const message of this.#said.values())
      if (message.from === name && message.verdicts === 0) message.isExcused = true;
  }

  /** Judges the whole run, once everything has settled. */
  judge(): void {
    for (const [text, message] of this.#said) {
      if (message.verdicts === 0 && !message.isExcused) this.violations.push(`no verdict: ${text}`);
      // Where a crash falls between storing and showing, "never twice" wins and the text is in the history.
      if (message.isReceived && message.shown === 0 && !this.#killed.has(message.to))
        this.violations.push(`received, never shown: ${text}`);
    }
  }

  get tally(): Tally {
    const all = [...this.#said.values()];
    return {
      said: all.length,
      shown: all.filter((message) => message.shown > 0).length,
      received: all.filter((message) => message.isReceived).length,
      notDelivered: all.filter((message) => message.verdicts > 0 && !message.isReceived).length,
      lateWord: all.filter((message) => message.verdicts > 0 && !message.isReceived && message.shown > 0).length,
    };
  }
}
