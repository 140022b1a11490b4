// Constants of the protocol, and below them those of this implementation. Pure. PROTOCOL §10 lists them with sources.

/** Protocol versions spoken, best first. */
export const VERSIONS: readonly number[] = [1];
/** 25519, ChaChaPoly, SHA256. */
export const SUITE = 1;
/** What a session is for; bound by the handshake's prologue. */
export const Purpose = { directory: 1, peer: 2, renewal: 3 } as const;
export type Purpose = (typeof Purpose)[keyof typeof Purpose];

/** The longest that an acknowledgement waits for company (RFC 9000 §13.2.1), ms. */
export const MAX_ACK_DELAY_MS = 25;
/** Ack-eliciting packets after which an acknowledgement no longer waits (RFC 9000 §13.2.2). */
export const ACK_EVERY = 2;
/** A datagram at its longest until a path was probed for more (RFC 9000 §14), bytes. */
export const DATAGRAM_BYTES = 1200;
/** Silence after which a session ends, ms. */
export const IDLE_MS = 45_000;
/** A message that gets no new part for so long closes its session, ms. */
export const STALLED_MESSAGE_MS = 10_000;
/** A session's keys are renewed at this age, ms (WireGuard's REJECT_AFTER is 180 s; ours rests on packet numbers). */
export const RENEW_AFTER_MS = 2 * 60 * 60 * 1000;
/** … and before so many packets were sealed with them. */
export const RENEW_AFTER_PACKETS = 2 ** 47;
/** The first message of a handshake that is not answered leaves again after so long, ms. */
export const HANDSHAKE_FIRST_REPEAT_MS = 60;
/** When datagrams of an unanswered handshake leave, counted from the first, ms; then every HANDSHAKE_REPEAT_MS. */
export const HANDSHAKE_TIMES_MS: readonly number[] = [0, HANDSHAKE_FIRST_REPEAT_MS, 120, 240, 480, 960];
export const HANDSHAKE_REPEAT_MS = 500;
/** The third message of a handshake follows a packet that leaves so long after it last did, until it is answered, ms. */
export const MESSAGE3_REPEAT_MS = 20;
/** Half-open entries live so long, ms. */
export const HALF_OPEN_MS = 5000;
/** What a message costs beside its bytes: the memory that a begun one takes (measured: 310 to 570 bytes). */
export const MESSAGE_COST = 512;
/** Probe timeouts for which a superseded session still receives, and old keys still open. */
export const LINGER_PROBE_TIMEOUTS = 3;
/** Probe timeouts without an answer after which a session is reported unanswered. */
export const UNANSWERED_PROBES = 2;

/** Ping packets are at least this long, so that they pay for a challenge (PROTOCOL §6.2), bytes of frames. */
export const PING_BYTES = 24;
/** A small message that is not acknowledged may leave again after so long, ms; … */
export const COPY_AFTER_MS = 5;
/** … and from its second copy on does so in a packet of its own only after this, ms. */
export const COPY_ALONE_MS = 20;
/** Copies of one message at most. */
export const MOST_COPIES = 3;
/** What copies may add to a session's traffic, bytes per second. */
export const COPY_BYTES_PER_S = 32 * 1024;
/** What may be in flight before anything is known of a path (RFC 9002 §7.2), bytes. */
export const INITIAL_WINDOW = 10 * DATAGRAM_BYTES;
/** Packets that control and chat may send past a full window. */
export const PRIORITY_PACKETS = 4;
/** Intervals of even probing in the time of a verdict: one more than ten, so that ten probes leave inside it. */
export const PROBES_PER_VERDICT = 11;
/** Probes back off to no more than this, so that whoever was cut off is found soon after (DESIGN §3), ms. */
export const LONGEST_PROBE_INTERVAL_MS = 2000;
/** Acknowledgements with gaps that leave before one asks for an answer, so that the gaps can be forgotten. */
export const QUIET_PACKETS = 16;
/** Pieces that the parts of one message may leave while it is incomplete: what a sender of SMALLEST_CUT makes at most. */
export const MOST_PIECES = 320;
/** A part smaller than this is not cut off just to fill a packet, bytes. */
export const SMALLEST_CUT = 128;
/** A message begun goes on after so long, before all that is more urgent: well before STALLED_MESSAGE_MS. */
export const OVERDUE_PART_MS = 2500;
