import { test } from "node:test";
import { Room } from "./room.ts";
test("x", () => {
  const room = new Room();
  const client = room.connected("alice");
  const ne = client.endpoint.nextEvent.bind(client.endpoint);
  client.endpoint.nextEvent = () => { const e = ne(); if (e) console.log(room.network.now, e.kind, "session" in e ? e.session : "", "end" in e ? e.end : ""); return e; };
  room.network.onDatagram = (f, t, b) => console.log(room.network.now, f.host, t.host, b[0], b.length);
  room.connect(client);
});
