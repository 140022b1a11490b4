// What a client is made of, and who of it tells whom. Pure. PROTOCOL §9.

import { type Sealer } from "#envelope";
import { Endpoint, Purpose } from "#transport";
import { scopeOf } from "#wire";

import { Addressing } from "./addressing.ts";
import { Chores } from "./chores.ts";
import { type ClientOptions } from "./client-options.ts";
import { ClientTable } from "./client-table.ts";
import { Clock } from "./clock.ts";
import { Collector } from "./collector.ts";
import { Credentials } from "./credentials.ts";
import { EventQueue } from "./event-queue.ts";
import { Fetcher } from "./fetcher.ts";
import { GroupLife } from "./group-life.ts";
import { Inbox } from "./inbox.ts";
import { Journal } from "./journal.ts";
import { Letters } from "./letters.ts";
import { LookUps } from "./look-ups.ts";
import { MailKeys } from "./mail-keys.ts";
import { Mailer } from "./mailer.ts";
import { Membership } from "./membership.ts";
import { Outbox } from "./outbox.ts";
import { OwnPosts } from "./own-posts.ts";
import { PeerTalk } from "./peer-talk.ts";
import { Peers } from "./peers.ts";
import { Pins } from "./pins.ts";
import { Posts } from "./posts.ts";
import { EVERYBODY, type IncomingRecord } from "./profile.ts";
import { RequestLine } from "./request-line.ts";
import { SelfTalk } from "./self-talk.ts";
import { ServerLink } from "./server-link.ts";
import { ServerNotices } from "./server-notices.ts";
import { TableNews } from "./table-news.ts";
import { Tries } from "./tries.ts";
import { Trust } from "./trust.ts";

const MOST_SESSIONS = 4096;
const MOST_HALF_OPEN = 256;
const CREDIT_BYTES = 64 * 1024 * 1024;
/** Bytes that wait for the disk or for the application; with more, texts are not taken in, and so not acknowledged. */
const MOST_UNTOLD_BYTES = 16 * 1024 * 1024;

export interface ClientParts {
  readonly clock: Clock;
  readonly events: EventQueue;
  readonly journal: Journal;
  readonly table: ClientTable;
  readonly news: TableNews;
  readonly credentials: Credentials;
  readonly pins: Pins;
  readonly endpoint: Endpoint;
  readonly link: ServerLink;
  readonly peers: Peers;
  readonly lookUps: LookUps;
  readonly outbox: Outbox;
  readonly inbox: Inbox;
  readonly mailer: Mailer;
  readonly collector: Collector;
  readonly fetcher: Fetcher;
  readonly letters: Letters;
  readonly chores: Chores;
  readonly line: RequestLine;
  readonly groupLife: GroupLife;
  readonly ownPosts: OwnPosts;
  readonly posts: Posts;
  readonly trust: Trust;
  readonly addressing: Addressing;
  readonly membership: Membership;
  readonly notices: ServerNotices;
  readonly peerTalk: PeerTalk;
  readonly tries: Tries;
}

/** The parts of a client, at rest. */
export function clientParts(options: ClientOptions, now: number): ClientParts {
  const { ackTimeoutMs, dice, name, profile, server } = options;
  const clock = new Clock(options.wallOffsetMs, now);
  const events = new EventQueue();
  const journal = new Journal();
  const table = new ClientTable();
  const news = new TableNews(events, journal);
  const pins = new Pins(profile.personPins, journal);
  const renewed = (at: number): void => {
    credentials.certify(mailKeys.current.publicKey, clock.wallMs(at));
    link.registerAnew();
  };
  const mailKeys: MailKeys = new MailKeys(profile.mailKeys, { dice, journal, renewed }, clock.wallMs(now));
  const { publicKey: mailKey } = mailKeys.current;
  const credentials = new Credentials(options, mailKey, table, journal, clock.wallMs(now));
  const endpoint = new Endpoint(
    {
      staticKey: credentials.staticKey,
      purposes: [Purpose.peer],
      answersStrangers: false,
      mostSessions: MOST_SESSIONS,
      mostHalfOpen: MOST_HALF_OPEN,
      creditBytes: CREDIT_BYTES,
      application: (purpose) => credentials.hello(purpose),
      accepts: (remote) =>
        remote.purpose === Purpose.directory ? credentials.acceptsServer(remote) : peerTalk.accepts(remote),
      renewAfterMs: options.renewAfterMs,
      mtuTowards: options.mtuTowards,
      observer: options.observer,
    },
    dice,
    now,
  );
  const peers = new Peers({
    endpoint,
    dice,
    isOnLoopback: scopeOf(server) === "loopback",
    introduce: (personKey, token, at) => {
      if (link.isRegistered) link.mention({ kind: "introduce", personKey, token }, at);
    },
  });
  const link: ServerLink = new ServerLink(endpoint, server, (dice(1)[0] ?? 0) / 255, {
    registration: (hash) => credentials.registerRequest(hash, table.mark, groupLife.group),
    registered: (reply, at) => {
      notices.beginAnew();
      membership.registered(reply);
      groupLife.registered(reply.group, at);
      posts.beginAnew();
    },
    notice: (notice, at) => notices.receive(notice, at),
    refused: (reply, at) => membership.refused(reply, at),
    unusable: (why) => membership.unusable(why),
    silent: (at) => {
      notices.forgetResync();
      membership.silent(at);
    },
  });
  const lookUps: LookUps = new LookUps({
    request: (body, at, answer) => link.request(body, at, answer),
    mention: (body, at, ended) => link.mention(body, at, ended),
    ended: (asked, wishes, end, at) => addressing.lookedUp(asked, wishes, end, at),
  });
  const sealer = (): Sealer => credentials.sealer;
  const mailer = new Mailer({ sealer, request: (body, at, answer) => link.request(body, at, answer) }, dice);
  const collector = new Collector(
    { sealer, isRegistered: () => link.isRegistered, tell: (body) => link.tell(body) },
    dice,
  );
  const fetcher: Fetcher = new Fetcher({
    request: (body, at, answer, lapsed) => link.request(body, at, answer, () => lapsed(clock.now)),
    hasRoom: () => hasRoom() && collector.hasRoom,
    take: (item, at) => letters.take(item, at),
    mailCame: (at) => inbox.mailCame(at),
    mailStopped: (at) => inbox.mailStopped(at),
  });
  const tries = new Tries();
  const outbox: Outbox = new Outbox({ endpoint, peers, journal, ackTimeoutMs }, profile, {
    seek: (personKey, toName, at) => addressing.seek(personKey, toName, at),
    serverProbeTimeoutMs: () => link.probeTimeoutMs,
    wallMs: (at) => clock.wallMs(at),
    hasMailbox: () => membership.hasMailbox,
    save: (letter, at) => {
      tries.asked(letter.messageId, at);
      mailer.save(letter, at);
    },
    called: (toName, address, at) => tries.called(toName, address, at),
    leaving: (messageId) => tries.leaving(messageId),
    mailed: ({ toName, messageId }) => events.push({ kind: "messageMailed", to: toName, messageId }),
    ended: ({ toName: to, messageId }, end, reason) =>
      events.push({ kind: "messageEnded", to, messageId, end, reason }),
    collected: ({ toName: to, messageId, sentAtMs }, end) => {
      if (end === "saved") events.push({ kind: "mailCollected", to, messageId, sentAtMs });
      else events.push({ kind: "messageEnded", to, messageId, end: "received", reason: undefined });
    },
    silent: (personKey, at) => {
      if (link.isRegistered) link.mention({ kind: "reportSilent", personKey }, at);
    },
  });
  const nameOf = ({ fromKey, fromName }: IncomingRecord): string => table.byPerson(fromKey)?.name ?? fromName;
  const hasRoom = (): boolean => journal.bytes + events.bytes < MOST_UNTOLD_BYTES;
  const inbox: Inbox = new Inbox(journal, profile, {
    isChanged: (fromName, personKey) => pins.isChanged(fromName, personKey),
    hasRoom,
    show: (record, isLate) => {
      const { messageId, text, sentAtMs, mailedAtMs } = record;
      const from = nameOf(record);
      events.push({ kind: "messageReceived", from, messageId, text, sentAtMs, isLate, mailedAtMs });
    },
    kept: (record) => events.push({ kind: "privateKept", from: nameOf(record) }),
    askMail: (at) => membership.hasMailbox && link.isRegistered && fetcher.ask(at),
    collected: ({ number, device }, messageId) => collector.collected(number, { device, messageId }),
    refused: ({ number }, at) => fetcher.refused(number, at),
    fetchAgain: (at) => {
      events.beginMail();
      fetcher.fetchAgain(at);
    },
    missing: (fromKey, epoch, from) => peerTalk.answer(fromKey, { kind: "resend", epoch, from }),
    receipts: (fromKey, messageIds) => peerTalk.answer(fromKey, { kind: "receipts", messageIds }),
  });
  const selfTalk = new SelfTalk(name, credentials.personKey, profile, journal, events);
  const line: RequestLine = new RequestLine({
    journal,
    events,
    isOnline: () => membership.isOnline,
    request: (body, at, answer) => link.request(body, at, answer),
  });
  const groupLife = new GroupLife({ line, inbox });
  const ownPosts = new OwnPosts({ line, journal, dice, group: () => groupLife.group });
  const posts = new Posts(journal, profile.unshown, {
    group: () => groupLife.group,
    hasRoom: () => hasRoom() && collector.hasRoom,
    wallMs: (at) => clock.wallMs(at),
    nameOf: (personKey) => table.byPerson(personKey)?.name,
    isOurs: (fromName, personKey) => credentials.isSelf(personKey) || credentials.isOwnName(fromName),
    // Told of under pinned names only: a server could think up any number of others.
    mustHold: (fromName, personKey) =>
      pins.has(fromName) ? trust.mustHold(fromName, personKey) : trust.isChanged(fromName, personKey),
    isChanged: (fromName, personKey) => pins.isChanged(fromName, personKey),
    collected: (number) => collector.collected(number),
    show: (record) => {
      const { channel, messageId, text, sentAtMs, mailedAtMs } = record;
      const group = channel === EVERYBODY ? undefined : channel;
      events.push({ kind: "postReceived", group, from: nameOf(record), messageId, text, sentAtMs, mailedAtMs });
    },
  });
  const trust: Trust = new Trust({ pins, inbox, outbox, posts, events });
  const addressing = new Addressing({
    dice,
    clock,
    events,
    table,
    credentials,
    pins,
    peers,
    outbox,
    selfTalk,
    lookUps,
    trust,
  });
  const letters: Letters = new Letters({
    clock,
    collector,
    credentials,
    inbox,
    journal,
    mailKeys,
    outbox,
    pins,
    trust,
    post: (post, at) => posts.receive(post, undefined, at),
  });
  const chores = new Chores([(at) => mailKeys.renew(clock.wallMs(at)), (at) => outbox.forgetOld(at)], now);
  const membership: Membership = new Membership({
    name,
    collector,
    credentials,
    events,
    fetcher,
    groupLife,
    journal,
    link,
    lookUps,
    mailer,
    news,
    outbox,
    peers,
    trust,
  });
  const notices = new ServerNotices({
    credentials,
    events,
    fetcher,
    link,
    mailer,
    membership,
    news,
    outbox,
    peers,
    posts,
    table,
  });
  const peerTalk = new PeerTalk({
    clock,
    credentials,
    endpoint,
    inbox,
    membership,
    outbox,
    peers,
    pins,
    table,
    trust,
  });
  return {
    clock,
    events,
    journal,
    table,
    news,
    credentials,
    pins,
    endpoint,
    link,
    peers,
    lookUps,
    outbox,
    inbox,
    mailer,
    collector,
    fetcher,
    letters,
    chores,
    line,
    groupLife,
    ownPosts,
    posts,
    trust,
    addressing,
    membership,
    notices,
    peerTalk,
    tries,
  };
}
