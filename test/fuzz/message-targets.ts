// Fuzz targets: requests, replies and notices, what peers say to each other, certificates, and envelopes.

import assert from "node:assert/strict";

import { type Codec, decode, encode, equalBytes } from "#bytes";
import {
  clientHelloCodec,
  type FromServer,
  fromServerCodec,
  provenClient,
  provenServer,
  requestCodec,
  serverCertificateCodec,
} from "#chat";
import { x25519KeyPair } from "#crypto";
import { openEnvelope, type PeerMessage, peerMessageCodec, sealEnvelope } from "#envelope";
import { Random } from "#sim";

import { requestBodies } from "../server/request-bodies.ts";
import { Room } from "../server/room.ts";
import { type TestClient } from "../server/test-client.ts";
import { type Target } from "./target.ts";

/** What decodes is one canonical form: its encoding is what came, byte by byte. */
function codecTarget<T>(name: string, codec: Codec<T>, samples: () => readonly Uint8Array[]): Target {
  const read = (bytes: Uint8Array): T | undefined => decode(codec, bytes);
  return {
    name,
    samples,
    read,
    check: (bytes) => {
      const value = read(bytes);
      if (value !== undefined) assert.deepEqual(encode(codec, value), bytes);
      return value !== undefined;
    },
    tries: 5000,
  };
}

/** Two members of a group on a real server. */
function company(): { readonly room: Room; readonly a: TestClient; readonly b: TestClient } {
  const room = new Room({ limits: { requestBurst: 1000 } });
  const a = room.member("ana", "tea", {});
  const b = room.member("bob", "tea");
  room.run(200);
  return { room, a, b };
}

function requestSamples(): readonly Uint8Array[] {
  const { a, b } = company();
  return [...requestBodies(a, b), { kind: "deregister" } as const].map((body, id) =>
    encode(requestCodec, { id, body }),
  );
}

function fromServerSamples(): readonly Uint8Array[] {
  const { room, a, b } = company();
  for (const body of requestBodies(a, b)) room.asked(a, body, 300);
  room.ask(b, b.postBody("hello"));
  room.ask(b, b.postBody("everybody", { to: undefined }));
  room.run(300);
  room.ask(a, { kind: "fetch", box: 1, after: 0 });
  const replies = [...a.replies].map(([id, body]): FromServer => ({ kind: "reply", id, body }));
  const kinds = new Map([...replies].map((reply) => [reply.kind === "reply" ? reply.body.kind : "", reply]));
  const row = room.ask(a, { kind: "lookUp", name: "bob" });
  assert.ok(row.kind === "found" && row.row !== undefined);
  const notices: readonly FromServer[] = [
    ...b.introductions.slice(0, 1).map((body): FromServer => ({ kind: "notice", body })),
    ...a.posts.slice(0, 1).map((body): FromServer => ({ kind: "notice", body })),
    { kind: "notice", body: { kind: "mailWaiting", box: 1 } },
    {
      kind: "notice",
      body: {
        kind: "table",
        epoch: new Uint8Array(8).fill(1),
        from: 0,
        to: 300,
        isFirst: true,
        isLast: true,
        isWhole: true,
        changes: [
          { kind: "row", ...row.row },
          { kind: "presence", number: 3, isOnline: false, address: undefined },
          { kind: "removed", number: 70 },
        ],
        hash: new Uint8Array(16).fill(2),
      },
    },
  ];
  return [...kinds.values(), ...notices].map((value) => encode(fromServerCodec, value));
}

const random = new Random(1, "messages");
const peerMessages: readonly PeerMessage[] = [
  {
    kind: "text",
    messageId: random.dice(16),
    epoch: random.dice(8),
    number: 300,
    floor: 64,
    hasEarlier: true,
    sentAtMs: 1_790_000_000_000,
    text: "Grüße \u{1f44b}\u001b[2J",
  },
  { kind: "receipts", messageIds: [random.dice(16), random.dice(16)] },
  { kind: "resend", epoch: random.dice(8), from: 20_000 },
];

/** Two whose keys are always the same. */
const people = ((): readonly TestClient[] => {
  const room = new Room();
  return [room.client("ana"), room.client("bob")];
})();
const [ana, bob] = people as readonly [TestClient, TestClient];
const hello = { device: ana.device, registration: undefined };
const mailKey = bob.staticKey;

function envelopes(): readonly Uint8Array[] {
  const { dice } = new Random(1, "envelopes");
  return peerMessages
    .filter(({ kind }) => kind !== "resend")
    .map((message) => sealEnvelope({ staticKey: ana.staticKey, hello }, bob.device, message, dice) ?? assert.fail());
}

const sealed = envelopes();

/** Only what was sealed opens; and what opens it is its recipient and its key, nobody else's. */
function checkEnvelope(bytes: Uint8Array): boolean {
  const opened = openEnvelope(bytes, bob.person.publicKey, [mailKey]);
  const isTrue = sealed.some((each) => equalBytes(each, bytes));
  assert.equal(opened !== undefined, isTrue);
  assert.equal(openEnvelope(bytes, ana.person.publicKey, [mailKey]), undefined);
  return isTrue;
}

function certificates(): readonly Uint8Array[] {
  const { room, a } = company();
  const registered = room.ask(a, a.registerBody());
  assert.ok(registered.kind === "registered");
  const identity = { identityKey: registered.registration.serverKey, staticKey: a.staticKey.publicKey };
  return [
    encode(clientHelloCodec, { device: a.device, registration: registered.registration }),
    encode(clientHelloCodec, hello),
    encode(serverCertificateCodec, { ...identity, signature: new Uint8Array(64).fill(5) }),
  ];
}

/** Only the certificates themselves prove anything, and only to whom they name. */
function checkCertificate(bytes: Uint8Array): boolean {
  const other = x25519KeyPair(new Uint8Array(32).fill(9)).publicKey;
  assert.equal(provenClient(bytes, other), undefined);
  assert.equal(provenServer(bytes, other), undefined);
  const read = decode(clientHelloCodec, bytes);
  if (read !== undefined) assert.deepEqual(encode(clientHelloCodec, read), bytes);
  const proven = provenClient(bytes, ana.staticKey.publicKey);
  // The registration beside the device is not judged here.
  if (proven !== undefined)
    assert.deepEqual(encode(clientHelloCodec, { ...hello, registration: proven.registration }), bytes);
  return read !== undefined;
}

export const messageTargets: readonly Target[] = [
  codecTarget("request", requestCodec, requestSamples),
  codecTarget("from-server", fromServerCodec, fromServerSamples),
  codecTarget("peer-message", peerMessageCodec, () => peerMessages.map((message) => encode(peerMessageCodec, message))),
  {
    name: "certificate",
    samples: certificates,
    read: (bytes) => decode(clientHelloCodec, bytes),
    check: checkCertificate,
    tries: 1500,
  },
  {
    name: "envelope",
    samples: envelopes,
    read: (bytes) => openEnvelope(bytes, bob.person.publicKey, [mailKey]),
    check: checkEnvelope,
    tries: 1000,
  },
];
