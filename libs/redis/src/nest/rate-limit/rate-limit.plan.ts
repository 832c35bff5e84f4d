import type { ExecutionContext } from '@nestjs/common';
import type { ModulesContainer, ApplicationConfig } from '@nestjs/core';
import { optionInvalid } from '../../common/options.js';
import type { RateLimitPolicy } from '../../scripts/rate-limiter/rate-limit-policy.js';
import { mergedPolicies, type NamedPolicy } from './merged-policies.js';
import { isFollowed } from './permits/followed-handlers.js';
import { PlannedPolicy } from './planned-policy.js';
import { PlaceNames } from './policy-place.js';
import { markOf, type CostOf } from './rate-limit.metadata.js';
import type { ResolvedRateLimitOptions } from './rate-limit.options.js';
import { subjectOfFunction, subjectOfKind, type SubjectSource } from './request-subject.js';

/** What the guard does for one handler, worked out once. */
export interface RateLimitPlan {
  /** Those that are spent; all at once. */
  readonly spent: readonly PlannedPolicy[];
  /** Those of which a permit is held until the response has ended and the handler has settled. */
  readonly held: readonly PlannedPolicy[];
  /** What `spent` is for the limiter, where no limit depends on the request: the same list each time. */
  readonly fixed: readonly (string | RateLimitPolicy)[] | undefined;
  readonly subject: SubjectSource;
  readonly cost: CostOf | undefined;
  /** Of all its policies. */
  readonly names: readonly string[];
  /** Of a request whose cost is no function. Undefined: 1. */
  readonly fixedCost: { readonly cost: number } | undefined;
}

/** Works out plans from what the decorators and the options of an instance say. */
export class RateLimitPlanner {
  private readonly places: PlaceNames;
  private readonly planned = new Map<string, PlannedPolicy>();

  constructor(
    private readonly options: ResolvedRateLimitOptions,
    config: ApplicationConfig,
    modules: ModulesContainer,
  ) {
    this.places = new PlaceNames(config, modules);
  }

  /** @throws RedisInfraError OPTION_INVALID for a name that is not among the options, or two policies of one name */
  plan(context: ExecutionContext): RateLimitPlan {
    const kind = context.getType<string>();
    const levels = [context.getClass(), context.getHandler()] as const;
    const places = this.places.of(context, kind);
    const [ofClass, ofHandler] = levels.map((on) => ({
      policies: markOf('RateLimit', on),
      skip: markOf('SkipRateLimit', on),
    })) as [PolicyMarks, PolicyMarks];
    const merged = mergedPolicies(
      this.options.default,
      [
        { place: places.ofClass, ...ofClass },
        { place: places.ofHandler, ...ofHandler },
      ],
      this.options.policies,
    );
    const policies = merged.map((policy) => this.planPolicy(policy));
    const held = policies.filter(({ concurrent }) => concurrent);
    if (held.length > 0) checkHeld(kind, levels[1]);
    const spent = policies.filter(({ concurrent }) => !concurrent);
    const fixed = spent.map((policy) => policy.fixed);
    return Object.freeze({
      spent,
      held,
      names: policies.map(({ name }) => name),
      fixed: fixed.every((policy) => policy !== undefined) ? Object.freeze(fixed) : undefined,
      subject: this.subjectOf(levels),
      ...costOf(levels),
    });
  }

  private subjectOf([type, handler]: readonly [object, object]): SubjectSource {
    const own = markOf('RateLimitKey', handler) ?? markOf('RateLimitKey', type);
    if (own !== undefined) return subjectOfFunction(own, 'RateLimitKey');
    const { key } = this.options;
    return typeof key === 'function' ? subjectOfFunction(key, 'rateLimit.key') : subjectOfKind(key);
  }

  /** One name is one count, so two policies of one name would each take the other's count for theirs. */
  private planPolicy({ name, inline }: NamedPolicy): PlannedPolicy {
    const known = this.options.policies.get(name);
    if (inline === undefined && known === undefined)
      throw optionInvalid(
        'RateLimit',
        `'${name}' is not the name of a policy in the options of the module (rateLimit.policies)`,
      );
    if (inline !== undefined && known !== undefined)
      throw optionInvalid(
        'RateLimit.name',
        `'${name}' is a policy of the module's options already: give the name alone`,
      );
    const earlier = this.planned.get(name);
    const planned = new PlannedPolicy(name, inline, known);
    if (earlier === undefined) this.planned.set(name, planned);
    else if (!earlier.isLike(planned))
      throw optionInvalid('RateLimit.name', `two different policies are named '${name}': give each a name of its own`);
    return earlier ?? planned;
  }
}

type PolicyMarks = Pick<Parameters<typeof mergedPolicies>[1][number], 'policies' | 'skip'>;

function costOf([type, handler]: readonly [object, object]): Pick<RateLimitPlan, 'cost' | 'fixedCost'> {
  const cost = markOf('RateLimitCost', handler) ?? markOf('RateLimitCost', type) ?? 1;
  if (typeof cost === 'function') return { cost, fixedCost: undefined };
  return { cost: undefined, fixedCost: cost === 1 ? undefined : Object.freeze({ cost }) };
}

function checkHeld(kind: string, handler: object): void {
  if (kind !== 'http' && kind !== 'graphql')
    throw optionInvalid(
      'RateLimit.algorithm',
      `concurrency ends with the response, and a context of the kind '${kind}' has none: call limiter.acquire() in the handler`,
    );
  if (!isFollowed(handler))
    throw optionInvalid(
      'RateLimit.algorithm',
      'concurrency has to follow the handler, which was not found when the application started: provide its class itself, not by a factory',
    );
}
