import type { Clock } from '../../common/clock.js';
import { faultOf } from '../../common/error-codes.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { shareOf } from '../policy/compiled-policy.js';
import type { Charge } from '../policy/charge.js';
import { encodedPart } from '../policy/encoded-part.js';
import type { Operation } from '../policy/limiter-call.js';
import { decideInMemory } from '../script/decide.twin.js';
import { blindDecision, decisionOf, currentState } from './decisions.js';
import { LocalMemory } from './local-memory.js';
import { parametersOf } from '../policy/policy-parameters.js';
import type { PolicyPlan } from '../policy/policy-plan.js';
import type { RateLimitDecision } from '../policy/rate-limit-decision.js';
import type { OnLimiterError } from '../policy/rate-limiter-options.js';

/** A call on one subject. */
export interface SubjectCall extends Charge {
  readonly operation: Operation;
  readonly plan: PolicyPlan;
  readonly key: string;
  readonly holder?: number;
}

/** Decides by `onError` while Redis is unavailable. Local counts are never sent to Redis. */
export class OutagePolicy {
  private readonly memory: LocalMemory;
  private readonly shares = new WeakMap<PolicyPlan, PolicyPlan>();

  constructor(
    private readonly onError: OnLimiterError,
    private readonly instances: number,
    clock: Clock,
  ) {
    this.memory = new LocalMemory(clock);
  }

  /**
   * Whether the failure is the server's: unavailable, slow or answering with an error. An aborted signal is the
   * caller's.
   */
  covers(error: unknown, signal: AbortSignal | undefined): error is RedisInfraError {
    return error instanceof RedisInfraError && !isCallersFault(error) && signal?.aborted !== true;
  }

  decide(call: SubjectCall): RateLimitDecision {
    const { onError } = this;
    if (onError !== 'local') return blindDecision(call.plan, onError === 'open', onError);
    const plan = this.shareOf(call.plan);
    const { nowUs } = this.memory;
    const params = plan.map((policy) => parametersOf(policy, nowUs));
    const localCall = { ...call, plan: params, times: 1, holder: call.holder ?? 0 };
    const reply = decideInMemory(this.memory, [call.key], [[localCall]], Infinity);
    const verdict = encodedPart(reply.status === 'decided' ? reply.verdicts[0] : undefined);
    if (call.operation === 'penalty') return currentState(plan, verdict, 'local');
    return decisionOf(plan, { verdict, nth: 0, sentMs: 0 }, call, 'local');
  }

  private shareOf(plan: PolicyPlan): PolicyPlan {
    let share = this.shares.get(plan);
    if (share === undefined) {
      const [first, ...rest] = plan;
      share = [shareOf(first, this.instances), ...rest.map((policy) => shareOf(policy, this.instances))];
      this.shares.set(plan, share);
    }
    return share;
  }
}

/** WRONG_TYPE is not the caller's fault here: the limiter chose the key, and another program wrote to it. */
function isCallersFault(error: RedisInfraError): boolean {
  return faultOf(error) === 'caller' && error.code !== 'WRONG_TYPE';
}
