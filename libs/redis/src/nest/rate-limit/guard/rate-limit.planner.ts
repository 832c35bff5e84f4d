import type { ModulesContainer, ApplicationConfig } from '@nestjs/core';
import { optionInvalid } from '../../../common/options.js';
import type { RateLimiter } from '../../../rate-limiter/rate-limiter.js';
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
import { RateLimitPlan } from './rate-limit.plan.js';

/** The inputs of a plan other than the decorators. */
export interface PlannerParts {
  readonly limiter: RateLimiter;
  readonly options: ResolvedRateLimitOptions;
  readonly config: ApplicationConfig;
  readonly modules: ModulesContainer;
}

/** Creates plans from decorators and the options of an instance. */
export class RateLimitPlanner {
  private readonly namer: PolicyNamer;
  private readonly planned = new Map<string, PlannedPolicy>();

  constructor(private readonly parts: PlannerParts) {
    this.namer = new PolicyNamer(parts.config, parts.modules);
  }

  /**
   * @throws RedisInfraError OPTION_INVALID when a name is not in `rateLimit.policies`, or two policies have the same
   * name
   */
  plan(context: HandlerContext): RateLimitPlan {
    const kind = context.getType();
    const levels = [context.getClass(), context.getHandler()] as const;
    const defaultNames = this.namer.namesOf(context, kind);
    const merged = mergePolicies(
      this.parts.options.default,
      [levelOf(levels[0], defaultNames.ofClass), levelOf(levels[1], defaultNames.ofHandler)],
      this.parts.options.policies,
    );
    const policies = this.planPolicies(merged);
    if (policies.some((policy) => policy.concurrent)) checkConcurrencySupport(kind, levels[1]);
    return new RateLimitPlan(this.parts.limiter, {
      policies,
      costs: costsOf(merged, policies),
      cost: metadataOf('RateLimitCost', levels[1]) ?? metadataOf('RateLimitCost', levels[0]) ?? 1,
      subject: this.subjectOf(levels),
    });
  }

  private subjectOf([type, handler]: readonly [object, object]): SubjectSource {
    const own = metadataOf('RateLimitKey', handler) ?? metadataOf('RateLimitKey', type);
    if (own !== undefined) return subjectOfFunction(own, 'RateLimitKey');
    const { key } = this.parts.options;
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
    const modulePolicy = this.parts.options.policies.get(name);
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
      const isFree = !this.parts.options.policies.has(candidate) && (candidate === name || !ofHandler.has(candidate));
      const planned = isFree ? this.shareOrRegister(new PlannedPolicy(candidate, inline, undefined)) : undefined;
      if (planned !== undefined) return planned;
      candidate = alternatives.next().value;
    }
  }

  /**
   * Returns the equivalent policy with this name, or registers this one. Undefined: a different policy has the name.
   */
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
 * The costs by the name of the planned policy, which may differ from that of the merged one. `policies` has the order
 * of `merged`.
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
