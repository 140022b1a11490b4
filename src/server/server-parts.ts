// What a server is made of, and who of it tells whom. Pure. PROTOCOL §8.

import { encode, toHex } from "#bytes";
import { certifyServer, provenClient, serverCertificateCodec, TABLE_EPOCH_BYTES } from "#chat";
import { type Dice, type KeyPair, type SigningKey } from "#crypto";
import { Endpoint, Purpose, type Remote } from "#transport";

import { Answers } from "./answers.ts";
import { Attendance } from "./attendance.ts";
import { Chores } from "./chores.ts";
import { ServerCloseCode } from "./close-code.ts";
import { Directory } from "./directory.ts";
import { Introductions } from "./introductions.ts";
import { type Limits } from "./limits.ts";
import { Presence } from "./presence.ts";
import { Registrar } from "./registrar.ts";
import { RequestDesk } from "./request-desk.ts";
import { Resets, sessionsLeft } from "./resets.ts";
import { Returns } from "./returns.ts";
import { type ServerEvent } from "./server-event.ts";
import { Speaker } from "./speaker.ts";
import { StoreQueue } from "./store-queue.ts";
import { type Books } from "./store.ts";
import { TableFeed } from "./table-feed.ts";
import { type Visitor } from "./visitor.ts";
import { WallClock } from "./wall-clock.ts";

export interface ServerOptions {
  /** What clients pin. */
  readonly identity: SigningKey;
  readonly staticKey: KeyPair;
  readonly dice: Dice;
  /** What the store held when the server started. */
  readonly books: Books;
  /** What differs from `defaultLimits`. */
  readonly limits?: Partial<Limits>;
  /** Whether messages for people who are away are kept; announced to clients. */
  readonly hasMailbox: boolean;
  /** Wall-clock ms at monotonic 0. */
  readonly wallOffsetMs: number;
}

export interface ServerParts {
  readonly wall: WallClock;
  readonly events: ServerEvent[];
  readonly endpoint: Endpoint;
  readonly store: StoreQueue;
  readonly directory: Directory;
  readonly feed: TableFeed<Visitor>;
  readonly attendance: Attendance;
  readonly presence: Presence;
  readonly registrar: Registrar;
  readonly desk: RequestDesk;
  readonly chores: Chores;
  readonly resets: Resets;
  readonly returns: Returns;
  /** Ends a session for what its client did, with a close code; the client counts as gone. */
  readonly dismiss: (visitor: Visitor, code: number, reason: string, now: number) => void;
}

/** The parts of a server that starts with those books. */
export function serverParts(options: ServerOptions, limits: Limits, now: number): ServerParts {
  const { books, dice, hasMailbox, identity } = options;
  const wall = new WallClock(options.wallOffsetMs);
  const events: ServerEvent[] = [];
  const endpoint = makeEndpoint(options, limits, now);
  const store = new StoreQueue(limits.storeOperations);
  const directory: Directory = new Directory((number) => feed.change(number));
  const { queuedBytes, tableRowsPerRequest, unregisteredMs } = limits;
  const speaker = new Speaker(endpoint, queuedBytes, (visitor, at) =>
    dismiss(visitor, ServerCloseCode.tooSlow, "too much waits", at),
  );
  const feed = new TableFeed<Visitor>({
    epoch: dice(TABLE_EPOCH_BYTES),
    limits,
    size: () => directory.size,
    rowOf: (number) => directory.rowOf(number),
    post: (visitor, parts, at) => speaker.post(visitor, parts, at),
  });
  for (const record of books.persons) directory.put(record);
  const left = sessionsLeft(books, wall.at(now));
  const returns = new Returns({ directory, store, events, sessions: left, returnMs: limits.returnMs }, now);
  const attendance = new Attendance({ endpoint, directory, feed, store, wall, events, unregisteredMs });
  const presence = new Presence(endpoint, (visitor, at) => attendance.giveUp(visitor, at));
  const dismiss = (visitor: Visitor, code: number, reason: string, at: number): void => {
    attendance.dismiss(visitor, code, reason, "wentOffline", at);
    presence.settle(visitor, false, at);
  };
  const registrar: Registrar = new Registrar({
    directory,
    attendance,
    presence,
    store,
    wall,
    limits,
    answer: (visitor, id, admission, at) => {
      answers.answerRegister(visitor, id, admission, at);
      if (admission.kind === "admitted") returns.settle(admission.person, at);
      desk.serve(visitor, at);
    },
    onRemoved: (person, at) => {
      const { visitor } = person;
      if (visitor === undefined) return returns.giveUp(person, "deregistered", at);
      attendance.dismiss(visitor, ServerCloseCode.nameReleased, "the name was freed", "deregistered", at);
    },
  });
  const introductions = new Introductions({ directory, feed, speaker, limits });
  const people = { directory, feed, speaker, attendance, presence, registrar, returns, introductions };
  const answers = new Answers({ identity, hasMailbox, limits, wall, ...people });
  const desk = new RequestDesk({
    limits,
    costOf: (visitor, { body }) => (body.kind === "resync" ? 1 + feed.rowsFor(visitor) / tableRowsPerRequest : 1),
    answer: (visitor, request, at) => answers.answer(visitor, request, at),
    dismiss,
  });
  const chores = new Chores({ directory, store, wall, limits, release: (key, at) => registrar.release(key, at) }, now);
  const resets = new Resets(endpoint, left, now);
  for (const { personKey } of books.sessions) {
    const isExpected = directory.byKey(toHex(personKey))?.isExpected === true;
    if (!isExpected) store.add([{ kind: "removeSession", personKey }], now);
  }
  return {
    wall,
    events,
    endpoint,
    store,
    directory,
    feed,
    attendance,
    presence,
    registrar,
    desk,
    chores,
    resets,
    returns,
    dismiss,
  };
}

function makeEndpoint({ identity, staticKey, dice }: ServerOptions, limits: Limits, now: number): Endpoint {
  const certificate = encode(serverCertificateCodec, certifyServer(identity, staticKey.publicKey));
  const options = {
    staticKey,
    purposes: [Purpose.directory],
    answersStrangers: true,
    mostSessions: limits.sessions,
    mostHalfOpen: limits.halfOpen,
    creditBytes: limits.creditBytes,
    application: (): Uint8Array => certificate,
    accepts: ({ application, key }: Remote): boolean => provenClient(application, key) !== undefined,
  };
  return new Endpoint(options, dice, now);
}
