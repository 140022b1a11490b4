// Posts of our own, to our group or to everybody: numbered, taken by the server one after the other, and then in the
// history. Pure. PROTOCOL §8.8, §9.10.

import { utf8 } from "#bytes";
import { OPEN_SCHEME, POST_EPOCH_BYTES, POST_ID_BYTES } from "#chat";
import { type Dice } from "#crypto";

import { notIn } from "./group-life.ts";
import { type Journal } from "./journal.ts";
import { EVERYBODY } from "./profile.ts";
import { type RequestLine } from "./request-line.ts";

/** What a post weighs beside its text, bytes. */
const POST_BYTES = 128;

export interface OwnPostsParts {
  readonly line: Pick<RequestLine, "ask" | "refuse" | "tell">;
  readonly journal: Pick<Journal, "write">;
  readonly dice: Dice;
  /** The group we are in. */
  readonly group: () => string | undefined;
}

/** Times in monotonic ms. */
export class OwnPosts {
  readonly #parts: OwnPostsParts;
  /** Of this process: numbers that a crash took with it are never used for something else. */
  readonly #epoch: Uint8Array;
  #lastNumber = 0;

  constructor(parts: OwnPostsParts) {
    this.#parts = parts;
    this.#epoch = parts.dice(POST_EPOCH_BYTES);
  }

  /** Says something to the group that we are in, or to everybody where there is none; gives the message id. */
  say(group: string | undefined, text: string, sentAtMs: number, now: number): Uint8Array {
    const { dice, journal, line } = this.#parts;
    const messageId = dice(POST_ID_BYTES);
    const [epoch, number] = [this.#epoch, ++this.#lastNumber];
    line.ask(
      {
        isAlone: false,
        bytes: POST_BYTES + utf8(text).length,
        messageId,
        body: () => {
          if (group !== undefined && group !== this.#parts.group()) return { kind: "useless", reason: notIn(group) };
          const open = { scheme: OPEN_SCHEME, keyEpoch: 0, content: utf8(text) };
          return { kind: "post", to: group, epoch, number, messageId, sentAtMs, ...open };
        },
        answered: (reply, at) => {
          if (reply.kind === "taken") {
            journal.write({ kind: "putSent", message: { messageId, channel: group ?? EVERYBODY, sentAtMs, text } });
            line.tell({ kind: "postTaken", group, messageId }, at);
          } else line.refuse(reply, messageId, at);
          return undefined;
        },
      },
      now,
    );
    return messageId;
  }
}
