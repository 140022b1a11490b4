// All that is measured, in the order in which it is.

import { acknowledged } from "./figures/acknowledged.ts";
import { bulk } from "./figures/bulk.ts";
import { fanOut } from "./figures/fan-out.ts";
import { handshakes } from "./figures/handshakes.ts";
import { idle } from "./figures/idle.ts";
import { pacedFanOut } from "./figures/paced-fan-out.ts";
import { packets } from "./figures/packets.ts";
import { processorTime } from "./figures/processor-time.ts";
import { roundTrip } from "./figures/round-trip.ts";
import { type Work } from "./work.ts";

export const works: readonly Work[] = [
  roundTrip,
  acknowledged("acked_1", 1),
  acknowledged("acked_16", 16),
  acknowledged("acked_256", 256),
  fanOut("fanout_50", 50),
  fanOut("fanout_200", 200),
  pacedFanOut,
  bulk,
  idle("idle_kib_1000", 1000),
  idle("idle_kib_10000", 10_000),
  handshakes,
  processorTime,
  packets,
];
