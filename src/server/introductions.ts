// Telling two clients where the other is, so that both knock. Pure. PROTOCOL §8.4, design §4 "Introduce".
// Bounded by who asks, by who is asked for, and by each host that somebody claims: to a claimed host receivers may send
// small probes only, so how often it is told bounds what can arrive at somebody who never asked for it.

import { toHex } from "#bytes";
import { type RequestBody } from "#chat";
import { Lane, TokenBuckets } from "#transport";
import { type Address, networkOf } from "#wire";

import { type Directory, isOnline } from "./directory.ts";
import { type Limits } from "./limits.ts";
import { type Asker, type Speaker } from "./speaker.ts";
import { type TableFeed } from "./table-feed.ts";
import { toldAddresses } from "./told-addresses.ts";
import { type Visitor } from "./visitor.ts";

type IntroduceBody = Extract<RequestBody, { readonly kind: "introduce" }>;

export interface IntroductionsOptions {
  readonly directory: Directory;
  readonly feed: TableFeed<Visitor>;
  readonly speaker: Speaker;
  readonly limits: Limits;
}

/** Times in monotonic ms. */
export class Introductions {
  readonly #options: IntroductionsOptions;
  readonly #requesters: TokenBuckets<string>;
  readonly #targets: TokenBuckets<string>;
  readonly #claims: TokenBuckets<string>;

  constructor(options: IntroductionsOptions) {
    this.#options = options;
    const { limits } = options;
    this.#requesters = new TokenBuckets(limits.introductionsPerSecond, limits.introductionBurst, limits.persons);
    this.#targets = new TokenBuckets(limits.introducedPerSecond, limits.introducedBurst, limits.persons);
    this.#claims = new TokenBuckets(limits.claimsPerSecond, limits.claimBurst, limits.networks);
  }

  /** Answers `done` where both were told, `presence` where nobody can be introduced: away, expected, or the asker. */
  introduce(asker: Asker, { personKey, token }: IntroduceBody, now: number): void {
    const { directory, feed, speaker } = this.#options;
    const { visitor } = asker;
    const target = directory.byKey(toHex(personKey));
    const other = target?.visitor;
    const { person } = visitor;
    if (target === undefined || other === undefined || person === undefined || target === person) {
      return speaker.reply(asker, { kind: "presence", isPresent: target !== undefined && isOnline(target) }, now);
    }
    if (!this.#requesters.take(visitor.key, 1, now) || !this.#targets.take(target.key, 1, now)) {
      return speaker.refuse(asker, "tooMany", now);
    }
    feed.addInterest(visitor, target.number);
    feed.addInterest(other, person.number);
    this.#tell(visitor, other, token, now);
    this.#tell(other, visitor, token, now);
    speaker.reply(asker, { kind: "done" }, now);
  }

  #tell(listener: Visitor, about: Visitor, token: Uint8Array, now: number): void {
    const { observed, claimed } = toldAddresses({ observed: about.address, claimed: about.claimed }, listener.address);
    const { personKey, staticKey } = about;
    const mayBeTold = (address: Address): boolean => this.#claims.take(networkOf(address), 1, now);
    const body = {
      kind: "introduction",
      personKey,
      staticKey,
      token,
      observed,
      claimed: claimed.filter(mayBeTold),
    } as const;
    this.#options.speaker.notify(listener, Lane.control, body, now);
  }
}
