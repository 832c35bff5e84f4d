import type { ExecutionContext } from '@nestjs/common';
import { durationMs } from '../../common/duration.js';
import {
  checkBoolean,
  checkInteger,
  checkOneOf,
  checkOptions,
  checkString,
  optionInvalid,
} from '../../common/options.js';
import type { RateLimitPolicy } from '../../scripts/rate-limiter/rate-limit-policy.js';

/** A limit that is known only when a request is: of a customer's plan, say. A whole number from 1. */
export type LimitOf = (context: ExecutionContext) => number | Promise<number>;

/**
 * A policy as it stands in `@RateLimit`. Without a name it is named by where it stands: on a controller by its route, one count for all
 * its handlers (`/api/cities`); on a handler by that handler (`GET /api/cities/:id`, `Query.search`, `ws search`, `rpc sum`). Resolvers and
 * gateways have no route, so there on the class it is as on each of the handlers. Of several on one place all but the first add their
 * window to the name (`/api/cities 1h`).
 */
export type InlinePolicy = Omit<RateLimitPolicy, 'name' | 'limit'> & {
  readonly name?: string | undefined;
  readonly limit: number | LimitOf;
};

/** What `@RateLimit` takes: the name of a policy of the module's options, or a policy. */
export type GivenPolicy = string | InlinePolicy;

const OPTIONS = ['name', 'limit', 'window', 'algorithm', 'burst', 'blockFor', 'shadow', 'timeZone', 'lease'];
const ALGORITHMS = ['gcra', 'sliding-window', 'fixed-window', 'concurrency'] as const;
const CALENDAR = ['day', 'week', 'month', 'year'];
const NAME = /^[\x20-\x7e]{1,128}$/;

/** A frozen copy of the list. @throws RedisInfraError OPTION_INVALID for what is no policy, or stands there twice */
export function checkGivenPolicies(policies: readonly GivenPolicy[], path: string): readonly GivenPolicy[] {
  const checked = policies.map((policy, at) => checkGiven(policy, `${path}[${at}]`));
  const names = checked.map((policy) => (typeof policy === 'string' ? policy : policy.name));
  const twice = names.find((name, at) => name !== undefined && names.indexOf(name) !== at);
  if (twice !== undefined) throw optionInvalid(path, `names '${twice}' twice`);
  return Object.freeze(checked);
}

/** A name fit for headers, or OPTION_INVALID. */
export function checkPolicyName(name: unknown, path: string): string {
  if (!NAME.test(checkString(name, path))) throw optionInvalid(path, 'must be 1 to 128 characters of printable ASCII');
  return name as string;
}

function checkGiven(policy: GivenPolicy, path: string): GivenPolicy {
  if (typeof policy === 'string') return checkPolicyName(policy, path);
  checkOptions(policy, OPTIONS, path);
  const { name, limit, algorithm, burst, blockFor, shadow } = policy;
  if (name !== undefined) checkPolicyName(name, `${path}.name`);
  if (typeof limit !== 'function') checkInteger(limit, `${path}.limit`, { min: 1, max: Number.MAX_SAFE_INTEGER });
  if (algorithm !== undefined) checkOneOf(algorithm, `${path}.algorithm`, ALGORITHMS);
  checkWindow(policy, `${path}.window`);
  if (burst !== undefined) checkInteger(burst, `${path}.burst`, { min: 1, max: Number.MAX_SAFE_INTEGER });
  if (blockFor !== undefined) durationMs(blockFor, `${path}.blockFor`, { minMs: 1 });
  if (shadow !== undefined) checkBoolean(shadow, `${path}.shadow`);
  return Object.freeze({ ...policy });
}

function checkWindow({ window, algorithm }: InlinePolicy, path: string): void {
  if (typeof window !== 'string' || !CALENDAR.includes(window)) durationMs(window, path, { minMs: 1 });
  else if (algorithm !== 'fixed-window') throw optionInvalid(path, `'${window}' is for the algorithm fixed-window`);
}
