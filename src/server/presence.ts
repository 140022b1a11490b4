// Whether somebody is still there: asked by the server itself, decided by what comes in. Pure. PROTOCOL §8.4.
// Nobody is away on hearsay: only after ten probes, evenly spaced, and not one authentic packet. One question a suspect
// runs at a time, whoever asks, and its answer is good for ANSWER_GOOD_MS.

import { verdictMs } from "#chat";
import { type Endpoint, PROBES_PER_VERDICT, type SessionView } from "#transport";

import { type Visitor } from "./visitor.ts";

/** How long an answer serves whoever asks again, ms. */
const ANSWER_GOOD_MS = 1000;

type Tell = (isPresent: boolean, now: number) => void;

interface Asker {
  readonly since: number;
  readonly tell: Tell;
}

interface Question {
  readonly everyMs: number;
  asked: readonly Asker[];
  /** Probe intervals that passed, and when the next has. */
  passed: number;
  dueAt: number;
}

/** Times in monotonic ms. `onGone` is told before those who asked. */
export class Presence {
  readonly #endpoint: Endpoint;
  readonly #onGone: (visitor: Visitor, now: number) => void;
  readonly #questions = new Map<Visitor, Question>();
  /** Who was found present, and when; in the order of that. */
  readonly #present = new Map<Visitor, number>();

  constructor(endpoint: Endpoint, onGone: (visitor: Visitor, now: number) => void) {
    this.#endpoint = endpoint;
    this.#onGone = onGone;
  }

  /** Suspects that are being asked. */
  get size(): number {
    return this.#questions.size;
  }

  get deadline(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const { dueAt } of this.#questions.values()) earliest = Math.min(earliest, dueAt);
    return earliest;
  }

  /** Asks the other side of a session; `tell` comes once, maybe at once. `isNew`: an answer to somebody who asked
   * before does not do, as whoever comes back may have died since. */
  ask(visitor: Visitor, isNew: boolean, now: number, tell: Tell): void {
    this.#dropOld(now);
    const view = this.#endpoint.view(visitor.session);
    if (view === undefined) this.#onGone(visitor, now);
    if (view === undefined || (!isNew && this.#present.has(visitor))) return tell(view !== undefined, now);
    const running = this.#questions.get(visitor);
    if (running !== undefined) {
      running.asked = [...running.asked, { since: now, tell }];
      return this.#endpoint.ping(visitor.session);
    }
    const everyMs = verdictMs(view.probeTimeoutMs) / PROBES_PER_VERDICT;
    this.#questions.set(visitor, { everyMs, asked: [{ since: now, tell }], passed: 0, dueAt: now + everyMs });
    this.#endpoint.probeEvenly(visitor.session, everyMs);
    this.#endpoint.ping(visitor.session);
  }

  /** Something came in, or a time has come. */
  wake(now: number): void {
    for (const [visitor, question] of this.#questions) {
      const view = this.#endpoint.view(visitor.session);
      if (view === undefined) this.#gone(visitor, now);
      else if (this.#answers(visitor, question, view, now)) continue;
      else if (now >= question.dueAt) this.#pass(visitor, question, now);
    }
  }

  /** The answer is known: by probing, or because the session ended or has an heir. */
  settle(visitor: Visitor, isPresent: boolean, now: number): void {
    const question = this.#questions.get(visitor);
    if (question === undefined) return;
    this.#questions.delete(visitor);
    this.#endpoint.probeEvenly(visitor.session, undefined);
    for (const { tell } of question.asked) tell(isPresent, now);
  }

  /** Tells those to whom what came in is an answer: it acknowledges what left after they asked, or came so much later
   * that it cannot have been under way from somebody who has died since. True if nobody is left who asks. */
  #answers(visitor: Visitor, question: Question, view: SessionView, now: number): boolean {
    const isAnswer = ({ since }: Asker): boolean =>
      view.answeredAt >= since || view.heardAt > since + view.probeTimeoutMs;
    const answered = question.asked.filter(isAnswer);
    if (answered.length === 0) return false;
    this.#present.delete(visitor);
    this.#present.set(visitor, now);
    question.asked = question.asked.filter((asker) => !answered.includes(asker));
    question.passed = 0;
    if (question.asked.length === 0) this.settle(visitor, true, now);
    for (const { tell } of answered) tell(true, now);
    return question.asked.length === 0;
  }

  /** One interval a wake, however late it comes: a server that stood still asked nobody in that time. */
  #pass(visitor: Visitor, question: Question, now: number): void {
    const { everyMs, dueAt } = question;
    question.passed++;
    question.dueAt = (now - dueAt < everyMs ? dueAt : now) + everyMs;
    if (question.passed >= PROBES_PER_VERDICT) this.#gone(visitor, now);
  }

  #gone(visitor: Visitor, now: number): void {
    this.#onGone(visitor, now);
    this.settle(visitor, false, now);
  }

  #dropOld(now: number): void {
    for (const [visitor, at] of this.#present) {
      if (now - at < ANSWER_GOOD_MS) return;
      this.#present.delete(visitor);
    }
  }
}
