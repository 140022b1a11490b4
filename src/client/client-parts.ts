// What a client is made of, and who of it tells whom. Pure. PROTOCOL §9.

import { Endpoint, Purpose } from "#transport";
import { scopeOf } from "#wire";

import { Addressing } from "./addressing.ts";
import { type ClientOptions } from "./client-options.ts";
import { ClientTable } from "./client-table.ts";
import { Clock } from "./clock.ts";
import { Credentials } from "./credentials.ts";
import { EventQueue } from "./event-queue.ts";
import { Inbox } from "./inbox.ts";
import { Journal } from "./journal.ts";
import { LookUps } from "./look-ups.ts";
import { Membership } from "./membership.ts";
import { Outbox } from "./outbox.ts";
import { PeerTalk } from "./peer-talk.ts";
import { Peers } from "./peers.ts";
import { Pins } from "./pins.ts";
import { SelfTalk } from "./self-talk.ts";
import { ServerLink } from "./server-link.ts";
import { ServerNotices } from "./server-notices.ts";
import { TableNews } from "./table-news.ts";
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
  readonly trust: Trust;
  readonly addressing: Addressing;
  readonly membership: Membership;
  readonly notices: ServerNotices;
  readonly peerTalk: PeerTalk;
}

/** The parts of a client, at rest. */
export function clientParts(options: ClientOptions, now: number): ClientParts {
  const { ackTimeoutMs, dice, name, profile, server } = options;
  const clock = new Clock(options.wallOffsetMs, now);
  const events = new EventQueue();
  const journal = new Journal();
  const table = new ClientTable();
  const news = new TableNews(events);
  const pins = new Pins(profile.personPins, journal);
  const credentials = new Credentials(options, table, journal, clock.wallMs(now));
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
    registration: (hash) => credentials.registerRequest(hash, table.mark),
    registered: (reply) => {
      notices.beginAnew();
      membership.registered(reply);
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
  const outbox: Outbox = new Outbox({ endpoint, peers, journal, ackTimeoutMs }, profile, {
    seek: (personKey, toName, at) => addressing.seek(personKey, toName, at),
    serverProbeTimeoutMs: () => link.probeTimeoutMs,
    wallMs: (at) => clock.wallMs(at),
    ended: ({ toName, messageId }, end) => events.push({ kind: "messageEnded", to: toName, messageId, end }),
    silent: (personKey, at) => {
      if (link.isRegistered) link.mention({ kind: "reportSilent", personKey }, at);
    },
  });
  const inbox: Inbox = new Inbox(journal, profile, {
    isChanged: (fromName, personKey) => pins.isChanged(fromName, personKey),
    hasRoom: () => journal.bytes + events.bytes < MOST_UNTOLD_BYTES,
    show: ({ fromName, fromKey, messageId, text, sentAtMs }, isLate) => {
      const from = table.byPerson(fromKey)?.name ?? fromName;
      events.push({ kind: "messageReceived", from, messageId, text, sentAtMs, isLate });
    },
    missing: (fromKey, epoch, from) => peerTalk.answer(fromKey, { kind: "resend", epoch, from }),
    receipts: (fromKey, messageIds) => peerTalk.answer(fromKey, { kind: "receipts", messageIds }),
  });
  const selfTalk = new SelfTalk(name, credentials.personKey, profile, journal, events);
  const trust = new Trust({ pins, inbox, outbox, events });
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
  const membership = new Membership({ name, credentials, events, link, lookUps, news, outbox, peers, trust });
  const notices = new ServerNotices({ credentials, link, membership, news, outbox, peers, table });
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
    trust,
    addressing,
    membership,
    notices,
    peerTalk,
  };
}
