// The one loop around a machine: in the real host and in the simulator alike. Pure. PROTOCOL §7.2.

import { type Address } from "#wire";

import { type Datagram } from "./outgoing.ts";

/** Anything that is told what arrives and what time it is, and asked what to send. `now` is monotonic ms. */
export interface Machine {
  /** When `wake` has something to do although nothing arrives; +∞ for never, −∞ for at once. */
  readonly deadline: number;
  receive(bytes: Uint8Array, from: Address, now: number): void;
  wake(now: number): void;
  nextDatagram(now: number): Datagram | undefined;
}

/** Wakes a machine if its time has come and sends all it has to send: once at the end of a turn of the event loop, so
 * that what came together is answered together. At most `most` datagrams; true if there may be more. */
export function drain(machine: Machine, now: number, most: number, send: (datagram: Datagram) => void): boolean {
  if (machine.deadline <= now) machine.wake(now);
  for (let sent = 0; sent < most; sent++) {
    const datagram = machine.nextDatagram(now);
    if (datagram === undefined) return false;
    send(datagram);
  }
  return true;
}
