export type { ChatSession, SendOutcome, TrustOutcome } from "./chat-session.ts";
export type { ConnectOptions } from "./connect.ts";
export { connect } from "./connect.ts";
export type { RunningServer, ServeOptions } from "./serve.ts";
export { serve } from "./serve.ts";
export { StartError } from "./start-error.ts";
