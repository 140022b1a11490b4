// udpchat as a library: `import { connect } from "udpchat"`.

export type { ClientEvent, TableEntry } from "#client";
export type { ChatSession, ConnectOptions, RunningServer, SendOutcome, ServeOptions, TrustOutcome } from "#library";
export { connect, serve, StartError } from "#library";
