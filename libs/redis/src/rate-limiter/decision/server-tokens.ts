import type { CallResult } from '../batching/awaited-call.js';
import type { CallQueues } from '../batching/call-queues.js';
import type { PolicyPlan } from '../policy/policy-plan.js';
import type { DenyCache } from './deny-cache.js';
import type { TokenSource } from './token-leases.js';

/** The tokens that the server counts. */
export class ServerTokens implements TokenSource {
  constructor(
    private readonly queues: CallQueues,
    private readonly denials: DenyCache | undefined,
  ) {}

  take(plan: PolicyPlan, key: string, times: number): Promise<CallResult> {
    return this.queues.send({ operation: 'consume', plan, key, amount: 1, times });
  }

  async returnTokens(plan: PolicyPlan, key: string, amount: number): Promise<void> {
    this.denials?.forget(plan, key);
    await this.queues.send({ operation: 'refund', plan, key, amount });
  }
}
