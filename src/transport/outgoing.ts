// What a session owes the other side, and how it fits into a packet. Pure. PROTOCOL §4, §5.
// The counterpart of incoming.ts: there what came in, here what goes out. A packet is put together at the last moment,
// when the host asks for it, so that it carries the freshest acknowledgement and as many messages as fit.

import { ByteWriter } from "#bytes";
import { type Dice, TAG_BYTES } from "#crypto";
import {
  ackFrameBytes,
  type AckRange,
  type Address,
  CHALLENGE_BYTES,
  type CreditClass,
  type Frame,
  partOverhead,
  writeAck,
  writePacketHeader,
  writePadding,
  writePart,
  writeSmallFrame,
} from "#wire";

import { type AckRanges } from "./ack-ranges.ts";
import { DATAGRAM_BYTES, PING_BYTES, QUIET_PACKETS } from "./constants.ts";
import { CreditNews } from "./credit-news.ts";
import { type ReceiveCredit } from "./credit.ts";
import { type MtuTowards } from "./endpoint-options.ts";
import { Flight } from "./flight.ts";
import { type KeyRing } from "./key-ring.ts";
import { Lane } from "./lanes.ts";
import { type SessionWatch } from "./observer.ts";
import { type Part } from "./outgoing-message.ts";
import { PacketNumbers } from "./packet-numbers.ts";
import { LARGEST_DATAGRAM } from "./path-mtu.ts";
import { type Path } from "./path.ts";
import { type Recovery, type SentPacket } from "./recovery.ts";
import { SecondCopies } from "./second-copies.ts";
import { SendLanes } from "./send-lanes.ts";
import { type SentFrame } from "./sent-frame.ts";

/** A datagram ready for the socket; its bytes are the host's. */
export interface Datagram {
  readonly to: Address;
  readonly bytes: Uint8Array;
}

type SmallFrame = Exclude<Frame, { readonly type: "ack" | "part" }>;

/** Most small frames that wait at once; answers to challenges beyond it are dropped. */
const MOST_PATH_FRAMES = 4;
const PING_FRAME_BYTES = 2;

/** Where frames are put together; they are sealed into memory of their own before the next packet begins. */
const scratch = new ByteWriter(LARGEST_DATAGRAM);

/** The sending half of one session. */
export class Outgoing {
  readonly lanes = new SendLanes();
  /** Of packets that asked for an answer: how many left, and were taken for lost; and parts of messages that left again. */
  readonly tally = { sent: 0, lost: 0, repeated: 0 };
  watch: SessionWatch | undefined;
  readonly #remoteId: Uint8Array;
  readonly #keys: KeyRing;
  readonly #path: Path;
  readonly #acks: AckRanges;
  readonly #numbers: PacketNumbers;
  readonly #flight: Flight;
  #pacedUntil = Number.POSITIVE_INFINITY;
  /** Undefined until a small message leaves. */
  #copies: SecondCopies | undefined;
  readonly #creditNews: CreditNews;
  #copyAt = Number.POSITIVE_INFINITY;
  readonly #pathFrames: { readonly to: Address; readonly frame: SmallFrame }[] = [];
  #observedOwed: Address | undefined;
  #isPingOwed = false;
  #isProbeOwed = false;
  #closing: { readonly frame: SmallFrame; copies: number } | undefined;
  #lastElicitingAt = Number.NEGATIVE_INFINITY;
  #answeredAt = Number.NEGATIVE_INFINITY;
  /** Packets in a row that asked for no acknowledgement. */
  #quietRun = 0;

  constructor(
    remoteId: Uint8Array,
    keys: KeyRing,
    path: Path,
    acks: AckRanges,
    credit: Readonly<Record<CreditClass, ReceiveCredit>>,
    dice: Dice,
    mtuTowards: MtuTowards | undefined,
  ) {
    this.#flight = new Flight(mtuTowards);
    this.#remoteId = remoteId;
    this.#keys = keys;
    this.#path = path;
    this.#acks = acks;
    this.#creditNews = new CreditNews(credit, this.lanes);
    this.#numbers = new PacketNumbers(dice);
  }

  get recovery(): Recovery {
    return this.#flight.recovery;
  }

  /** The size of a datagram at its largest. */
  get datagramBytes(): number {
    return this.#flight.datagramBytes;
  }

  get packetsSent(): number {
    return this.#numbers.next;
  }

  /** When something ack-eliciting last left. */
  get lastElicitingAt(): number {
    return this.#lastElicitingAt;
  }

  /** When the newest packet left that is known to have arrived. */
  get answeredAt(): number {
    return this.#answeredAt;
  }

  /** When the host should ask again although nothing came in; in the past when it should ask now. */
  get deadline(): number {
    const { recovery } = this.#flight;
    return Math.min(this.#acks.deadline, this.#pacedUntil, this.#copyAt, this.#creditNews.deadline, recovery.deadline);
  }

  /** A small ack-eliciting packet, to be answered at once. */
  owePing(): void {
    this.#isPingOwed = true;
  }

  oweCredit(credit: CreditClass): void {
    this.#creditNews.owe(credit);
  }

  oweObservedAddress(address: Address): void {
    this.#observedOwed = address;
  }

  /** A challenge: in a packet of its own, to that address. */
  oweChallenge(to: Address, token: Uint8Array): void {
    this.#owePathFrame(to, { type: "challenge", token });
  }

  /** The answer to a challenge, to where it came from; none where it would be more than came from there. */
  oweResponse(to: Address, token: Uint8Array): void {
    if (this.#pathFrames.length < MOST_PATH_FRAMES && this.#path.spend(to, this.challengeBytes)) {
      this.#owePathFrame(to, { type: "response", token: token.slice() });
    }
  }

  /** The session ends: `copies` packets that say so, and nothing else any more. */
  oweClose(code: number, reason: string, copies: number): void {
    this.#closing = { frame: { type: "close", code, reason }, copies };
  }

  /** The path leads to another host: what was learned of the old one is worth nothing (RFC 9000 §9.4). */
  startAnew(): void {
    this.#flight.startAnew(this.#numbers.next);
  }

  /** Takes an acknowledgement; false if it cannot be true. */
  acknowledge(ranges: readonly AckRange[], delayMs: number, now: number): boolean {
    if (!this.#numbers.haveAllLeft(ranges)) return false;
    const { acknowledged, lost } = this.#flight.acknowledge(ranges, delayMs, now);
    for (const packet of acknowledged) {
      this.#answeredAt = Math.max(this.#answeredAt, packet.sentAt);
      for (const frame of packet.frames) {
        if (frame.type === "part") this.lanes.acknowledge(frame);
        if (frame.type === "ack") this.#acks.confirmed(frame.largest);
        if (frame.type === "credit" || frame.type === "blocked") this.#creditNews.acknowledged(frame);
      }
    }
    this.#lost(lost);
    const { recovery, windowBytes } = this.#flight;
    this.watch?.measured({ roundTrip: recovery.roundTrip, bytesInFlight: recovery.bytesInFlight, windowBytes });
    return true;
  }

  /** The recovery timer has come: repeats what is lost, or the oldest of what is waited for. */
  wake(now: number): boolean {
    const { lost, isProbeDue } = this.#flight.recovery.wake(now);
    this.#flight.lost(lost, now);
    this.#lost(lost);
    if (!isProbeDue) return false;
    this.#isProbeOwed = true;
    this.#flight.unanswered(now);
    const { oldest } = this.#flight.recovery;
    if (oldest !== undefined) this.#repeat(oldest);
    return true;
  }

  /** The next datagram, or undefined when nothing may leave now. */
  next(now: number): Datagram | undefined {
    if (this.#closing !== undefined) return this.#nextClose(now);
    const pathFrame = this.#pathFrames.shift();
    if (pathFrame !== undefined) return this.#sealSmall(pathFrame.to, pathFrame.frame, now);
    this.#copyAt = this.#copies?.dueAt(this.#flight.recovery.lossRate.share) ?? Number.POSITIVE_INFINITY;
    const mayCarryData = this.#mayCarryData(now);
    // Copies stop while the path is full.
    if (mayCarryData !== "all") this.#copyAt = Number.POSITIVE_INFINITY;
    const probe = mayCarryData === "all" ? this.#flight.nextMtuProbe(now) : undefined;
    if (probe !== undefined) return this.#sealMtuProbe(probe, now);
    if (!this.#isAnythingDue(mayCarryData, now)) return undefined;
    const frames: SentFrame[] = [];
    const writer = scratch.clear();
    this.#writeAck(writer, frames, now);
    this.#writeSmallFrames(writer, frames, now);
    if (mayCarryData === "all") this.#writeCopies(writer, frames, now);
    if (mayCarryData !== "no") this.#writeParts(writer, frames, mayCarryData === "priority", now);
    if (this.#isProbeOwed || this.#isPingOwed || this.#isAskingDue(frames)) this.#writePing(writer, frames);
    return this.#seal(this.#path.current, writer, frames, now);
  }

  get #space(): number {
    return this.#flight.datagramBytes - this.#headerBytes - TAG_BYTES;
  }

  get #headerBytes(): number {
    return 5 + this.#remoteId.length;
  }

  /** Whether messages may leave: all, only those that may pass a full window, or none. */
  #mayCarryData(now: number): "all" | "priority" | "no" {
    this.#pacedUntil = Number.POSITIVE_INFINITY;
    if (this.#isProbeOwed) return "all";
    const hasMore = this.lanes.hasReady(false);
    if (!this.#flight.hasRoomForPriority) return "no";
    const release = this.#flight.releaseTime(now);
    if (release > now) {
      this.#pacedUntil = hasMore ? release : Math.max(release, this.#copyAt);
      return "no";
    }
    const hasRoom = this.#flight.room >= DATAGRAM_BYTES;
    if (!hasMore) this.#flight.idle(now);
    else if (!hasRoom) this.#flight.holdBack(this.#path.current, now);
    return hasRoom ? "all" : "priority";
  }

  #isAnythingDue(mayCarryData: "all" | "priority" | "no", now: number): boolean {
    if (this.#isProbeOwed || this.#isPingOwed || this.#acks.deadline <= now || this.#copyAt <= now) return true;
    if (this.#creditNews.isDue(now) || this.#observedOwed !== undefined) return true;
    return mayCarryData !== "no" && this.lanes.hasReady(mayCarryData === "priority");
  }

  #writeAck(writer: ByteWriter, frames: SentFrame[], now: number): void {
    if (!this.#acks.isOwed) return;
    const { ranges, delayMs } = this.#acks.report(now);
    const [top] = ranges;
    if (top === undefined || ackFrameBytes(delayMs, ranges) > this.#space) return;
    writeAck(writer, delayMs, ranges);
    frames.push({ type: "ack", largest: top.last });
    this.#acks.reported();
  }

  #writeSmallFrames(writer: ByteWriter, frames: SentFrame[], now: number): void {
    this.#creditNews.write(writer, frames, this.recovery.roundTrip, now);
    if (this.#observedOwed !== undefined) {
      writeSmallFrame(writer, { type: "observedAddress", address: this.#observedOwed });
      frames.push({ type: "observedAddress", address: this.#observedOwed });
      this.#observedOwed = undefined;
    }
  }

  #writeParts(writer: ByteWriter, frames: SentFrame[], isPastWindow: boolean, now: number): void {
    let isChat = false;
    for (;;) {
      const part = this.lanes.take(this.#space - PING_FRAME_BYTES - writer.length, isPastWindow, now);
      if (part === undefined) break;
      isChat ||= part.message.lane === Lane.chat;
      this.#writePart(writer, frames, part, false);
      this.#copies ??= new SecondCopies();
      this.#copies.left(part, this.recovery.roundTrip, now);
    }
    // What people say is acknowledged at once: the last packet of a turn asks for it.
    if (isChat && !this.lanes.hasReady(isPastWindow)) writeSmallFrame(writer, { type: "ping" });
  }

  /** Small messages that have not been acknowledged for a while leave once more (PROTOCOL §5.7). */
  #writeCopies(writer: ByteWriter, frames: SentFrame[], now: number): void {
    const { share } = this.#flight.recovery.lossRate;
    const overhead = ({ message }: Part): number => partOverhead(message.number, message.bytes.length);
    for (;;) {
      const part = this.#copies?.take(this.#space - PING_FRAME_BYTES - writer.length, overhead, share, now);
      if (part === undefined) return;
      this.#writePart(writer, frames, part, true);
    }
  }

  #writePart(writer: ByteWriter, frames: SentFrame[], { message, start, end }: Part, isCopy: boolean): void {
    if (isCopy) this.tally.repeated++;
    writePart(writer, message.lane, message.number, message.bytes.length, start, message.bytes.subarray(start, end));
    frames.push({ type: "part", message, start, end, isCopy });
  }

  /** Acknowledgements alone are never acknowledged; now and then one asks, so that old gaps need not be repeated for ever
   * (RFC 9000 §13.2.4). */
  #isAskingDue(frames: readonly SentFrame[]): boolean {
    return frames.length === 1 && frames[0]?.type === "ack" && this.#quietRun >= QUIET_PACKETS && this.#acks.hasGaps;
  }

  #writePing(writer: ByteWriter, frames: SentFrame[]): void {
    const isEliciting = frames.some((frame) => frame.type !== "ack");
    this.#isPingOwed = false;
    this.#isProbeOwed = false;
    if (writer.length + PING_FRAME_BYTES > this.#space) return;
    if (!isEliciting && writer.length < PING_BYTES) writePadding(writer, PING_BYTES - writer.length);
    writeSmallFrame(writer, { type: "ping" });
    frames.push({ type: "ping" });
  }

  #nextClose(now: number): Datagram | undefined {
    const closing = this.#closing;
    if (closing === undefined || closing.copies === 0) return undefined;
    closing.copies--;
    return this.#sealSmall(this.#path.current, closing.frame, now);
  }

  /** A packet of nothing but padding and a ping, to see whether one so large arrives (PROTOCOL §5.8). */
  #sealMtuProbe(size: number, now: number): Datagram {
    const writer = scratch.clear();
    writePadding(writer, size - this.#headerBytes - TAG_BYTES - PING_FRAME_BYTES);
    writeSmallFrame(writer, { type: "ping" });
    return this.#seal(this.#path.current, writer, [{ type: "mtuProbe", size }], now);
  }

  /** A packet of one frame that is neither waited for nor repeated. */
  #sealSmall(to: Address, frame: SmallFrame, now: number): Datagram {
    const writer = scratch.clear();
    writeSmallFrame(writer, frame);
    return this.#seal(to, writer, [], now);
  }

  #seal(to: Address, writer: ByteWriter, frames: readonly SentFrame[], now: number): Datagram {
    const number = this.#numbers.take();
    const header = writePacketHeader(this.#keys.generation, this.#remoteId, number);
    const payload = writer.finish();
    const bytes = this.#keys.seal(number, header, payload);
    this.watch?.sent(number, payload, frames, bytes, to);
    for (const frame of frames) if (frame.type === "part") frame.message.onLeft?.(to, frame.end - frame.start, now);
    if (frames.some((frame) => frame.type !== "ack")) this.#remember(number, bytes.length, frames, now);
    else if (frames.length > 0) {
      this.#quietRun++;
      this.#flight.recovery.sentQuietly(number, now);
    }
    return { to, bytes };
  }

  #remember(number: number, bytes: number, frames: readonly SentFrame[], now: number): void {
    this.#quietRun = 0;
    this.tally.sent++;
    this.#flight.sent(number, bytes, frames, now);
    this.#lastElicitingAt = now;
  }

  #owePathFrame(to: Address, frame: SmallFrame): void {
    if (this.#pathFrames.length < MOST_PATH_FRAMES) this.#pathFrames.push({ to, frame });
  }

  #lost(packets: readonly SentPacket[]): void {
    for (const packet of packets) {
      // What was only tried for its size tells nothing of the path's losses.
      if (packet.frames[0]?.type !== "mtuProbe") this.tally.lost++;
      this.watch?.lost(packet.number);
      this.#repeat(packet);
    }
  }

  /** What a packet carried leaves again, as far as it still matters; a ping does not. */
  #repeat(packet: SentPacket): void {
    for (const frame of packet.frames) {
      switch (frame.type) {
        case "part":
          if (!frame.message.isDone) this.tally.repeated++;
          this.lanes.lose(frame);
          break;
        case "credit":
        case "blocked":
          this.#creditNews.lost(frame);
          break;
        case "observedAddress":
          this.#observedOwed ??= frame.address;
          break;
        case "ack":
        case "ping":
        case "mtuProbe":
          break;
        default:
          frame satisfies never;
      }
    }
  }

  /** The size of a datagram that carries one challenge. */
  get challengeBytes(): number {
    return this.#headerBytes + 2 + CHALLENGE_BYTES + TAG_BYTES;
  }
}
