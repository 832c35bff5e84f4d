import { deciding } from '../../../rate-limiter/decision/decisions.js';
import type { RateLimitDecision } from '../../../rate-limiter/policy/rate-limit-decision.js';
import type { RateLimitPolicy } from '../../../rate-limiter/policy/rate-limit-policy.js';
import type { RateLimiter } from '../../../rate-limiter/rate-limiter.js';
import { onResponseEnd } from './response-end.js';

type Policy = string | RateLimitPolicy;

/**
 * The permits that one execution of a handler holds: of all its `concurrency` policies, or of none. They are released
 * when the response has ended and the handler has settled. A handler that never begins counts as settled.
 *
 * @see docs/decisions/0029-a-permit-is-held-until-the-handler-settles.md
 */
export class HandlerPermits {
  private readonly policies: Policy[] = [];
  private readonly permits: { release(): Promise<void> }[] = [];
  private decisions: RateLimitDecision[] = [];
  private hasEnded = false;
  private running = 0;

  constructor(
    private readonly limiter: RateLimiter,
    private readonly subject: string,
  ) {}

  /** The merged decision of all policies so far. Undefined: there is none yet. */
  get decision(): RateLimitDecision | undefined {
    return mergeDecisions(this.decisions);
  }

  /**
   * The merged decision of all policies so far and of `counted`, the policies of the same request that spend tokens.
   */
  decisionWith(counted: RateLimitDecision | undefined): RateLimitDecision | undefined {
    return mergeDecisions(counted === undefined ? this.decisions : [...this.decisions, counted]);
  }

  /** Acquires a permit of one more policy. False: it was refused, and all permits are released. */
  async take(policy: Policy): Promise<boolean> {
    this.policies.push(policy);
    return this.acquire(policy);
  }

  /** Releases all permits when the response has ended and the handler is not running. */
  releaseAfter(response: object): void {
    onResponseEnd(response, () => {
      this.hasEnded = true;
      this.releaseIfOver();
    });
  }

  /** The handler begins. False: its client disconnected and the permits were released; call `takeAgain()`. */
  begin(): boolean {
    this.running++;
    return this.permits.length > 0;
  }

  /** Acquires all permits again for a handler that has begun. Undefined: it may run. */
  async takeAgain(): Promise<RateLimitDecision | undefined> {
    this.decisions = [];
    for (const policy of this.policies) if (!(await this.acquire(policy))) return this.decision;
    return undefined;
  }

  /** The handler has settled. */
  settle(): void {
    this.running--;
    this.releaseIfOver();
  }

  /** Ignores errors: a permit that cannot be released expires with its lease. */
  release(): void {
    for (const permit of this.permits.splice(0)) permit.release().catch(() => {});
  }

  private async acquire(policy: Policy): Promise<boolean> {
    const permit = await this.limiter.acquire(policy, this.subject);
    const { decision } = permit;
    this.decisions.push(decision);
    if (decision.allowed) this.permits.push(permit);
    else this.release();
    return decision.allowed;
  }

  private releaseIfOver(): void {
    if (this.hasEnded && this.running === 0) this.release();
  }
}

/** Merges the decisions on one request: the numbers of the deciding one, and the policies of all. */
function mergeDecisions(decisions: readonly RateLimitDecision[]): RateLimitDecision | undefined {
  if (decisions.length < 2) return decisions[0];
  const isAllowed = decisions.every(({ allowed }) => allowed);
  return { ...deciding(decisions, isAllowed), policies: decisions.flatMap(({ policies }) => policies) };
}
