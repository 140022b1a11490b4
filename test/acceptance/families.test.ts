// One server for both families: who came by IPv4 and who came by IPv6 reach each other.

import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { test } from "node:test";

import { deliver, said, Stage, tableUpdated, welcome } from "./stage.ts";

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"));

test(
  "clients over ::1 and over 127.0.0.1 have each other in their tables and talk",
  { skip: !hasIpv6 && "no IPv6 loopback here" },
  async (t) => {
    const stage = await Stage.open(t);
    const server = await stage.server();
    const four = await stage.client("four");
    const six = await stage.client("six", { host: "::1" });
    await four.line(tableUpdated);
    const name = await stage.client("name", { host: "localhost" });
    for (const client of [four, six]) await client.line(tableUpdated);
    await server.line(/^>>> \[Client four registered from 127\.0\.0\.1:\d+\]$/);
    await server.line(/^>>> \[Client six registered from \[::1\]:\d+\]$/);
    await server.line(/^>>> \[Client name registered from (\[::1\]|127\.0\.0\.1):\d+\]$/);
    await deliver(["four", four], ["six", six], "from four to six");
    await deliver(["six", six], ["four", four], "from six to four");
    await deliver(["name", name], ["six", six], "by name");
    await deliver(["four", four], ["name", name], "to a name");
    four.type("clients");
    await four.line(/^>>> six \[::1\]:\d+ online$/);
    assert.deepEqual(said(six), [
      welcome,
      ">>> four: from four to six",
      ">>> [Message received by four.]",
      ">>> name: by name",
    ]);
  },
);
