import type { CallInit } from '../batching/awaited-call.js';
import type { CallQueues } from '../batching/call-queues.js';
import type { CompiledPolicy } from '../policy/compiled-policy.js';
import type { RateLimitDecision } from '../policy/rate-limit-decision.js';
import type { DenyCache } from './deny-cache.js';
import type { HeldPermit, HeldPermits } from './held-permits.js';
import type { OutagePolicy } from './outage-policy.js';

/** The result of `acquire`: a permit of a concurrency policy, or a refusal. */
export interface AcquiredPermit {
  /** The decision; `allowed` is false if no permit was acquired. */
  readonly decision: RateLimitDecision;
  /**
   * Releases the permit. Idempotent. Does nothing when no permit was acquired. Never rejects: a permit that could not
   * be released is free after the policy's window.
   */
  release(): Promise<void>;
}

/** The parts of a limiter that its permits need. */
export interface PermitParts {
  readonly queues: CallQueues;
  readonly denials: DenyCache | undefined;
  readonly outage: OutagePolicy;
  readonly permits: HeldPermits;
}

/** A permit that the server, or the outage policy of this process (`isLocal`), has granted. */
export class GrantedPermit implements HeldPermit {
  readonly policy: CompiledPolicy;
  private released: Promise<void> | undefined;

  constructor(
    private readonly call: Omit<CallInit, 'operation'>,
    private readonly isLocal: boolean,
    private readonly parts: PermitParts,
  ) {
    this.policy = call.plan[0];
    parts.permits.add(this);
  }

  /** A server that cannot be asked may still count the permit, so it counts as held. */
  async renew(): Promise<boolean> {
    const { queues, outage } = this.parts;
    const renewal: CallInit = { ...this.call, operation: 'renew' };
    if (this.isLocal) return outage.decide(renewal).allowed;
    try {
      const { verdict } = await queues.send(renewal);
      return verdict.admitted > 0;
    } catch {
      return true;
    }
  }

  /** A field, because callers pass the function on without its object. */
  readonly release = (): Promise<void> => (this.released ??= this.end());

  private async end(): Promise<void> {
    const { queues, denials, outage, permits } = this.parts;
    const release: CallInit = { ...this.call, operation: 'release' };
    permits.remove(this);
    denials?.forget(release.plan, release.key);
    if (this.isLocal) outage.decide(release);
    else await queues.send(release).catch(() => {});
  }
}
