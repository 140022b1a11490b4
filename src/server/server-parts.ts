// What a server is made of, and who of it tells whom. Pure. PROTOCOL §8.

import { encode, toHex } from "#bytes";
import { certifyServer, provenClient, serverCertificateCodec, TABLE_EPOCH_BYTES } from "#chat";
import { type Dice, type KeyPair, type SigningKey } from "#crypto";
import { Endpoint, Lane, type MtuTowards, type Observer, Purpose, type Remote } from "#transport";

import { Answers } from "./answers.ts";
import { Attendance, type Leaving } from "./attendance.ts";
import { Chores } from "./chores.ts";
import { ServerCloseCode } from "./close-code.ts";
import { Directory, type Person } from "./directory.ts";
import { type KeptParts, keptParts } from "./kept-parts.ts";
import { Introductions } from "./introductions.ts";
import { type Limits } from "./limits.ts";
import { Presence } from "./presence.ts";
import { Registrar } from "./registrar.ts";
import { requestCost } from "./request-cost.ts";
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
  /** What our own interface takes on the way to an address, if that is known. */
  readonly mtuTowards?: MtuTowards | undefined;
  /** Who watches what is sent and received, if anybody. */
  readonly observer?: Observer | undefined;
}

export interface ServerParts extends Omit<KeptParts, "numbers" | "posts" | "mailbox" | "groupRequests"> {
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
  const store = new StoreQueue(limits.storeOperations, limits.storeBytes);
  const directory: Directory = new Directory((number) => feed.change(number));
  const { memberBehindBytes, queuedBytes, tableRowsPerRequest, unregisteredMs } = limits;
  const speaker = new Speaker(endpoint, queuedBytes + memberBehindBytes, (visitor, at) =>
    dismiss(visitor, ServerCloseCode.tooSlow, "too much waits", at),
  );
  const feed = new TableFeed<Visitor>({
    epoch: dice(TABLE_EPOCH_BYTES),
    limits,
    size: () => directory.size,
    rowOf: (number) => directory.rowOf(number),
    post: (visitor, parts, at) => speaker.post(visitor, Lane.control, parts, at),
  });
  for (const record of books.persons) directory.put(record);
  const left = sessionsLeft(books, wall.at(now));
  const onLeaving = (person: Person, how: Leaving, at: number): void => kept.groupRequests.away(person, how, at);
  const { lastNumber } = books;
  const returns = new Returns(
    { directory, store, events, sessions: left, returnMs: limits.returnMs, lastNumber, onLeaving },
    now,
  );
  const attendance = new Attendance({
    endpoint,
    directory,
    feed,
    store,
    wall,
    events,
    unregisteredMs,
    onComing: (person, at) => {
      directory.setCame(person, kept.numbers.last);
      const { personKey } = person;
      // Without a mailbox, whoever comes gets nothing from before.
      if (!hasMailbox) store.add([{ kind: "putMark", personKey, number: kept.posts.newcomersMark }], at);
    },
    onLeaving,
    onForgotten: (visitor) => desk.forget(visitor),
  });
  const presence = new Presence(endpoint, (visitor, at) => attendance.giveUp(visitor, at));
  const dismiss = (visitor: Visitor, code: number, reason: string, at: number): void => {
    attendance.dismiss(visitor, code, reason, "wentOffline", at);
    presence.settle(visitor, false, at);
  };
  const goOn = (visitor: Visitor, at: number): void => desk.serve(visitor, at);
  const asked = { directory, feed, speaker, presence, returns };
  const kept: KeptParts = keptParts(
    { ...asked, books, hasMailbox, limits, wall, events, endpoint, store, dismiss, goOn },
    now,
  );
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
      goOn(visitor, at);
    },
    newcomersMark: () => kept.posts.newcomersMark,
    onRemoved: (person, at) => {
      const { visitor } = person;
      if (visitor === undefined) return returns.giveUp(person, "deregistered", at);
      attendance.dismiss(visitor, ServerCloseCode.nameReleased, "the name was freed", "deregistered", at);
    },
  });
  const introductions = new Introductions({ directory, feed, speaker, limits });
  const answers = new Answers({
    ...asked,
    ...kept,
    identity,
    hasMailbox,
    limits,
    wall,
    attendance,
    registrar,
    introductions,
  });
  const desk = new RequestDesk({
    limits,
    costOf: (visitor, { body }) =>
      requestCost(body, {
        tableRequests: feed.rowsFor(visitor) / tableRowsPerRequest,
        groupMembers: (visitor.person && kept.groups.memberOf(visitor.person)?.group.members.size) ?? 1,
        everybody: attendance.size,
        groups: kept.groups.size,
      }),
    answer: (visitor, request, lane, at) => answers.answer(visitor, request, lane, at),
    dismiss,
  });
  const { groups, posted } = kept;
  const release = (key: string, at: number): boolean => registrar.release(key, at);
  const chores = new Chores({ directory, store, wall, limits, groups, posted, release }, now);
  const resets = new Resets(endpoint, left, now);
  for (const { personKey } of books.sessions) {
    const isExpected = directory.byKey(toHex(personKey))?.isExpected === true;
    if (!isExpected) store.add([{ kind: "removeSession", personKey }], now);
  }
  return {
    ...kept,
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

function makeEndpoint(serverOptions: ServerOptions, limits: Limits, now: number): Endpoint {
  const { dice, identity, mtuTowards, observer, staticKey } = serverOptions;
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
    mtuTowards,
    observer,
  };
  return new Endpoint(options, dice, now);
}
