import { RedisInfraError } from '../../common/redis-infra.error.js';
import { shareOf, type CompiledPolicy } from '../policy/compiled-policy.js';
import type { Charge } from '../policy/charge.js';
import type { CallVerdict, Operation } from '../policy/decide.calls.js';
import { decideInMemory } from '../script/decide.twin.js';
import { blindDecision, decisionOf, currentState } from './decisions.js';
import { LocalMemory } from './local-memory.js';
import { parametersOf } from '../policy/policy-parameters.js';
import type { PolicyPlan } from '../policy/policy-plan.js';
import type { RateLimitDecision } from '../policy/rate-limit-decision.js';
import type { OnLimiterError } from '../policy/rate-limiter-options.js';

/** What is asked of one subject. */
export interface SubjectCall extends Charge {
  readonly operation: Operation;
  readonly plan: PolicyPlan;
  readonly key: string;
  readonly holder?: number;
}

/** Its caller's doing: no other server would have taken it. */
const CALLERS_OWN: ReadonlySet<string> = new Set(['OPTION_INVALID', 'KEY_INVALID', 'CLOSED']);

/** Decides while the server is away, as `onError` says. What is counted here is told to nobody later. */
export class OutagePolicy {
  private readonly memory = new LocalMemory();
  private readonly shares = new WeakMap<PolicyPlan, PolicyPlan>();

  constructor(
    private readonly onError: OnLimiterError,
    private readonly instances: number,
  ) {}

  /** True for what a server that is away, slow or unwell has to answer for; a caller's signal is not among it. */
  covers(error: unknown, signal: AbortSignal | undefined): error is RedisInfraError {
    return error instanceof RedisInfraError && !CALLERS_OWN.has(error.code) && signal?.aborted !== true;
  }

  decide(call: SubjectCall): RateLimitDecision {
    const { onError } = this;
    if (onError !== 'local') return blindDecision(call.plan, onError === 'open', onError);
    const plan = this.shareOf(call.plan);
    const { nowUs } = this.memory;
    const params = plan.map((policy) => parametersOf(policy, nowUs));
    const asked = { ...call, plan: params, times: 1, holder: call.holder ?? 0 };
    const reply = decideInMemory(this.memory, [call.key], [[asked]], Infinity);
    const verdict = (reply.status === 'decided' ? reply.verdicts[0] : undefined) as CallVerdict;
    if (call.operation === 'penalty') return currentState(plan, verdict, 'local');
    return decisionOf(plan, { verdict, nth: 0, sentMs: 0 }, call, 'local');
  }

  private shareOf(plan: PolicyPlan): PolicyPlan {
    let share = this.shares.get(plan);
    if (share === undefined) {
      share = Object.freeze(plan.map((policy: CompiledPolicy) => shareOf(policy, this.instances))) as PolicyPlan;
      this.shares.set(plan, share);
    }
    return share;
  }
}
