import { join, optionInvalid } from '../../common/options.js';
import { LRUCache } from 'lru-cache';
import { compilePolicy, POLICY_OPTIONS, type CompiledPolicy } from './compiled-policy.js';
import { checkCosted, isCosted, isList, policyOf } from './costed-policy.js';
import type { ListedPolicy, Policies, RateLimitPolicy } from './rate-limit-policy.js';

/** The checked policies of a call. Equal policies give the same plan object. */
export type PolicyPlan = readonly [CompiledPolicy, ...CompiledPolicy[]];

/** Maximum policies of a call: each decision reads and writes a record for each. */
const MAX_POLICIES = 32;
/** Maximum plans that are cached by content, for applications that create a policy object per call. */
const MAX_CACHED_PLANS = 10_000;

/** A policy object as it was when its plan was compiled; the caller may mutate it later. */
interface CachedPolicy {
  readonly snapshot: RateLimitPolicy;
  readonly plan: PolicyPlan;
}

/** A list of policies as it was when its plan was compiled. */
interface CachedList {
  readonly each: readonly PolicyPlan[];
  readonly plan: PolicyPlan;
}

/** Compiles policies to plans, and caches the plans. */
export class PolicyPlans {
  private readonly named = new Map<string, PolicyPlan>();
  private readonly byObject = new WeakMap<object, CachedPolicy>();
  private readonly byList = new WeakMap<object, CachedList>();
  private readonly byText = new LRUCache<string, PolicyPlan>({ max: MAX_CACHED_PLANS });

  /** @throws RedisInfraError OPTION_INVALID with the policy's path. */
  constructor(policies: readonly RateLimitPolicy[], path: string) {
    if (!Array.isArray(policies)) throw optionInvalid(path, 'must be an array of policies');
    policies.forEach((policy: RateLimitPolicy, i) => {
      const plan = this.intern(policy, `${path}[${i}]`);
      const { name } = plan[0];
      if (this.named.has(name))
        throw optionInvalid(`${path}[${i}].name`, 'is already the name of another policy in the list');
      this.named.set(name, plan);
    });
  }

  /** @throws RedisInfraError OPTION_INVALID */
  of(policies: Policies): PolicyPlan {
    return isList(policies) ? this.ofList(policies) : this.ofPolicy(policies, 'policy');
  }

  private ofPolicy(policy: string | RateLimitPolicy, path: string): PolicyPlan {
    const cached = this.cachedPlan(policy);
    if (cached !== undefined) return cached;
    if (typeof policy === 'string') return this.throwUnknownName(path);
    if (typeof policy !== 'object' || policy === null) throw optionInvalid(path, 'must be a policy or the name of one');
    const plan = this.intern(policy, path);
    this.byObject.set(policy, { snapshot: { ...policy }, plan });
    return plan;
  }

  /** The plan of a policy object that was compiled before and has not changed since. */
  private cachedPlan(policy: string | RateLimitPolicy): PolicyPlan | undefined {
    if (typeof policy === 'string') return this.named.get(policy);
    const cached = this.byObject.get(policy);
    return cached !== undefined && isUnchanged(policy, cached.snapshot) ? cached.plan : undefined;
  }

  private ofList(policies: readonly ListedPolicy[]): PolicyPlan {
    if (policies.length > MAX_POLICIES) throw badLength();
    const cached = this.byList.get(policies);
    if (cached !== undefined && this.isUnchangedList(policies, cached)) return cached.plan;
    const each = policies.map((entry, i) => this.ofEntry(entry, `policies[${i}]`));
    const plan = this.joined(each);
    this.byList.set(policies, { each, plan });
    return plan;
  }

  private ofEntry(entry: ListedPolicy, path: string): PolicyPlan {
    if (!isCosted(entry)) return this.ofPolicy(entry, path);
    checkCosted(entry, path);
    return this.ofPolicy(entry.policy, join(path, 'policy'));
  }

  private isUnchangedList(policies: readonly ListedPolicy[], { each }: CachedList): boolean {
    if (policies.length !== each.length) return false;
    for (let i = 0; i < each.length; i++) {
      const entry = policies[i];
      if (entry === undefined || this.cachedPlan(policyOf(entry)) !== each[i]) return false;
    }
    return true;
  }

  private joined(each: readonly PolicyPlan[]): PolicyPlan {
    const [first, ...rest] = each;
    if (first === undefined) throw badLength();
    if (rest.length === 0) return first;
    const text = each.map(([{ id }]) => id).join();
    let plan = this.byText.get(text);
    if (plan === undefined) this.byText.set(text, (plan = joined(first, rest)));
    return plan;
  }

  /** Equal policies share one plan: their calls share a batch, and cached refusals of one apply to the other. */
  private intern(policy: RateLimitPolicy, path: string): PolicyPlan {
    const compiled = compilePolicy(policy, path);
    const text = JSON.stringify(POLICY_OPTIONS.map((name) => policy[name]));
    let plan = this.byText.get(text);
    if (plan === undefined) this.byText.set(text, (plan = Object.freeze([compiled] as const)));
    return plan;
  }

  private throwUnknownName(path: string): never {
    const names = [...this.named.keys()];
    const hint = names.length === 0 ? 'the options define no policies' : `known are ${names.join(', ')}`;
    throw optionInvalid(path, `is not the name of a policy: ${hint}`);
  }
}

/** Written out without a loop, because every decision runs it. */
function isUnchanged(policy: RateLimitPolicy, snapshot: RateLimitPolicy): boolean {
  return (
    policy.limit === snapshot.limit &&
    policy.name === snapshot.name &&
    policy.window === snapshot.window &&
    policy.algorithm === snapshot.algorithm &&
    policy.burst === snapshot.burst &&
    policy.blockFor === snapshot.blockFor &&
    policy.shadow === snapshot.shadow &&
    policy.timeZone === snapshot.timeZone &&
    policy.lease === snapshot.lease
  );
}

function joined([first]: PolicyPlan, rest: readonly PolicyPlan[]): PolicyPlan {
  const plan: PolicyPlan = [first, ...rest.map(([policy]) => policy)];
  const names = new Set(plan.map(({ name }) => name));
  if (names.size < plan.length)
    throw optionInvalid('policies', 'must have different names: policies of one name share a count');
  return Object.freeze(plan);
}

function badLength(): Error {
  return optionInvalid('policies', `must be a policy or a list of 1 to ${MAX_POLICIES}`);
}
