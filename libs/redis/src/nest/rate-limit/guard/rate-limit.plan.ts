import type { ModulesContainer, ApplicationConfig } from '@nestjs/core';
import { optionInvalid } from '../../../common/options.js';
import type { ListedPolicy } from '../../../rate-limiter/policy/rate-limit-policy.js';
import { COSTS_NO_PERMIT } from '../policies/costed-decorator-policy.js';
import type { HandlerContext } from '../policies/handler-context.js';
import type { InlinePolicy } from '../policies/inline-policy.js';
import { mergePolicies, alternativeNames, type NamedPolicy, type PolicyLevel } from '../policies/merged-policies.js';
import { hasPermitInterceptor } from '../permits/attach-permit-interceptor.js';
import { PlannedPolicy } from '../policies/planned-policy.js';
import { PolicyNamer } from '../policies/policy-namer.js';
import { metadataOf, type CostOf } from '../policies/rate-limit.metadata.js';
import type { ResolvedRateLimitOptions } from '../policies/rate-limit.options.js';
import { exceptMessages, subjectOfFunction, subjectOfKind, type SubjectSource } from '../http/request-subject.js';

/** The checked policies, subject and costs of one handler. */
export interface RateLimitPlan {
  /** The policies whose tokens are spent, all in one call. */
  readonly counted: readonly PlannedPolicy[];
  /** The `concurrency` policies: their permits are held until the response has ended and the handler has settled. */
  readonly concurrent: readonly PlannedPolicy[];
  /** `counted` as an argument for the limiter. Undefined: a limit or a cost depends on the request. */
  readonly fixed: readonly ListedPolicy[] | undefined;
  /** The costs of policies with their own `cost`, by name. */
  readonly costs: ReadonlyMap<string, number | CostOf>;
  readonly subject: SubjectSource;
  readonly cost: CostOf | undefined;
  /** The names of all policies. */
  readonly names: readonly string[];
  /** The cost of a request, unless it is a function. Undefined: 1. */
  readonly fixedCost: { readonly cost: number } | undefined;
}

/** Creates plans from decorators and the options of an instance. */
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

  /** @throws RedisInfraError OPTION_INVALID when a name is not in `rateLimit.policies`, or two policies have the same name */
  plan(context: HandlerContext): RateLimitPlan {
    const kind = context.getType();
    const levels = [context.getClass(), context.getHandler()] as const;
    const defaultNames = this.namer.namesOf(context, kind);
    const merged = mergePolicies(
      this.options.default,
      [levelOf(levels[0], defaultNames.ofClass), levelOf(levels[1], defaultNames.ofHandler)],
      this.options.policies,
    );
    const policies = this.planPolicies(merged);
    const concurrent = policies.filter((policy) => policy.concurrent);
    if (concurrent.length > 0) checkConcurrencySupport(kind, levels[1]);
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
    const own = metadataOf('RateLimitKey', handler) ?? metadataOf('RateLimitKey', type);
    if (own !== undefined) return subjectOfFunction(own, 'RateLimitKey');
    const { key } = this.options;
    return exceptMessages(typeof key === 'function' ? subjectOfFunction(key, 'rateLimit.key') : subjectOfKind(key));
  }

  private planPolicies(merged: readonly NamedPolicy[]): readonly PlannedPolicy[] {
    const names = new Set(merged.map(({ name }) => name));
    return merged.map((policy) => {
      const planned = isUnnamed(policy) ? this.planUnnamed(policy, names) : this.planNamed(policy);
      names.add(planned.name);
      return planned;
    });
  }

  /** Policies with the same name share a count, so two different policies must not have the same name. */
  private planNamed({ name, inline }: NamedPolicy): PlannedPolicy {
    const modulePolicy = this.options.policies.get(name);
    if (inline === undefined && modulePolicy === undefined)
      throw optionInvalid(
        'RateLimit',
        `'${name}' is not a policy in rateLimit.policies: add it there or correct the name`,
      );
    if (inline !== undefined && modulePolicy !== undefined)
      throw optionInvalid(
        'RateLimit.name',
        `'${name}' is already a policy in rateLimit.policies: use @RateLimit('${name}') or choose another name`,
      );
    const planned = this.shareOrRegister(new PlannedPolicy(name, inline, modulePolicy));
    if (planned === undefined)
      throw optionInvalid('RateLimit.name', `two different policies are named '${name}': rename one of them`);
    return planned;
  }

  /** Two controllers may share a route and have different limits: the second one gets the next free name. */
  private planUnnamed({ name, inline }: UnnamedPolicy, ofHandler: ReadonlySet<string>): PlannedPolicy {
    let candidate = name;
    const alternatives = alternativeNames(name, inline.window);
    for (;;) {
      const isFree = !this.options.policies.has(candidate) && (candidate === name || !ofHandler.has(candidate));
      const planned = isFree ? this.shareOrRegister(new PlannedPolicy(candidate, inline, undefined)) : undefined;
      if (planned !== undefined) return planned;
      candidate = alternatives.next().value;
    }
  }

  /** Returns the equivalent policy with this name, or registers this one. Undefined: a different policy has the name. */
  private shareOrRegister(policy: PlannedPolicy): PlannedPolicy | undefined {
    const earlier = this.planned.get(policy.name);
    if (earlier === undefined) this.planned.set(policy.name, policy);
    return earlier === undefined || earlier.isEquivalent(policy) ? (earlier ?? policy) : undefined;
  }
}

type UnnamedPolicy = NamedPolicy & { readonly inline: InlinePolicy };

/** Whether its name is a default name. */
function isUnnamed(policy: NamedPolicy): policy is UnnamedPolicy {
  return policy.inline !== undefined && policy.inline.name === undefined;
}

function levelOf(on: object, defaultName: string | undefined): PolicyLevel {
  return { defaultName, policies: metadataOf('RateLimit', on), skip: metadataOf('SkipRateLimit', on) };
}

/**
 * The costs by the name of the planned policy, which may differ from that of the merged one. `policies` has the order of `merged`.
 * @throws RedisInfraError OPTION_INVALID when a `concurrency` policy has a cost
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

/** The argument for the limiter that is the same for every request. Undefined: it depends on the request. */
function fixedEntry({ fixed }: PlannedPolicy, cost: number | CostOf | undefined): ListedPolicy | undefined {
  if (cost === undefined || fixed === undefined) return fixed;
  return typeof cost === 'function' ? undefined : Object.freeze({ policy: fixed, cost });
}

function costOf([type, handler]: readonly [object, object]): Pick<RateLimitPlan, 'cost' | 'fixedCost'> {
  const cost = metadataOf('RateLimitCost', handler) ?? metadataOf('RateLimitCost', type) ?? 1;
  if (typeof cost === 'function') return { cost, fixedCost: undefined };
  return { cost: undefined, fixedCost: cost === 1 ? undefined : Object.freeze({ cost }) };
}

function checkConcurrencySupport(kind: string, handler: object): void {
  if (kind !== 'http' && kind !== 'graphql')
    throw optionInvalid(
      'RateLimit.algorithm',
      `concurrency holds a permit until the response ends, and a handler of the kind '${kind}' has no response: call limiter.acquire() in the handler`,
    );
  if (!hasPermitInterceptor(handler))
    throw optionInvalid(
      'RateLimit.algorithm',
      'concurrency needs to intercept the handler, and its class was not found when the application started: list the class in controllers or providers, or use useClass instead of useFactory',
    );
}
