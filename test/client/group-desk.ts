// A server that answers when the test says so, for tests of what is asked about groups and posts.

import { type ReplyBody, type RequestBody } from "#chat";

import { EventQueue } from "../../src/client/event-queue.ts";
import type { ClientEvent } from "../../src/client/events.ts";
import { Journal } from "../../src/client/journal.ts";
import { RequestLine } from "../../src/client/request-line.ts";

interface Asked {
  readonly body: RequestBody;
  readonly answer: (reply: ReplyBody, now: number) => void;
}

export class GroupDesk {
  readonly journal = new Journal();
  readonly events = new EventQueue();
  isOnline = true;
  /** What is answered at once, if anything. */
  answersAtOnce: ReplyBody | undefined;
  /** Whatever was asked, and not taken away. */
  readonly asked: Asked[] = [];
  readonly line = new RequestLine({
    journal: this.journal,
    events: this.events,
    isOnline: () => this.isOnline,
    request: (body, now, answer) => {
      this.asked.push({ body, answer });
      if (this.answersAtOnce !== undefined) answer(this.answersAtOnce, now);
    },
  });

  get kinds(): readonly string[] {
    return this.asked.map(({ body }) => body.kind);
  }

  /** Answers the oldest request; gives what it was. */
  answer(reply: ReplyBody): RequestBody {
    const first = this.asked.shift();
    if (first === undefined) throw new Error("nothing was asked");
    first.answer(reply, 0);
    return first.body;
  }

  /** All events that were told since the last time. */
  told(): readonly ClientEvent[] {
    const told: ClientEvent[] = [];
    for (let event = this.events.shift(); event !== undefined; event = this.events.shift()) told.push(event);
    return told;
  }

  /** Everything that was written is safe; gives the kinds of the operations. */
  commit(): readonly string[] {
    const batch = this.journal.take() ?? [];
    this.journal.applied(
      batch.map(() => "done"),
      0,
    );
    return batch.map(({ kind }) => kind);
  }
}
