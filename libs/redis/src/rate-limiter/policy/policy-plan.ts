import { join, optionInvalid } from '../../common/options.js';
import { LRUCache } from 'lru-cache';
import { compilePolicy, POLICY_OPTIONS, type CompiledPolicy } from './compiled-policy.js';
import { checkCosted, isCosted, policyOf } from './costed-policy.js';
import type { ListedPolicy, Policies, RateLimitPolicy } from './rate-limit-policy.js';

/** The policies of a call, checked. The same policies are the same plan. */
export type PolicyPlan = readonly [CompiledPolicy, ...CompiledPolicy[]];

/** More would be a mistake, and a decision has a record for each. */
const MAX_POLICIES = 32;
/** Policies made anew for each call, for a limit per customer perhaps, are still few at a time. */
const REMEMBERED = 10_000;

/** What an object said when it was made a policy; it may have been changed since. */
interface KnownPolicy {
  readonly snapshot: RateLimitPolicy;
  readonly plan: PolicyPlan;
}

/** The same of a list. */
interface KnownList {
  readonly each: readonly PolicyPlan[];
  readonly plan: PolicyPlan;
}

/** Makes plans of what callers say, once each. */
export class PolicyPlans {
  private readonly named = new Map<string, PolicyPlan>();
  private readonly byObject = new WeakMap<object, KnownPolicy>();
  private readonly byList = new WeakMap<object, KnownList>();
  private readonly byText = new LRUCache<string, PolicyPlan>({ max: REMEMBERED });

  /** @throws RedisInfraError OPTION_INVALID with the policy's path. */
  constructor(policies: readonly RateLimitPolicy[], path: string) {
    if (!Array.isArray(policies)) throw optionInvalid(path, 'must be an array of policies');
    policies.forEach((policy: RateLimitPolicy, i) => {
      const plan = this.intern(policy, `${path}[${i}]`);
      const { name } = plan[0];
      if (this.named.has(name)) throw optionInvalid(`${path}[${i}].name`, 'is the name of another policy of the list');
      this.named.set(name, plan);
    });
  }

  /** @throws RedisInfraError OPTION_INVALID */
  of(policies: Policies): PolicyPlan {
    return Array.isArray(policies) ? this.ofList(policies) : this.ofOne(policies as string | RateLimitPolicy, 'policy');
  }

  private ofOne(policy: string | RateLimitPolicy, path: string): PolicyPlan {
    const known = this.knownPlan(policy);
    if (known !== undefined) return known;
    if (typeof policy === 'string') return this.unknown(path);
    if (typeof policy !== 'object' || policy === null) throw optionInvalid(path, 'must be a policy or the name of one');
    const plan = this.intern(policy, path);
    this.byObject.set(policy, { snapshot: { ...policy }, plan });
    return plan;
  }

  /** Of a policy that was seen before, and still says the same. */
  private knownPlan(policy: string | RateLimitPolicy): PolicyPlan | undefined {
    if (typeof policy === 'string') return this.named.get(policy);
    const known = this.byObject.get(policy);
    return known !== undefined && isUnchanged(policy, known.snapshot) ? known.plan : undefined;
  }

  private ofList(policies: readonly ListedPolicy[]): PolicyPlan {
    const { length } = policies;
    if (length < 1 || length > MAX_POLICIES)
      throw optionInvalid('policies', `must be a policy or a list of 1 to ${MAX_POLICIES}`);
    const known = this.byList.get(policies);
    if (known !== undefined && this.isStill(policies, known)) return known.plan;
    const each = policies.map((entry, i) => this.ofEntry(entry, `policies[${i}]`));
    const plan = length === 1 ? (each[0] as PolicyPlan) : this.joined(each);
    this.byList.set(policies, { each, plan });
    return plan;
  }

  private ofEntry(entry: ListedPolicy, path: string): PolicyPlan {
    if (!isCosted(entry)) return this.ofOne(entry, path);
    checkCosted(entry, path);
    return this.ofOne(entry.policy, join(path, 'policy'));
  }

  private isStill(policies: readonly ListedPolicy[], { each }: KnownList): boolean {
    if (policies.length !== each.length) return false;
    for (let i = 0; i < each.length; i++) {
      if (this.knownPlan(policyOf(policies[i] as ListedPolicy)) !== each[i]) return false;
    }
    return true;
  }

  private joined(each: readonly PolicyPlan[]): PolicyPlan {
    const text = each.map(([{ id }]) => id).join();
    let plan = this.byText.get(text);
    if (plan === undefined) this.byText.set(text, (plan = joined(each)));
    return plan;
  }

  /** Equal policies are one: calls on them go together, and what is remembered of one holds for the other. */
  private intern(policy: RateLimitPolicy, path: string): PolicyPlan {
    const compiled = compilePolicy(policy, path);
    const text = JSON.stringify(POLICY_OPTIONS.map((name) => policy[name]));
    let plan = this.byText.get(text);
    if (plan === undefined) this.byText.set(text, (plan = Object.freeze([compiled] as const)));
    return plan;
  }

  private unknown(path: string): never {
    const names = [...this.named.keys()];
    const known = names.length === 0 ? 'none are named in the options' : `known are ${names.join(', ')}`;
    throw optionInvalid(path, `is not the name of a policy: ${known}`);
  }
}

/** Written out, because every decision asks. */
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

function joined(plans: readonly PolicyPlan[]): PolicyPlan {
  const policies = plans.map(([policy]) => policy);
  const names = new Set(policies.map(({ name }) => name));
  if (names.size < policies.length) throw optionInvalid('policies', 'must have different names: a name is one count');
  return Object.freeze(policies) as PolicyPlan;
}
