import type { EventEmitter } from 'node:events';
import type { RateLimitDecision } from '../../scripts/rate-limiter/rate-limit-decision.js';
import type { RateLimitPolicy } from '../../scripts/rate-limiter/rate-limit-policy.js';
import type { RateLimiter } from '../../scripts/rate-limiter/rate-limiter.js';

interface EndingResponse extends EventEmitter {
  readonly closed?: boolean;
  readonly destroyed?: boolean;
}

/** Places of concurrency policies that one request holds: all of them, or none. */
export class RequestPlaces {
  readonly decisions: RateLimitDecision[] = [];
  private readonly places: { release(): Promise<void> }[] = [];

  constructor(private readonly limiter: RateLimiter) {}

  /** Takes one place more; false if there is none, and then all are given back. */
  async take(policy: string | RateLimitPolicy, subject: string): Promise<boolean> {
    const place = await this.limiter.acquire(policy, subject);
    const { decision } = place;
    this.decisions.push(decision);
    if (decision.allowed) this.places.push(place);
    else this.giveBack();
    return decision.allowed;
  }

  /** Gives all back once nothing more of the answer is sent, also if the client went away before. */
  giveBackAfter(response: object): void {
    const ending = ((response as { raw?: object }).raw ?? response) as EndingResponse;
    if (ending.closed === true || ending.destroyed === true) return this.giveBack();
    const giveBack = (): void => this.giveBack();
    ending.once('close', giveBack);
    ending.once('finish', giveBack);
  }

  /** A place that cannot be given back is free after its lease. */
  giveBack(): void {
    for (const place of this.places.splice(0)) place.release().catch(() => {});
  }
}
