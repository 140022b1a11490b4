// An endpoint that notes what it is asked, for tests of what stands above it.

import type { Call, SessionView } from "#transport";

export class FakeEndpoint {
  readonly sent: { readonly session: number; readonly lane: number; readonly bytes: Uint8Array }[] = [];
  readonly calls = new Map<number, Call>();
  readonly abandoned: number[] = [];
  readonly closed: number[] = [];
  readonly pinged: number[] = [];
  readonly probes: { readonly to: string; readonly token: Uint8Array }[] = [];
  readonly keptAlive = new Map<number, number>();
  readonly evenProbes = new Map<number, number | undefined>();
  readonly views = new Map<number, SessionView>();
  #nextId = 100;

  /** A session is open and was heard then. */
  open(session: number, heardAt: number, changes: Partial<SessionView> = {}): void {
    const address = { host: "10.0.0.9", port: 5000 };
    this.views.set(session, { address, heardAt, answeredAt: heardAt, probeTimeoutMs: 10, queuedBytes: 0, ...changes });
  }

  connect(call: Call): number {
    this.calls.set(this.#nextId, call);
    return this.#nextId++;
  }

  send(session: number, lane: number, bytes: Uint8Array): boolean {
    if (!this.views.has(session)) return false;
    this.sent.push({ session, lane, bytes });
    return true;
  }

  view(session: number): SessionView | undefined {
    return this.views.get(session);
  }

  abandon(session: number): void {
    this.abandoned.push(session);
    this.calls.delete(session);
    this.views.delete(session);
  }

  close(session: number): void {
    this.closed.push(session);
    this.views.delete(session);
  }

  ping(session: number): void {
    this.pinged.push(session);
  }

  keepAlive(session: number, everyMs: number): void {
    this.keptAlive.set(session, everyMs);
  }

  probeEvenly(session: number, everyMs: number | undefined): void {
    this.evenProbes.set(session, everyMs);
  }

  expectProbe(): void {}

  sendProbe(to: { readonly host: string }, token: Uint8Array): void {
    this.probes.push({ to: to.host, token });
  }
}
