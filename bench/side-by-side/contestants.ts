// Who is measured, and what somebody cannot be measured in.

import { type Contestant } from "./contestant.ts";
import { type SubjectName } from "./figure-names.ts";
import { datagramFloor } from "./peers/datagram-floor.ts";
import { libp2p } from "./peers/libp2p.ts";
import { mqtt } from "./peers/mqtt.ts";
import { nats } from "./peers/nats.ts";
import { ngircd } from "./peers/ngircd.ts";
import { socketIo } from "./peers/socket-io.ts";
import { tls } from "./peers/tls.ts";
import { udpchat } from "./peers/udpchat.ts";
import { udpchatDurable } from "./peers/udpchat-durable.ts";
import { udxSecretStream } from "./peers/udx-secret-stream.ts";
import { ws } from "./peers/ws.ts";

export const contestants: Readonly<Record<SubjectName, Contestant>> = {
  udpchat,
  "udpchat durable": udpchatDurable,
  ws,
  "socket.io": socketIo,
  tls,
  "udx+secret-stream": udxSecretStream,
  libp2p,
  nats,
  ngircd,
  mqtt,
  floor: datagramFloor,
};
