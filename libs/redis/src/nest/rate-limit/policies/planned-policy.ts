import type { ExecutionContext } from '@nestjs/common';
import { checkInteger } from '../../../common/options.js';
import { compilePolicy } from '../../../rate-limiter/policy/compiled-policy.js';
import type { RateLimitPolicy } from '../../../rate-limiter/policy/rate-limit-policy.js';
import type { InlinePolicy, LimitOf } from './inline-policy.js';

/** Limits come from plans of customers and the like, so there are few of them. */
const MAX_LIMITS = 100;
const SOME_NAME = 'policy';

/** A policy as the guard hands it to the limiter: by its name, or itself, with a limit that may depend on the request. */
export class PlannedPolicy {
  /** It counts who is at it. */
  readonly concurrent: boolean;
  /** What is handed on, unless the limit depends on the request. */
  readonly fixed: string | RateLimitPolicy | undefined;
  private readonly limitOf: LimitOf | undefined;
  private readonly byLimit = new Map<number, RateLimitPolicy>();

  constructor(
    readonly name: string,
    private readonly inline: InlinePolicy | undefined,
    known: RateLimitPolicy | undefined,
  ) {
    this.concurrent = (inline ?? known)?.algorithm === 'concurrency';
    if (inline === undefined) this.fixed = name;
    else if (typeof inline.limit === 'function') this.limitOf = inline.limit;
    else this.fixed = this.withLimit(inline.limit);
  }

  /** @throws RedisInfraError OPTION_INVALID for a limit that is none */
  async of(context: ExecutionContext): Promise<string | RateLimitPolicy> {
    if (this.fixed !== undefined || this.limitOf === undefined) return this.fixed ?? this.name;
    const path = `RateLimit '${this.name}'.limit`;
    const limit = checkInteger(await this.limitOf(context), path, { min: 1, max: Number.MAX_SAFE_INTEGER });
    return this.byLimit.get(limit) ?? this.withLimit(limit);
  }

  /** It says the same as the other, be it in other words: `'1m'` and 60. */
  isLike({ inline }: PlannedPolicy): boolean {
    const { inline: own } = this;
    if (own === inline || own === undefined || inline === undefined) return own === inline;
    return own.limit === inline.limit && meaningOf(own) === meaningOf(inline);
  }

  /** The same object for the same limit: the limiter need not look at it anew. */
  private withLimit(limit: number): RateLimitPolicy {
    if (this.byLimit.size >= MAX_LIMITS) this.byLimit.clear();
    const policy = Object.freeze({ ...this.inline, name: this.name, limit }) as RateLimitPolicy;
    this.byLimit.set(limit, policy);
    return policy;
  }
}

/** All that a policy says but its name and a limit that depends on the request, as text that can be compared. */
function meaningOf(policy: InlinePolicy): string {
  const { burst, window, timeZone } = policy;
  const limit = typeof policy.limit === 'function' ? 1 : policy.limit;
  const { calendar, ...compiled } = compilePolicy({ ...policy, name: SOME_NAME, limit }, 'RateLimit');
  const followsLimit = typeof policy.limit === 'function' && burst === undefined;
  const days = calendar === undefined ? undefined : [window, timeZone ?? 'UTC'];
  return JSON.stringify({ ...compiled, id: undefined, burst: followsLimit ? undefined : compiled.burst, days });
}
