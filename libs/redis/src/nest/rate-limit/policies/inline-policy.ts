import type { ExecutionContext } from '@nestjs/common';
import { checkOptions, optionInvalid } from '../../../common/options.js';
import { checkPolicyName, compilePolicy, POLICY_OPTIONS } from '../../../rate-limiter/policy/compiled-policy.js';
import type { RateLimitPolicy } from '../../../rate-limiter/policy/rate-limit-policy.js';

/** A limit that is known only when a request is: of a customer's plan, say. A whole number from 1. */
export type LimitOf = (context: ExecutionContext) => number | Promise<number>;

/**
 * A policy as it stands in `@RateLimit`. Without a name it is named by where it stands: on a controller by its route, one count for all
 * its handlers (`/api/cities`); on a handler by that handler (`GET /api/cities/:id`, `Query.search`, `ws search`, `rpc sum`). Resolvers and
 * gateways have no route, so there on the class it is as on each of the handlers. A host stands in front of its routes
 * (`GET admin.example.com/cities`). Where another policy has the name, the window is added (`/api/cities 1h`), and then a number.
 */
export type InlinePolicy = Omit<RateLimitPolicy, 'name' | 'limit'> & {
  /** The name of the count. @default derived from the controller or handler */
  readonly name?: string | undefined;
  /** Tokens per window, or a function that returns them for a request. */
  readonly limit: number | LimitOf;
};

/** What `@RateLimit` takes: the name of a policy of the module's options, or a policy. */
export type DecoratorPolicy = string | InlinePolicy;

/** Any that a policy may have: its own is known when it is asked for. */
const SOME_NAME = 'policy';
const SOME_LIMIT = 1;

/** A frozen copy of the list. @throws RedisInfraError OPTION_INVALID for what is no policy, or stands there twice */
export function checkDecoratorPolicies(policies: readonly DecoratorPolicy[], path: string): readonly DecoratorPolicy[] {
  const checked = policies.map((policy, at) => checkDecoratorPolicy(policy, `${path}[${at}]`));
  const names = checked.map((policy) => (typeof policy === 'string' ? policy : policy.name));
  const twice = names.find((name, at) => name !== undefined && names.indexOf(name) !== at);
  if (twice !== undefined) throw optionInvalid(path, `names '${twice}' twice`);
  return Object.freeze(checked);
}

function checkDecoratorPolicy(policy: DecoratorPolicy, path: string): DecoratorPolicy {
  if (typeof policy === 'string') return checkPolicyName(policy, path);
  checkOptions(policy, POLICY_OPTIONS, path);
  const { name = SOME_NAME, limit } = policy;
  compilePolicy({ ...policy, name, limit: typeof limit === 'function' ? SOME_LIMIT : limit }, path);
  return Object.freeze({ ...policy });
}
