// What can be wrong with a port or an address before anything was said on it.

/** A socket that could not be had; its message says what was wanted and one thing to do. */
export class PortError extends Error {
  readonly code: "portTaken" | "portNotAllowed" | "addressNotHere" | "noSocket";

  constructor(code: PortError["code"], message: string) {
    super(message);
    this.name = "PortError";
    this.code = code;
  }

  /** The error for what the operating system said of binding to that place. */
  static from(error: unknown, port: number, address: string): PortError {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EADDRINUSE") {
      return new PortError(
        "portTaken",
        `UDP port ${port} is in use; expected a free port; choose another one, or end what uses it`,
      );
    }
    if (code === "EACCES" || code === "EPERM") {
      return new PortError(
        "portNotAllowed",
        `UDP port ${port} needs rights that this user lacks; expected 1024–65535; choose a port there`,
      );
    }
    if (code === "EADDRNOTAVAIL" || code === "EINVAL") {
      return new PortError(
        "addressNotHere",
        `${address} is no address of this machine; expected one of its own; leave out --bind, or name another`,
      );
    }
    return new PortError(
      "noSocket",
      `no UDP socket on port ${port}: ${String(code ?? error)}; expected one; try another port or address`,
    );
  }
}
