// Why a client or server could not start: one line for people, a stable code, and the exit code of behaviour.md.

import { DiskError, PortError } from "#io";

const UNREACHABLE = 69;
const CANNOT_USE = 73;

/** Thrown by `connect` and `serve`; nothing is left open behind it. */
export class StartError extends Error {
  /** `unknownHost`, or the code of a PortError or DiskError. */
  readonly code: string;
  readonly exitCode: number;

  constructor(code: string, exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StartError";
    this.code = code;
    this.exitCode = exitCode;
  }

  static unknownHost(host: string): StartError {
    return new StartError(
      "unknownHost",
      UNREACHABLE,
      `the host name ${host} does not resolve; expected a host on this network; check its spelling or give an address`,
    );
  }

  /** The error for trouble with a port, a profile or a data folder; any other is given back as it is. */
  static from(error: unknown): unknown {
    if (!(error instanceof PortError || error instanceof DiskError)) return error;
    return new StartError(error.code, CANNOT_USE, error.message, { cause: error });
  }
}
