// udpchat's server on a real socket with its books in memory: what `serve()` is without a disk, for work without history.

import { monotonicMs, mtuTowards, systemDice, UdpHost, wallOffsetMs } from "#io";
import { type Limits, MemoryStore, serverKeys, ServerMachine } from "#server";

/** Starts to serve, for as long as the process lives. */
export async function serveFromMemory(port: number, limits: Partial<Limits>): Promise<void> {
  const store = new MemoryStore();
  const options = {
    ...serverKeys(systemDice(32)),
    dice: systemDice,
    books: store.load(),
    hasMailbox: true,
    limits,
    wallOffsetMs: wallOffsetMs(),
    mtuTowards,
  };
  const machine = new ServerMachine(options, monotonicMs());
  const host = await UdpHost.open({
    port,
    bind: undefined,
    act: (now) => {
      while (machine.nextEvent() !== undefined);
      for (let batch = machine.takeBatch(); batch !== undefined; batch = machine.takeBatch())
        machine.batchApplied(store.applyNow(batch), now);
    },
    resumed: (offsetMs) => machine.setWallOffset(offsetMs),
    failed: (error) => {
      throw error;
    },
  });
  host.start(machine);
}
