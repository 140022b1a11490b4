import assert from "node:assert/strict";
import { test } from "node:test";

import { certifyDevice, type DeviceCertificate, RefusalCode, type ReplyBody, type RequestBody } from "#chat";
import { signingKey, x25519KeyPair } from "#crypto";
import { openEnvelope } from "#envelope";
import { Random } from "#sim";

import { REMEMBER_MS } from "../../src/client/certificates.ts";
import { type Letter, Mailer, MOST_UNANSWERED } from "../../src/client/mailer.ts";
import { bytes } from "./records.ts";

const { dice } = new Random(1, "mailer");

/** Somebody with a device and a mail key. */
function person(): { readonly key: Uint8Array; readonly device: DeviceCertificate; readonly mailSecret: Uint8Array } {
  const signing = signingKey(dice(32));
  const mailSecret = dice(32);
  const { publicKey: mailKey } = x25519KeyPair(mailSecret);
  const device = certifyDevice(signing, { deviceId: dice(16), staticKey: dice(32), mailKey, issuedMs: 1 });
  return { key: signing.publicKey, device, mailSecret };
}

const [bob, eve] = [person(), person()];
const staticKey = x25519KeyPair(dice(32));
const self = signingKey(dice(32));
const hello = {
  device: certifyDevice(self, { deviceId: dice(16), staticKey: staticKey.publicKey, mailKey: dice(32), issuedMs: 1 }),
  registration: undefined,
};

/** A mailer whose server is the test. */
class Desk {
  readonly told: string[] = [];
  readonly asked: { readonly body: RequestBody; readonly answer: (reply: ReplyBody, now: number) => void }[] = [];
  readonly mailer = new Mailer(
    { sealer: () => ({ staticKey, hello }), request: (body, _, answer) => this.asked.push({ body, answer }) },
    dice,
  );
  readonly unwanted = new Set<number>();

  save(number: number, to = bob, now = 0): void {
    const letter: Letter = {
      toKey: to.key,
      messageId: bytes(number, 16),
      text: () =>
        this.unwanted.has(number)
          ? undefined
          : {
              kind: "text",
              messageId: bytes(number, 16),
              epoch: bytes(1, 8),
              number,
              floor: 1,
              hasEarlier: false,
              sentAtMs: 1,
              text: `n${number}`,
            },
      ended: ({ end, reason }) => this.told.push(`${number} ${end}${reason === undefined ? "" : ` ${reason}`}`),
    };
    this.mailer.save(letter, now);
  }

  answer(reply: ReplyBody, now = 0): void {
    this.asked.shift()?.answer(reply, now);
  }

  /** What is asked for: who somebody is, or to keep the text that only its recipient can read. */
  get waiting(): readonly string[] {
    return this.asked.map(({ body }) => {
      if (body.kind !== "save") return body.kind;
      const { key, mailSecret } = [bob, eve].find(({ key: each }) => each.join() === body.toKey.join()) ?? bob;
      const message = openEnvelope(body.envelope, key, [x25519KeyPair(mailSecret)])?.message;
      return message?.kind === "text" ? message.text : "nothing";
    });
  }
}

const refusal = (code: number, text: string): ReplyBody => ({ kind: "refused", code, text });

test("the recipient's certificate is asked for once, and letters are sealed to its mail key in their order", () => {
  const desk = new Desk();
  for (const number of [1, 2]) desk.save(number);
  assert.deepEqual(desk.waiting, ["certificate"]);
  desk.answer({ kind: "certificate", device: bob.device }, 5);
  desk.save(3, bob, 5 + REMEMBER_MS - 1);
  assert.deepEqual(desk.waiting, ["n1", "n2", "n3"]);
  desk.answer({ kind: "saved" });
  desk.answer({ kind: "exists" });
  desk.answer(refusal(RefusalCode.mailboxFull, "full"));
  assert.deepEqual(desk.told, ["1 saved", "2 exists", "3 refused full"]);
  desk.save(4, bob, 5 + REMEMBER_MS);
  assert.deepEqual(desk.waiting, ["certificate"]);
});

test("no certificate, another person's, or a forged one: all that waits for that person is refused, nobody else's", () => {
  const forged = { ...bob.device, mailKey: eve.device.mailKey };
  for (const device of [undefined, eve.device, forged]) {
    const desk = new Desk();
    for (const number of [1, 2]) desk.save(number);
    desk.save(3, eve);
    desk.answer({ kind: "certificate", device });
    const why = device === undefined ? "no such person" : "the server has no valid certificate of that person";
    assert.deepEqual(desk.told, [`1 refused ${why}`, `2 refused ${why}`]);
    desk.answer({ kind: "certificate", device: eve.device });
    assert.deepEqual(desk.waiting, ["n3"]);
  }
});

test("a mail key that nothing can be sealed to", () => {
  const signing = signingKey(dice(32));
  const device = certifyDevice(signing, {
    deviceId: dice(16),
    staticKey: dice(32),
    mailKey: bytes(0, 32),
    issuedMs: 1,
  });
  const desk = new Desk();
  desk.save(1, { key: signing.publicKey, device, mailSecret: bytes(0, 32) });
  desk.answer({ kind: "certificate", device });
  assert.deepEqual([desk.told, desk.waiting], [["1 refused nothing can be sealed to that person's mail key"], []]);
});

test("so many are unanswered at a time, and the rest follows in order as answers come", () => {
  const desk = new Desk();
  const count = 3 * MOST_UNANSWERED;
  for (let number = 1; number <= count; number++) desk.save(number);
  desk.answer({ kind: "certificate", device: bob.device });
  assert.equal(desk.asked.length, MOST_UNANSWERED);
  const seen: string[] = [];
  while (desk.asked.length > 0) {
    assert.ok(desk.asked.length <= MOST_UNANSWERED);
    seen.push(...desk.waiting.slice(0, 1));
    desk.answer({ kind: "saved" });
  }
  assert.deepEqual(
    seen,
    Array.from({ length: count }, (_, i) => `n${i + 1}`),
  );
  assert.equal(desk.told.length, count);
});

test("a lost server: what was asked waits, in its order, before what came later; late answers mean nothing", () => {
  const desk = new Desk();
  for (const number of [1, 2]) desk.save(number);
  desk.answer({ kind: "certificate", device: bob.device });
  const old = desk.asked.splice(0);
  desk.mailer.pause();
  desk.save(3);
  assert.deepEqual(desk.waiting, ["n1", "n2", "n3"]);
  desk.mailer.pause();
  desk.asked.splice(0);
  desk.unwanted.add(2);
  desk.mailer.resume(0);
  assert.deepEqual(desk.waiting, ["n1", "n3"]);
  for (const { answer } of desk.asked.splice(0)) answer({ kind: "saved" }, 0);
  for (const { answer } of old) answer({ kind: "exists" }, 0);
  assert.deepEqual(desk.told, ["1 saved", "3 saved"]);
});

test("not registered, although it was asked twice, is a refusal like any other", () => {
  const desk = new Desk();
  for (const number of [1, 2]) desk.save(number);
  desk.answer(refusal(RefusalCode.notRegistered, "no"));
  assert.deepEqual([desk.told, desk.waiting], [["1 refused no", "2 refused no"], []]);
  desk.save(3);
  desk.answer({ kind: "certificate", device: bob.device });
  desk.answer(refusal(RefusalCode.notRegistered, "no"));
  assert.deepEqual(desk.told, ["1 refused no", "2 refused no", "3 refused no"]);
});

test("no mailbox after all is no refusal; an answer that is none is one", () => {
  const desk = new Desk();
  for (const number of [1, 2]) desk.save(number);
  desk.answer({ kind: "certificate", device: bob.device });
  desk.answer(refusal(RefusalCode.noMailbox, "no mailbox"));
  desk.answer({ kind: "done" });
  assert.deepEqual(desk.told, ["1 notDelivered", "2 refused the server gave no answer that is one"]);
});

test("stopped, it forgets everything", () => {
  const desk = new Desk();
  desk.save(1);
  const [asked] = desk.asked.splice(0);
  desk.mailer.stop();
  asked?.answer({ kind: "certificate", device: bob.device }, 0);
  desk.mailer.resume(0);
  assert.deepEqual([desk.told, desk.waiting], [[], []]);
});
