// Sessions with the same other endpoint for the same purpose: one of them stays, and both sides agree which. Pure.
// PROTOCOL §6.5.

import { compareBytes, equalBytes, toHex } from "#bytes";
import { localSessionId } from "#wire";

import { HALF_OPEN_MS, type Purpose } from "./constants.ts";
import { type SupersededWhy } from "./observer.ts";
import { type Session } from "./session.ts";

/** What the opener of a session says, in message 3, of the one that it has open with the same endpoint. */
export interface SiblingClaim {
  /** The responder's id of the session that the new one takes the place of. */
  readonly replaces: Uint8Array | undefined;
  /** The responder's id of a session that is open at the opener, too, and that is not to be replaced. */
  readonly beside: Uint8Array | undefined;
  /** When the responder first answered the call, monotonic ms: what the opener says, it said later. */
  readonly answeredAt: number;
}

/** The session that goes, and why. */
interface Superseded {
  readonly loser: Session;
  readonly why: SupersededWhy;
}

interface Sibling {
  readonly session: Session;
  readonly purpose: Purpose;
}

/** All sessions of an endpoint by who is at the other end. */
export class Siblings {
  readonly #ownKey: Uint8Array;
  readonly #byRemoteKey = new Map<string, readonly Sibling[]>();

  constructor(ownKey: Uint8Array) {
    this.#ownKey = ownKey;
  }

  /** The open session with an endpoint for a purpose; there is one at most. */
  openWith(remoteKey: Uint8Array, instance: Uint8Array, purpose: Purpose): Session | undefined {
    const siblings = this.#byRemoteKey.get(toHex(remoteKey)) ?? [];
    const found = siblings.find(
      (sibling) =>
        sibling.session.isOpen && sibling.purpose === purpose && equalBytes(sibling.session.instance, instance),
    );
    return found?.session;
  }

  /** What a session of ours that opens now is to the one that is open: it replaces one that we opened before, or that
   * the application named; it stands beside one that the other side opened. */
  claim(remoteKey: Uint8Array, instance: Uint8Array, purpose: Purpose, named: Uint8Array | undefined): SiblingClaim {
    const open = this.openWith(remoteKey, instance, purpose);
    const replaces = open?.isOpener === true ? open.remoteId : named;
    return {
      replaces,
      beside: replaces === undefined ? open?.remoteId : undefined,
      answeredAt: Number.NEGATIVE_INFINITY,
    };
  }

  /** Takes in a session that just opened, and supersedes one of the two where there is another; gives that one. */
  add(session: Session, purpose: Purpose, claim: SiblingClaim, now: number): Superseded | undefined {
    const other = this.openWith(session.remoteKey, session.instance, purpose);
    const key = toHex(session.remoteKey);
    this.#byRemoteKey.set(key, [...(this.#byRemoteKey.get(key) ?? []), { session, purpose }]);
    if (other === undefined) return undefined;
    const why = whyOneGoes(other, session, claim);
    const loser = why === "bothOpened" && this.#wins(other) ? session : other;
    loser.supersede(now);
    return { loser, why };
  }

  remove(session: Session): void {
    const key = toHex(session.remoteKey);
    const left = (this.#byRemoteKey.get(key) ?? []).filter((sibling) => sibling.session !== session);
    if (left.length === 0) this.#byRemoteKey.delete(key);
    else this.#byRemoteKey.set(key, left);
  }

  /** Where both sides opened, the session stays that the smaller static key opened. */
  #wins({ isOpener, remoteKey }: Session): boolean {
    const isOursToOpen = compareBytes(this.#ownKey, remoteKey) < 0;
    return isOpener === isOursToOpen;
  }
}

function whyOneGoes(old: Session, session: Session, claim: SiblingClaim): SupersededWhy {
  if (isReplaced(old, session, claim.replaces)) return "replaced";
  if (isForgotten(old, session, claim)) return "forgotten";
  return old.isOpener === session.isOpener ? "newer" : "bothOpened";
}

function isReplaced(old: Session, session: Session, replaces: Uint8Array | undefined): boolean {
  if (replaces === undefined) return false;
  return session.isOpener ? equalBytes(replaces, old.remoteId) : localSessionId(replaces) === old.id;
}

/** Whether the opener of `session` has `old` no more, or never got it: it had shown that it has it before we answered its
 * call, or its half-open handshake was over by then, and it names it not. (Where it may not have had it yet, both opened at
 * once.) */
function isForgotten(old: Session, session: Session, { beside, answeredAt }: SiblingClaim): boolean {
  if (session.isOpener || Math.min(old.confirmedAt, old.openedAt + HALF_OPEN_MS) > answeredAt) return false;
  return beside === undefined || localSessionId(beside) !== old.id;
}
