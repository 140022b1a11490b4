import assert from "node:assert/strict";
import { test } from "node:test";

import { certifyDevice, RefusalCode } from "#chat";
import { signingKey } from "#crypto";

import { Certificates, MOST_REMEMBERED, REMEMBER_MS } from "../../src/client/certificates.ts";
import { bytes } from "./records.ts";

const device = (n: number): ReturnType<typeof certifyDevice> => {
  const seed = bytes(n & 255, 32).fill(n >> 8, 16);
  return certifyDevice(signingKey(seed), {
    deviceId: seed.subarray(0, 16),
    staticKey: seed,
    mailKey: seed,
    issuedMs: 1,
  });
};

test("a certificate is remembered for a while, and so many are, the ones heard of last", () => {
  const certificates = new Certificates();
  const [first, second] = [device(1), device(2)];
  for (let n = 1; n <= MOST_REMEMBERED; n++)
    certificates.heard(device(n).personKey, { kind: "certificate", device: device(n) }, n);
  assert.deepEqual(certificates.of(first.personKey, REMEMBER_MS), { kind: "certificate", device: first });
  assert.equal(certificates.of(first.personKey, 1 + REMEMBER_MS), undefined);
  certificates.heard(first.personKey, { kind: "certificate", device: first }, 2000);
  const newest = device(MOST_REMEMBERED + 1);
  certificates.heard(newest.personKey, { kind: "certificate", device: newest }, 2001);
  assert.equal(certificates.of(second.personKey, 2002), undefined);
  assert.notEqual(certificates.of(first.personKey, 2002), undefined);
});

test("why there is none is not remembered", () => {
  const certificates = new Certificates();
  const { personKey } = device(1);
  const refused = certificates.heard(personKey, { kind: "refused", code: RefusalCode.tooMany, text: "no" }, 0);
  assert.deepEqual(refused, { kind: "none", reason: "no" });
  assert.equal(certificates.of(personKey, 0), undefined);
});
