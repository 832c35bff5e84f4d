import type { ExecutionContext } from '@nestjs/common';
import { checkInteger } from '../../../common/options.js';
import { compilePolicy } from '../../../rate-limiter/policy/compiled-policy.js';
import type { RateLimitPolicy } from '../../../rate-limiter/policy/rate-limit-policy.js';
import type { InlinePolicy } from './inline-policy.js';

/** Bounds the cache. Limits come from customer plans and the like, so there are few. */
const MAX_LIMITS = 100;
const PLACEHOLDER_NAME = 'policy';

/**
 * A policy as the guard passes it to the limiter: its name or the policy object, whose limit may depend on the request.
 */
export class PlannedPolicy {
  /** Whether it counts requests in flight. */
  readonly concurrent: boolean;
  /** The argument for the limiter. Undefined: the limit depends on the request. */
  readonly fixed: string | RateLimitPolicy | undefined;
  private readonly byLimit = new Map<number, RateLimitPolicy>();

  constructor(
    readonly name: string,
    private readonly inline: InlinePolicy | undefined,
    modulePolicy: RateLimitPolicy | undefined,
  ) {
    this.concurrent = (inline ?? modulePolicy)?.algorithm === 'concurrency';
    if (inline === undefined) this.fixed = name;
    else if (typeof inline.limit === 'number') this.fixed = this.withLimit(inline, inline.limit);
  }

  /** @throws RedisInfraError OPTION_INVALID when the limit function returns no whole number from 1 */
  async forRequest(context: ExecutionContext): Promise<string | RateLimitPolicy> {
    const { name, fixed, inline } = this;
    if (typeof inline?.limit !== 'function') return fixed ?? name;
    const path = `RateLimit '${name}'.limit`;
    const limit = checkInteger(await inline.limit(context), path, { min: 1, max: Number.MAX_SAFE_INTEGER });
    return this.byLimit.get(limit) ?? this.withLimit(inline, limit);
  }

  /** Whether both have the same effect, also when written differently: `'1m'` and 60. */
  isEquivalent({ inline }: PlannedPolicy): boolean {
    const { inline: own } = this;
    if (own === inline || own === undefined || inline === undefined) return own === inline;
    return own.limit === inline.limit && canonicalText(own) === canonicalText(inline);
  }

  /** Returns the same object for the same limit, so that the limiter does not compile the policy again. */
  private withLimit(inline: InlinePolicy, limit: number): RateLimitPolicy {
    if (this.byLimit.size >= MAX_LIMITS) this.byLimit.clear();
    const policy = Object.freeze({ ...inline, name: this.name, limit });
    this.byLimit.set(limit, policy);
    return policy;
  }
}

/** A text that is equal for equivalent policies. Excludes the name and a limit that depends on the request. */
function canonicalText(policy: InlinePolicy): string {
  const { burst, window, timeZone } = policy;
  const limit = typeof policy.limit === 'function' ? 1 : policy.limit;
  const { calendar, ...compiled } = compilePolicy({ ...policy, name: PLACEHOLDER_NAME, limit }, 'RateLimit');
  const followsLimit = typeof policy.limit === 'function' && burst === undefined;
  const days = calendar === undefined ? undefined : [window, timeZone ?? 'UTC'];
  return JSON.stringify({ ...compiled, id: undefined, burst: followsLimit ? undefined : compiled.burst, days });
}
