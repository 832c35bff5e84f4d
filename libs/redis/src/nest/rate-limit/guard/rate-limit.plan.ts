import type { ModulesContainer, ApplicationConfig } from '@nestjs/core';
import { optionInvalid } from '../../../common/options.js';
import type { ListedPolicy } from '../../../rate-limiter/policy/rate-limit-policy.js';
import { COSTS_NO_PERMIT } from '../policies/costed-decorator-policy.js';
import type { HandlerContext } from '../policies/handler-context.js';
import type { InlinePolicy } from '../policies/inline-policy.js';
import { mergedPolicies, otherNames, type NamedPolicy } from '../policies/merged-policies.js';
import { isFollowed } from '../permits/followed-handlers.js';
import { PlannedPolicy } from '../policies/planned-policy.js';
import { PolicyNamer } from '../policies/policy-namer.js';
import { markOf, type CostOf } from '../policies/rate-limit.metadata.js';
import type { ResolvedRateLimitOptions } from '../policies/rate-limit.options.js';
import { outsideOfMessages, subjectOfFunction, subjectOfKind, type SubjectSource } from '../http/request-subject.js';

/** What the guard does for one handler, worked out once. */
export interface RateLimitPlan {
  /** Those that are spent; all at once. */
  readonly counted: readonly PlannedPolicy[];
  /** Those of which a permit is held until the response has ended and the handler has settled. */
  readonly concurrent: readonly PlannedPolicy[];
  /** What `spent` is for the limiter, where no limit depends on the request: the same list each time. */
  readonly fixed: readonly ListedPolicy[] | undefined;
  /** Of policies that have a cost of their own, by name. */
  readonly costs: ReadonlyMap<string, number | CostOf>;
  readonly subject: SubjectSource;
  readonly cost: CostOf | undefined;
  /** Of all its policies. */
  readonly names: readonly string[];
  /** Of a request whose cost is no function. Undefined: 1. */
  readonly fixedCost: { readonly cost: number } | undefined;
}

/** Works out plans from what the decorators and the options of an instance say. */
export class RateLimitPlanner {
  private readonly namer: PolicyNamer;
  private readonly planned = new Map<string, PlannedPolicy>();

  constructor(
    private readonly options: ResolvedRateLimitOptions,
    config: ApplicationConfig,
    modules: ModulesContainer,
  ) {
    this.namer = new PolicyNamer(config, modules);
  }

  /** @throws RedisInfraError OPTION_INVALID for a name that is not among the options, or two policies of one name */
  plan(context: HandlerContext): RateLimitPlan {
    const kind = context.getType<string>();
    const levels = [context.getClass(), context.getHandler()] as const;
    const places = this.namer.of(context, kind);
    const [ofClass, ofHandler] = levels.map((on) => ({
      policies: markOf('RateLimit', on),
      skip: markOf('SkipRateLimit', on),
    })) as [PolicyMarks, PolicyMarks];
    const merged = mergedPolicies(
      this.options.default,
      [
        { defaultName: places.ofClass, ...ofClass },
        { defaultName: places.ofHandler, ...ofHandler },
      ],
      this.options.policies,
    );
    const policies = this.planPolicies(merged);
    const concurrent = policies.filter((policy) => policy.concurrent);
    if (concurrent.length > 0) checkHeld(kind, levels[1]);
    const counted = policies.filter((policy) => !policy.concurrent);
    const costs = costsOf(merged, policies);
    const fixed = counted.map((policy) => fixedEntry(policy, costs.get(policy.name)));
    return Object.freeze({
      counted,
      concurrent,
      names: policies.map(({ name }) => name),
      fixed: fixed.every((policy) => policy !== undefined) ? Object.freeze(fixed) : undefined,
      costs,
      subject: this.subjectOf(levels),
      ...costOf(levels),
    });
  }

  private subjectOf([type, handler]: readonly [object, object]): SubjectSource {
    const own = markOf('RateLimitKey', handler) ?? markOf('RateLimitKey', type);
    if (own !== undefined) return subjectOfFunction(own, 'RateLimitKey');
    const { key } = this.options;
    return outsideOfMessages(typeof key === 'function' ? subjectOfFunction(key, 'rateLimit.key') : subjectOfKind(key));
  }

  private planPolicies(merged: readonly NamedPolicy[]): readonly PlannedPolicy[] {
    const names = new Set(merged.map(({ name }) => name));
    return merged.map((policy) => {
      const planned = isUnnamed(policy) ? this.planUnnamed(policy, names) : this.planNamed(policy);
      names.add(planned.name);
      return planned;
    });
  }

  /** One name is one count, so two policies of one name would each take the other's count for theirs. */
  private planNamed({ name, inline }: NamedPolicy): PlannedPolicy {
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
    const planned = this.shared(new PlannedPolicy(name, inline, known));
    if (planned === undefined)
      throw optionInvalid('RateLimit.name', `two different policies are named '${name}': give each a name of its own`);
    return planned;
  }

  /** Two controllers may be on one route, each with a limit of its own: the later one takes the next name that is free. */
  private planUnnamed({ name, inline }: UnnamedPolicy, ofHandler: ReadonlySet<string>): PlannedPolicy {
    let candidate = name;
    const others = otherNames(name, inline.window);
    for (;;) {
      const isFree = !this.options.policies.has(candidate) && (candidate === name || !ofHandler.has(candidate));
      const planned = isFree ? this.shared(new PlannedPolicy(candidate, inline, undefined)) : undefined;
      if (planned !== undefined) return planned;
      candidate = others.next().value;
    }
  }

  /** The policy that has this name already and says the same, or this one. Undefined: another has the name. */
  private shared(policy: PlannedPolicy): PlannedPolicy | undefined {
    const earlier = this.planned.get(policy.name);
    if (earlier === undefined) this.planned.set(policy.name, policy);
    return earlier === undefined || earlier.isLike(policy) ? (earlier ?? policy) : undefined;
  }
}

type UnnamedPolicy = NamedPolicy & { readonly inline: InlinePolicy };

/** It is named by where it stands. */
function isUnnamed(policy: NamedPolicy): policy is UnnamedPolicy {
  return policy.inline !== undefined && policy.inline.name === undefined;
}

type PolicyMarks = Pick<Parameters<typeof mergedPolicies>[1][number], 'policies' | 'skip'>;

/**
 * By the name that a policy was planned under, which may differ from the one it was merged under. `policies` has the order of `merged`.
 * @throws RedisInfraError OPTION_INVALID for a cost of concurrency
 */
function costsOf(
  merged: readonly NamedPolicy[],
  policies: readonly PlannedPolicy[],
): ReadonlyMap<string, number | CostOf> {
  const costs = new Map<string, number | CostOf>();
  policies.forEach(({ name, concurrent }, i) => {
    const cost = merged[i]?.cost;
    if (cost === undefined) return;
    if (concurrent) throw optionInvalid(`RateLimit '${name}'.cost`, COSTS_NO_PERMIT);
    costs.set(name, cost);
  });
  return costs;
}

/** What the limiter is given of a policy for every request; undefined where it depends on the request. */
function fixedEntry({ fixed }: PlannedPolicy, cost: number | CostOf | undefined): ListedPolicy | undefined {
  if (cost === undefined || fixed === undefined) return fixed;
  return typeof cost === 'function' ? undefined : Object.freeze({ policy: fixed, cost });
}

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
